//! `cargo xtask lint`: format and lints, as `.ci/run` wants them.

use anyhow::{Result, bail};

use crate::workspace::{Workspace, cargo};

/// The verb. Shows what cargo says as it says it.
pub fn run() -> Result<()> {
    let root = Workspace::find()?.root;
    let format: &[&str] = &["fmt", "--all", "--check"];
    let lints: &[&str] = &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    for arguments in [format, lints] {
        if !cargo().args(arguments).current_dir(&root).status()?.success() {
            bail!("cargo {} is not satisfied", arguments.first().copied().unwrap_or_default());
        }
    }
    Ok(())
}
