//! `cargo xtask serve`: builds what is missing, then becomes `kontor serve --dev`.

use std::{os::unix::process::CommandExt as _, process::Command};

use anyhow::{Context as _, Result};

use super::build;
use crate::{
    progress::Progress,
    workspace::{Profile, Workspace},
};

/// Of the verb.
#[derive(clap::Args)]
pub struct Arguments {
    /// Handed on to `kontor serve --dev`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "FLAGS")]
    further: Vec<String>,
}

/// The verb. On success it does not return: the program takes this process over, so that Ctrl-C and the exit status
/// are its own.
pub fn run(arguments: &Arguments) -> Result<()> {
    let workspace = Workspace::find()?;
    let progress = Progress::new(build::STAGES);
    let program = build::program(&workspace, &progress, Profile::Release)?;
    drop(progress);
    let mut serve = Command::new(&program);
    serve.args(["serve", "--dev"]).args(&arguments.further).current_dir(&workspace.root);
    let error = serve.exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}
