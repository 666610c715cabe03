//! `cargo xtask build`: functions and pages into a bundle, and the program around it.

use std::{fs, path::PathBuf, thread};

use anyhow::{Result, anyhow};

use crate::{
    process,
    progress::{Progress, say},
    wasm, web,
    workspace::{Profile, Workspace, cargo},
};

/// The verb: the program as it is shipped.
pub fn run() -> Result<()> {
    let workspace = Workspace::find()?;
    let program = program(&workspace, &Progress::new(STAGES), Profile::Dist)?;
    say(&format!("{}", program.display()));
    Ok(())
}

/// How many stages [`program`] shows.
pub const STAGES: usize = 3;

/// Builds what has changed of the program, and gives its path.
///
/// Functions and pages do not need each other and are built side by side. The program comes after both, because it
/// embeds them; its libraries beside them would be built with other features (cargo unites those of the packages that
/// it is asked for), and so twice.
pub fn program(workspace: &Workspace, progress: &Progress, profile: Profile) -> Result<PathBuf> {
    fs::create_dir_all(workspace.bundle())?;
    let (functions, pages) = thread::scope(|scope| {
        let functions = scope.spawn(|| progress.stage("functions", || wasm::build_functions(workspace)));
        let pages = scope.spawn(|| progress.stage("pages", || web::build_pages(workspace)));
        (functions.join(), pages.join())
    });
    let panicked = |_| anyhow!("a stage panicked");
    match (functions.map_err(panicked)?, pages.map_err(panicked)?) {
        (Ok(_), Ok(_)) => {}
        (Err(functions), Err(pages)) => return Err(anyhow!("{functions:#}\n\n{pages:#}")),
        (Err(error), _) | (_, Err(error)) => return Err(error),
    }
    progress.stage("program", || {
        let mut build = cargo();
        build.args(["build", "--profile", profile.name(), "--package", "kontor"]).current_dir(&workspace.root);
        // The program's build script embeds what is there.
        build.env("KONTOR_BUNDLE", workspace.bundle());
        process::succeed(&mut build, &workspace.notes("logs")?.join("program.log"))
    })?;
    Ok(workspace.program(profile))
}
