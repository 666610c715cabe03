//! `cargo xtask build`: functions and pages into a bundle, and the program around it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Result, anyhow};

use crate::{
    process,
    progress::{Progress, say},
    wasm, web,
    workspace::{Workspace, cargo},
};

/// What the program's own crate has around it: most of the compiling, and all of it without the bundle.
const LIBRARIES: [&str; 4] = ["kontor-data-sqlite", "kontor-telemetry", "kontor-host", "kontor-edge"];

/// The verb.
pub fn run() -> Result<()> {
    let workspace = Workspace::find()?;
    let program = program(&workspace, &Progress::new(STAGES))?;
    say(&format!("{}", program.display()));
    Ok(())
}

/// How many stages [`program`] shows.
pub const STAGES: usize = 4;

/// Builds what has changed of the program as users get it, and gives its path.
///
/// Functions, pages and libraries do not need each other, and each has times in which it waits for the network or for
/// a single thread: side by side they take about as long as the longest.
pub fn program(workspace: &Workspace, progress: &Progress) -> Result<PathBuf> {
    fs::create_dir_all(workspace.bundle())?;
    let (functions, pages, libraries) = thread::scope(|scope| {
        let functions = scope.spawn(|| progress.stage("functions", || wasm::build_functions(workspace)));
        let pages = scope.spawn(|| progress.stage("pages", || web::build_pages(workspace)));
        let libraries = scope.spawn(|| {
            progress.stage("libraries", || {
                let mut build = release(workspace);
                build.args(LIBRARIES.iter().flat_map(|name| ["--package", name]));
                process::succeed(&mut build, &log(workspace, "libraries")?)
            })
        });
        (functions.join(), pages.join(), libraries.join())
    });
    let gone = |_| anyhow!("a stage panicked");
    let failures: Vec<String> =
        [functions.map_err(gone)?.err(), pages.map_err(gone)?.err(), libraries.map_err(gone)?.err()]
            .into_iter()
            .flatten()
            .map(|error| format!("{error:#}"))
            .collect();
    if !failures.is_empty() {
        return Err(anyhow!("{}", failures.join("\n\n")));
    }
    progress.stage("program", || {
        let mut build = release(workspace);
        build.args(["--package", "kontor"]);
        process::succeed(&mut build, &log(workspace, "program")?)
    })?;
    Ok(workspace.program())
}

/// `cargo build --release`, with the bundle named for those who embed it.
pub fn release(workspace: &Workspace) -> Command {
    let mut build = cargo();
    build.args(["build", "--release"]).current_dir(&workspace.root).env("KONTOR_BUNDLE", workspace.bundle());
    build
}

fn log(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    let logs: &Path = &workspace.notes("logs")?;
    Ok(logs.join(format!("{name}.log")))
}
