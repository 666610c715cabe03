//! The shell that outlives its process, to stop what that one started.

use std::{
    io,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Waits for the end of its input, which is the end of whoever holds the other end; then stops the process whose id is in
/// the folder's file `pid`, if there is one, and removes the folder.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
cat >/dev/null
if pid=$(cat "$1/pid" 2>/dev/null); then
  kill -s "$2" "$pid"
  tries=0
  while kill -0 "$pid" && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -s KILL "$pid"
fi 2>/dev/null
rm -rf "$1"
"#;

/// Holds the shell's input.
pub(crate) struct Guard(Child);

impl Guard {
    /// Starts it for a folder; `signal` asks the server to end at once.
    pub(crate) fn watch(folder: &Path, signal: &str) -> io::Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT, "sh"]).arg(folder).arg(signal);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Of a group of its own: what the terminal tells the tests is not for it.
        shell.process_group(0).spawn().map(Self)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
