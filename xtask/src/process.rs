//! Runs other programs: quietly into a log, bounded in time, and stopped by their own id.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// Between two looks at a process that is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How many lines of a log an error shows; the whole log stays on disk.
const TAIL_LINES: usize = 60;

/// Runs `command` with its output in `log`.
pub fn logged(command: &mut Command, log: &Path) -> Result<ExitStatus> {
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    command.status().with_context(|| format!("cannot run {}", shown(command)))
}

/// Runs `command` with its output in `log`; its failure is an error that shows the log's end.
pub fn succeed(command: &mut Command, log: &Path) -> Result<()> {
    let status = logged(command, log)?;
    if !status.success() {
        bail!("{} ended with {status}\n{}\nthe whole log: {}", shown(command), tail(log), log.display());
    }
    Ok(())
}

/// Runs `command` to its end and gives its standard output; `None` if it is missing or fails.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Whether `command` ends well within `patience`; past it, it is killed.
pub fn bounded(command: &mut Command, log: &Path, patience: Duration) -> Result<bool> {
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut child = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn()?;
    let status = ended(&mut child, patience)?;
    if status.is_none() {
        child.kill()?;
        child.wait()?;
    }
    Ok(status.is_some_and(|status| status.success()))
}

/// Waits for the end, at most `patience`.
pub fn ended(child: &mut Child, patience: Duration) -> Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(Some(status)),
            None if start.elapsed() > patience => return Ok(None),
            None => sleep(LOOK_AGAIN),
        }
    }
}

/// SIGTERM, and SIGKILL if that is not obeyed within `patience`. True if it ended by itself or by SIGTERM.
pub fn stop(child: &mut Child, patience: Duration) -> Result<bool> {
    if child.try_wait()?.is_some() {
        return Ok(true);
    }
    // The standard library sends SIGKILL alone; the shell has `kill` built in, so that no package is needed.
    Command::new("sh").args(["-c", "kill -TERM \"$0\""]).arg(child.id().to_string()).status()?;
    if ended(child, patience)?.is_some() {
        return Ok(true);
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}

/// Where `name` is on the path, if it is.
pub fn found(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The last lines of a log.
pub fn tail(log: &Path) -> String {
    let text = String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default().join("\n")
}

/// A command as one would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
