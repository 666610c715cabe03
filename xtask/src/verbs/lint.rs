//! `cargo xtask lint`: format and lints, for the host's side and for what is compiled for Wasm alone.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{
    progress::say,
    wasm,
    workspace::{Workspace, cargo},
};

/// The verb. Shows what cargo says as it says it.
pub fn run() -> Result<()> {
    let workspace = Workspace::find()?;
    let guests = wasm::guests_source(&workspace).join("Cargo.toml");
    satisfied(cargo().args(["fmt", "--all", "--check"]), &workspace)?;
    satisfied(cargo().args(["fmt", "--check", "--manifest-path"]).arg(guests), &workspace)?;
    satisfied(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]), &workspace)?;
    if let Some(why) = wasm::lint(&workspace)? {
        // No fault of the code; and where functions cannot be built at all, every other verb fails.
        say(&format!("not linted for Wasm: {why}"));
    }
    Ok(())
}

fn satisfied(command: &mut Command, workspace: &Workspace) -> Result<()> {
    if !command.current_dir(&workspace.root).status()?.success() {
        bail!("{} is not satisfied", crate::process::shown(command));
    }
    Ok(())
}
