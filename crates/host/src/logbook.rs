//! The last lines that each function logged, for operators who look. What is to be kept longer is in the program's own
//! log.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// Lines that are kept of each function.
const LINES_MAX: usize = 1000;
/// Bytes of lines that are kept of each function.
const LINES_MAX_BYTES: usize = 1 << 20;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// For who looks for a fault.
    Debug,
    /// What happened.
    Info,
    /// What may become a fault.
    Warn,
    /// A fault.
    Error,
}

/// A line that a function logged, or that the host has to say of a call of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Counts from 1 for each function, since the program started.
    pub number: u64,
    /// ms since 1970 UTC.
    pub time_ms: i64,
    /// How much it matters.
    pub level: LogLevel,
    /// The function's own version.
    pub version: String,
    /// 32 hexadecimal digits; of the call that it belongs to.
    pub trace_id: String,
    /// What it says.
    pub text: String,
}

/// Lines from some number on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Oldest first.
    pub lines: Vec<LogLine>,
    /// The number of the last line there is; the next question is for what comes after it.
    pub last: u64,
    /// Lines that were asked for and are not kept any more.
    pub lost: u64,
}

#[derive(Default)]
struct Kept {
    lines: VecDeque<LogLine>,
    bytes: usize,
    last: u64,
}

/// One function's lines.
pub(crate) struct Journal {
    kept: Mutex<Kept>,
    /// The number of the last line, for who waits for the next.
    last: watch::Sender<u64>,
}

impl Default for Journal {
    fn default() -> Self {
        Self { kept: Mutex::default(), last: watch::Sender::new(0) }
    }
}

impl Journal {
    /// Adds a line; old ones go.
    pub(crate) fn write(&self, level: LogLevel, version: &str, trace_id: &str, text: &str) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut kept = self.kept.lock();
        kept.last += 1;
        let line = LogLine {
            number: kept.last,
            time_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            level,
            version: version.to_owned(),
            trace_id: trace_id.to_owned(),
            text: text.to_owned(),
        };
        kept.bytes += size(&line);
        kept.lines.push_back(line);
        while kept.lines.len() > LINES_MAX || kept.bytes > LINES_MAX_BYTES {
            let Some(oldest) = kept.lines.pop_front() else { break };
            kept.bytes -= size(&oldest);
        }
        self.last.send_replace(kept.last);
    }

    fn after(&self, number: u64) -> Read {
        let kept = self.kept.lock();
        // Who asks for what has not come yet saw the lines of an earlier start.
        let number = if number > kept.last { 0 } else { number };
        let lines: Vec<LogLine> = kept.lines.iter().filter(|line| line.number > number).cloned().collect();
        let lost = lines.first().map_or(kept.last, |first| first.number - 1).saturating_sub(number);
        Read { lines, last: kept.last, lost }
    }
}

/// What a line takes, roughly.
fn size(line: &LogLine) -> usize {
    size_of::<LogLine>() + line.version.len() + line.trace_id.len() + line.text.len()
}

/// All functions' lines. They belong to the function, not to a version.
#[derive(Default)]
pub(crate) struct Logbook(Mutex<BTreeMap<String, Arc<Journal>>>);

impl Logbook {
    /// The lines of a function, to be added to.
    pub(crate) fn of(&self, function: &str) -> Arc<Journal> {
        self.0.lock().entry(function.to_owned()).or_default().clone()
    }

    /// Lines of a function after this number; none if it never was live.
    pub(crate) fn read(&self, function: &str, after: u64) -> Option<Read> {
        let journal = self.0.lock().get(function).cloned()?;
        Some(journal.after(after))
    }

    /// Waits until there is a line after this number. Endless if none ever comes.
    pub(crate) async fn wait(&self, function: &str, after: u64) {
        let mut last = self.of(function).last.subscribe();
        let _ = last.wait_for(|last| *last != after).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_it_is_told_how_many_are_not() {
        let book = Logbook::default();
        assert_eq!(book.read("hello", 0), None);
        let journal = book.of("hello");
        let write = |text: &str| journal.write(LogLevel::Info, "1", "0", text);
        write("one");
        write("two");
        let read = book.read("hello", 1).unwrap();
        assert_eq!((read.lines[0].text.as_str(), read.lines.len(), read.last, read.lost), ("two", 1, 2, 0));
        assert_eq!(book.read("hello", 9).unwrap().lines.len(), 2, "who remembers an earlier start begins anew");
        for _ in 0..LINES_MAX {
            write("more");
        }
        let read = book.read("hello", 1).unwrap();
        assert_eq!((read.lines.len(), read.last, read.lost), (LINES_MAX, 2 + LINES_MAX as u64, 1));
        write(&"x".repeat(LINES_MAX_BYTES * 2));
        let read = book.read("hello", read.last).unwrap();
        assert_eq!((read.lines.len(), read.lost), (0, 1), "a line that is too long for the book is lost, and told");
    }

    #[tokio::test]
    async fn who_waits_is_told_of_the_next_line() {
        let book = Logbook::default();
        let journal = book.of("hello");
        let wait = book.wait("hello", 0);
        journal.write(LogLevel::Warn, "1", "0", "here");
        wait.await;
        assert_eq!(book.read("hello", 0).unwrap().lines[0].level, LogLevel::Warn);
    }
}
