//! Peers: other programs that do the same work, each a folder with a `run.sh PORT`.

use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::Setup;
use crate::{debian, http, process, progress::say};

/// The first time a peer fetches and builds what it needs.
const READY_MAX: Duration = Duration::from_secs(900);
const STOP_MAX: Duration = Duration::from_secs(20);
/// A peer with a server of its own uses this distance for that one's port.
const SECOND_PORT: u16 = 1000;

/// A peer while it serves. Dropping it stops it.
pub struct Peer {
    child: Child,
    /// Where it serves.
    pub port: u16,
}

impl Peer {
    /// Starts `DIR/NAME/run.sh PORT` and waits until it answers `path`.
    pub fn open(setup: &Setup, name: &str, path: &str) -> Result<Self> {
        Self::open_with(setup, name, path, &[])
    }

    /// The same, with further arguments.
    pub fn open_with(setup: &Setup, name: &str, path: &str, arguments: &[&str]) -> Result<Self> {
        let script = setup.peers.join(name).join("run.sh");
        if !script.is_file() {
            bail!("no peer at {}", script.display());
        }
        install(setup, name)?;
        let port = http::free_port(SECOND_PORT)?;
        let log = setup.workspace.notes("logs")?.join(format!("peer-{name}.log"));
        say(&format!("peer {name}: starts; the first time it fetches what it needs; log: {}", log.display()));
        let file = File::create(&log)?;
        let mut run = Command::new("bash");
        run.arg(&script)
            .arg(port.to_string())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let child = run.spawn().context("cannot run bash")?;
        let mut peer = Self { child, port };
        peer.ready(path, &log)?;
        Ok(peer)
    }

    fn ready(&mut self, path: &str, log: &Path) -> Result<()> {
        let (port, child) = (self.port, &mut self.child);
        let alive = || match child.try_wait()? {
            Some(status) => bail!("it ended with {status}"),
            None => Ok(()),
        };
        let ready = http::until_answered(port, path, (Duration::from_millis(50), READY_MAX), alive);
        ready.with_context(|| format!("a peer does not serve:\n{}", process::tail(log)))?;
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = process::stop(&mut self.child, STOP_MAX);
    }
}

/// Packages that a script cannot fetch by itself.
fn install(setup: &Setup, name: &str) -> Result<()> {
    if name == "fastapi-sales" && !Path::new("/usr/lib/postgresql").is_dir() {
        let log = setup.workspace.notes("logs")?.join("apt.log");
        debian::install(&["postgresql", "python3-venv"], &log).context("the peer's PostgreSQL")?;
    }
    Ok(())
}
