//! Fetches Debian packages, where that is possible: as root, with apt.

use std::{path::Path, process::Command};

use anyhow::{Result, bail};

use crate::process;

/// The command that installs `packages`, for a person.
pub fn command(packages: &[&str]) -> String {
    format!("apt-get install -y --no-install-recommends {}", packages.join(" "))
}

/// Whether packages can be installed here without asking anybody.
pub fn can_install() -> bool {
    process::found("apt-get").is_some() && process::answer(Command::new("id").arg("-u")).as_deref() == Some("0")
}

/// Installs what is missing of `packages`.
pub fn install(packages: &[&str], log: &Path) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !can_install() {
        bail!("missing packages; as root: {}", command(&missing));
    }
    if apt(&["install", "-y", "--no-install-recommends"], &missing, log).is_err() {
        // The lists of packages may be old, or not there at all on a new machine.
        apt(&["update"], &[], log)?;
        apt(&["install", "-y", "--no-install-recommends"], &missing, log)?;
    }
    Ok(())
}

fn apt(verb: &[&str], packages: &[&str], log: &Path) -> Result<()> {
    let mut apt = Command::new("apt-get");
    apt.args(["-q", "-o", "Dpkg::Use-Pty=0"]).args(verb).args(packages).env("DEBIAN_FRONTEND", "noninteractive");
    process::succeed(&mut apt, log)
}

fn is_installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    process::answer(query.args(["-W", "-f", "${Status}", package])).is_some_and(|status| status.ends_with(" installed"))
}
