//! The built program, driven as an operator does.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// Nothing that is waited for here takes longer, on however slow a machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A place of its own to run the program in.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.path().join("kontor-data")
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kontor"));
        command.current_dir(self.path()).args(arguments).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("KONTOR_") {
                command.env_remove(name);
            }
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command that succeeds prints.
    pub fn good(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The one line that a command which fails leaves on standard error.
    pub fn refused(&self, arguments: &[&str]) -> String {
        one_line(&self.run(arguments))
    }

    /// Starts serving on ports that the system chooses, and waits until it does.
    pub fn serve(&self, more: &[&str]) -> Serving {
        let free = ["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        let mut command = self.command(&[&free, more].concat());
        // A file: nobody reads while it serves, and a full pipe would hold it up.
        let log = tempfile::NamedTempFile::new_in(self.path()).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log.reopen().unwrap()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while !text.contains("Ctrl-C stops it.") {
            if output.read_line(&mut text).unwrap() == 0 {
                panic!("it does not serve: {}", std::fs::read_to_string(log.path()).unwrap());
            }
        }
        Serving { child, text, log, _output: output }
    }
}

/// Asserts a failure that is told in exactly one line.
pub fn one_line(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!output.status.success(), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("kontor: "), "{text}");
    text
}

/// A program that serves; killed at the end of the test if it still runs.
pub struct Serving {
    child: Child,
    /// What it printed about itself.
    pub text: String,
    log: tempfile::NamedTempFile,
    _output: BufReader<ChildStdout>,
}

impl Serving {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The address in the printed line that begins with `name`.
    pub fn address(&self, name: &str) -> SocketAddr {
        let line = self.text.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
        let port = line.trim_end_matches('/').rsplit(':').next().unwrap();
        SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()))
    }

    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// Waits for its end; the exit status and what it logged.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < until, "it does not stop");
            std::thread::sleep(Duration::from_millis(5));
        };
        (status.code(), std::fs::read_to_string(self.log.path()).unwrap())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sends one request head (without its last empty line) and reads the answer to the end: status and all of its text.
pub fn ask(address: SocketAddr, head: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "{head}\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    (text[9..12].parse().unwrap(), text)
}
