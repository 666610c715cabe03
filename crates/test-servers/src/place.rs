//! Where a server lives: folder, port, password, and as whom it runs.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::StartError;

/// Where a server lives.
#[derive(Debug, Clone)]
pub struct Place {
    /// A temporary folder of its own.
    pub folder: PathBuf,
    /// A port of 127.0.0.1 that was free.
    pub port: u16,
    /// The password of the role that may do everything.
    pub password: String,
    /// The system user it runs as, if this process is root; database servers refuse root, and they are right.
    pub user: Option<&'static str>,
}

impl Place {
    /// Makes a folder and finds a port.
    pub(crate) fn find(name: &str, user: &'static str) -> Result<Self, StartError> {
        let failed = |what: &str| {
            let what = what.to_owned();
            move |error: std::io::Error| StartError::Failed(format!("{what}: {error}"))
        };
        let folder = tempfile::Builder::new().prefix(&format!("kontor-{name}-")).tempdir();
        let folder = folder.map_err(failed("no temporary folder can be made"))?.keep();
        let port = free_port()?;
        let password = random_word();
        let user = is_root().then_some(user);
        let place = Self { folder, port, password, user };
        if let Some(user) = user {
            finish(Command::new("chown").arg(user).arg(&place.folder))?;
        }
        Ok(place)
    }

    /// A command that runs as the server's user.
    #[must_use]
    pub fn command(&self, program: &Path) -> Command {
        let Some(user) = self.user else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--clear-groups", "--"]).arg(program);
        command.current_dir(&self.folder);
        command
    }
}

/// A port of 127.0.0.1 that nobody listens on.
///
/// # Errors
/// If there is none.
pub(crate) fn free_port() -> Result<u16, StartError> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    Ok(free.map_err(|error| StartError::Failed(format!("there is no free port: {error}")))?.port())
}

/// What others on this machine cannot guess: the standard library seeds its hashes with the system's random numbers.
fn random_word() -> String {
    let word = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", word(), word())
}

fn is_root() -> bool {
    let asked = Command::new("id").arg("-u").stdin(Stdio::null()).output();
    asked.is_ok_and(|output| output.stdout == b"0\n")
}

/// Where a program is. Debian keeps servers in folders that are not on every user's path.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Writes a file that the server reads.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write(file: &Path, text: &str) -> Result<(), StartError> {
    std::fs::write(file, text)
        .map_err(|error| StartError::Failed(format!("{} cannot be written: {error}", file.display())))
}

/// Runs a command to its end; what it said is in the error.
///
/// # Errors
/// If it cannot be run or fails.
pub(crate) fn finish(command: &mut Command) -> Result<(), StartError> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| StartError::Failed(format!("{command:?} cannot be run: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    Err(StartError::Failed(format!("{command:?} ended with {}: {said}", output.status)))
}
