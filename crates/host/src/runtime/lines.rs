//! What a function logs, and prints, in one call.

use std::sync::Arc;

use parking_lot::Mutex;

use super::bindings::kontor::function::log::Level;
use crate::logbook::{Journal, LogLevel};

/// Longer lines are cut.
pub(crate) const LINE_MAX_BYTES: usize = 8 << 10;
/// Further lines of a call are counted and dropped.
pub(crate) const LINES_MAX: u32 = 100;

#[derive(Debug, Default)]
struct Inner {
    trace_id: String,
    written: u32,
    dropped: u32,
    /// What was printed since the last end of a line.
    printed: Vec<u8>,
}

/// The log of one instance. Shared with its standard output and error.
pub(crate) struct Lines {
    function: Arc<str>,
    version: Arc<str>,
    journal: Arc<Journal>,
    inner: Mutex<Inner>,
}

impl Lines {
    /// The log of an instance of this function.
    pub(crate) fn new(function: Arc<str>, version: Arc<str>, journal: Arc<Journal>) -> Self {
        Self { function, version, journal, inner: Mutex::default() }
    }

    /// A new call begins.
    pub(crate) fn begin(&self, trace_id: &str) {
        let mut inner = self.inner.lock();
        inner.trace_id.clear();
        inner.trace_id.push_str(trace_id);
        (inner.written, inner.dropped) = (0, 0);
        inner.printed.clear();
    }

    /// The call is over: what was printed without an end of line is a line too.
    pub(crate) fn end(&self) {
        let mut inner = self.inner.lock();
        if !inner.printed.is_empty() {
            let rest = std::mem::take(&mut inner.printed);
            self.emit(&mut inner, Level::Info, &String::from_utf8_lossy(&rest));
        }
        if inner.dropped > 0 {
            let text = format!("{} more lines of this call were dropped; {LINES_MAX} are kept of each", inner.dropped);
            self.journal.write(LogLevel::Warn, &self.version, &inner.trace_id, &text);
            tracing::warn!(
                function = %self.function, version = %self.version, trace_id = inner.trace_id, dropped = inner.dropped,
                "the function logged more than {LINES_MAX} lines in one call; the rest was dropped"
            );
        }
    }

    /// Writes one line.
    pub(crate) fn write(&self, level: Level, line: &str) {
        self.emit(&mut self.inner.lock(), level, line);
    }

    /// Takes what the guest printed, in pieces of any size.
    pub(crate) fn print(&self, piece: &[u8]) {
        let mut inner = self.inner.lock();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            let room = LINE_MAX_BYTES.saturating_sub(inner.printed.len());
            inner.printed.extend(part.iter().filter(|byte| **byte != b'\n').take(room));
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut inner.printed);
                self.emit(&mut inner, Level::Info, &String::from_utf8_lossy(&line));
            }
        }
    }

    fn emit(&self, inner: &mut Inner, level: Level, line: &str) {
        if inner.written >= LINES_MAX {
            inner.dropped = inner.dropped.saturating_add(1);
            return;
        }
        inner.written += 1;
        let line = line.get(..line.floor_char_boundary(LINE_MAX_BYTES)).unwrap_or(line);
        let (function, version, trace_id) = (&self.function, &self.version, inner.trace_id.as_str());
        self.journal.write(matters(level), version, trace_id, line);
        // The line is a field, escaped by the subscriber: a guest cannot forge another line of the log.
        match level {
            Level::Debug => tracing::debug!(target: "kontor::function", %function, %version, trace_id, line),
            Level::Info => tracing::info!(target: "kontor::function", %function, %version, trace_id, line),
            Level::Warn => tracing::warn!(target: "kontor::function", %function, %version, trace_id, line),
            Level::Error => tracing::error!(target: "kontor::function", %function, %version, trace_id, line),
        }
    }
}

fn matters(level: Level) -> LogLevel {
    match level {
        Level::Debug => LogLevel::Debug,
        Level::Info => LogLevel::Info,
        Level::Warn => LogLevel::Warn,
        Level::Error => LogLevel::Error,
    }
}
