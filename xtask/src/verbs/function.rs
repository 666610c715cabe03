//! `cargo xtask function FOLDER`: builds a function of one's own.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::{progress::say, wasm, workspace::Workspace};

/// What to build.
#[derive(Args)]
pub struct Arguments {
    /// A folder that `kontor new` made
    folder: PathBuf,
}

/// The verb.
pub fn run(arguments: &Arguments) -> Result<()> {
    let component = wasm::build_own(&Workspace::find()?, &arguments.folder)?;
    say(&format!("{}", component.display()));
    Ok(())
}
