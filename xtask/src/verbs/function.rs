//! `cargo xtask function FOLDER`: builds a function of one's own.

use std::{
    io::{Write as _, stdout},
    path::PathBuf,
};

use anyhow::Result;
use clap::Args;

use crate::{wasm, workspace::Workspace};

/// What to build.
#[derive(Args)]
pub struct Arguments {
    /// A folder that `kontor new` made
    folder: PathBuf,
}

/// The verb.
pub fn run(arguments: &Arguments) -> Result<()> {
    let component = wasm::build_own(&Workspace::find()?, &arguments.folder)?;
    // The answer, for whoever goes on with it; what is said meanwhile goes to standard error.
    Ok(writeln!(stdout(), "{}", component.display())?)
}
