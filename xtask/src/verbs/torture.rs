//! `cargo xtask torture NAME`: mistreats the running program; the closing line says what was lost.

use anyhow::{Result, bail};

use super::build;
use crate::{
    progress::Progress,
    workspace::{Profile, Workspace},
};

/// Of the verb.
#[derive(clap::Args)]
pub struct Arguments {
    /// `kills`: `kill -9` under buying clients
    name: String,
    /// Handed on, for example `--kills 1000 --seed 7`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "FLAGS")]
    further: Vec<String>,
}

/// The verb. The torturer is an optimised build too: a slow one would torture less.
pub fn run(arguments: &Arguments) -> Result<()> {
    let workspace = Workspace::find()?;
    let progress = Progress::new(build::STAGES);
    let program = build::program(&workspace, &progress, Profile::Release)?;
    drop(progress);
    let mut torture = crate::workspace::cargo();
    torture.args(["run", "--quiet", "--release", "--package", "e2e", "--bin", "torture", "--"]);
    torture.arg(&arguments.name).args(&arguments.further);
    torture.current_dir(&workspace.root).env("KONTOR_BIN", program);
    if !torture.status()?.success() {
        bail!("torture {} found a fault, or did not run", arguments.name);
    }
    Ok(())
}
