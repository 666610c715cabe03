//! Builds the pages with Node.

use std::{path::PathBuf, process::Command};

use anyhow::{Result, bail};

use crate::{
    debian, process,
    stamp::{self, Stamp},
    workspace::Workspace,
};

/// The oldest that Vite runs on.
const NODE_MIN: (u32, u32) = (20, 19);

/// Builds the pages into `bundle/pages`. False if nothing had changed.
pub fn build_pages(workspace: &Workspace) -> Result<bool> {
    let web = workspace.web();
    let pages = workspace.bundle().join("pages");
    let stamp = Stamp::of(workspace.notes("stamps")?.join("pages"), &workspace.root, &inputs(workspace)?, &[])?;
    if pages.join("index.html").is_file() && stamp.is_fresh() {
        return Ok(false);
    }
    install_packages(workspace)?;
    process::succeed(npm(workspace)?.args(["run", "build"]), &workspace.notes("logs")?.join("pages.log"))?;
    stamp::mirror(&web.join("dist"), &pages)?;
    stamp.note()?;
    Ok(true)
}

/// What the pages are made from: their sources, and the contracts that the client's types are made from.
fn inputs(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let (web, functions) = (workspace.web(), workspace.root.join("functions"));
    // Tests and pictures of the pages are no part of them, and the client's types are made by the build itself.
    let apart = ["e2e", "screenshots", "src/api/generated"].map(|folder| web.join(folder));
    let written = |file: &PathBuf| !apart.iter().any(|folder| file.starts_with(folder));
    let mut inputs: Vec<PathBuf> = stamp::files(&[web])?.into_iter().filter(written).collect();
    inputs.extend(stamp::files(&[functions])?.into_iter().filter(|file| file.ends_with("openapi.json")));
    Ok(inputs)
}

/// `npm ci`, if the lock file is another one than last time.
pub fn install_packages(workspace: &Workspace) -> Result<()> {
    let (web, logs) = (workspace.web(), workspace.notes("logs")?);
    // The note lies in the folder itself, so that whoever removes the packages removes it too.
    let note = web.join("node_modules").join(".kontor-stamp");
    let stamp = Stamp::of(note, &web, &[web.join("package-lock.json"), web.join("package.json")], &[])?;
    if stamp.is_fresh() {
        return Ok(());
    }
    process::succeed(npm(workspace)?.args(["ci", "--no-audit", "--no-fund"]), &logs.join("npm-ci.log"))?;
    stamp.note()
}

/// npm in the pages' folder, quiet, and without the download of a browser.
pub fn npm(workspace: &Workspace) -> Result<Command> {
    check_node()?;
    let mut npm = Command::new("npm");
    npm.current_dir(workspace.web());
    npm.env("npm_config_progress", "false").env("npm_config_update_notifier", "false").env("npm_config_fund", "false");
    npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").env("NO_UPDATE_NOTIFIER", "1");
    Ok(npm)
}

fn check_node() -> Result<()> {
    let version = process::answer(Command::new("node").arg("--version"));
    let new_enough = version.as_deref().and_then(release) >= Some(NODE_MIN);
    let has_npm = process::found("npm").is_some();
    if new_enough && has_npm {
        return Ok(());
    }
    let found = match version {
        None => "Node is missing".to_owned(),
        Some(_) if new_enough => "npm is missing".to_owned(),
        Some(version) => format!("Node {version} is too old"),
    };
    let (major, minor) = NODE_MIN;
    let how = if candidate() >= Some(NODE_MIN) {
        format!("as root: {}", debian::command(&["nodejs", "npm"]))
    } else {
        "this system's own package is older: install Node from nodesource's packages or with a version manager (nvm, \
         fnm, volta)"
            .to_owned()
    };
    bail!("{found}; the pages need Node {major}.{minor} or newer with npm. To get it, {how}")
}

/// Which Node apt would install.
fn candidate() -> Option<(u32, u32)> {
    let policy = process::answer(Command::new("apt-cache").args(["policy", "nodejs"]).env("LC_ALL", "C"))?;
    policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: ")).and_then(release)
}

/// Major and minor version.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().trim_start_matches('v').split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::release;

    #[test]
    fn a_version_is_known_by_its_first_two_numbers() {
        for (version, expected) in
            [("v20.20.2", Some((20, 20))), ("18.20.4+dfsg-1~deb12u3", Some((18, 20))), ("(none)", None), ("", None)]
        {
            assert_eq!(release(version), expected, "{version}");
        }
    }
}
