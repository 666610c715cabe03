//! A verb that goes on until it is stopped, and prints meanwhile.

use std::{process::Stdio, time::Duration};

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// Nothing that is waited for takes longer.
const LINE_MAX: Duration = Duration::from_secs(60);

/// A verb that goes on. Dropping it kills it.
pub struct Following {
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Following {
    pub(crate) fn begin(mut verb: Command) -> Result<Self> {
        let mut child = verb.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
        let lines = BufReader::new(child.stdout.take().context("it has no output")?).lines();
        Ok(Self { lines, _child: child })
    }

    /// The next line that it prints.
    ///
    /// # Errors
    /// If none comes.
    pub async fn line(&mut self) -> Result<String> {
        let line = timeout(LINE_MAX, self.lines.next_line()).await.context("no line came")??;
        line.context("it ended")
    }
}
