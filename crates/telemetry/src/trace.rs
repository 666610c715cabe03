//! What one request did, and when: edge → function → host calls → engine.

use std::{
    collections::VecDeque,
    fmt,
    ops::Deref,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use parking_lot::Mutex;
use serde::{Serialize, Serializer};

/// W3C trace id: 16 bytes, not all zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(pub [u8; 16]);

impl fmt::Display for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A span's name: written in the program, or made once and shared, so that no request allocates one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpanName {
    /// Written in the program.
    Static(&'static str),
    /// Made once.
    Shared(Arc<str>),
}

impl From<&'static str> for SpanName {
    fn from(name: &'static str) -> Self {
        Self::Static(name)
    }
}

impl From<Arc<str>> for SpanName {
    fn from(name: Arc<str>) -> Self {
        Self::Shared(name)
    }
}

impl Deref for SpanName {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Static(name) => name,
            Self::Shared(name) => name,
        }
    }
}

impl Serialize for SpanName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// A part of a request.
#[derive(Debug, Clone, Serialize)]
pub struct Span {
    /// For example `sql.execute`.
    pub name: SpanName,
    /// How deep it is nested: 0 is the edge.
    pub depth: u8,
    /// Since the trace began, µs.
    pub start_us: u32,
    /// How long it took, µs.
    pub duration_us: u32,
}

/// A request under way. Shared by the rooms that it passes.
#[derive(Debug)]
pub struct Trace {
    /// Its id: the client's, or a new one.
    pub id: TraceId,
    /// When it began.
    pub began: Instant,
    spans: Mutex<Vec<Span>>,
}

fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

/// Past it spans are not recorded: a function can make 100,000 host calls.
const SPANS_MAX: usize = 64;

impl Trace {
    /// Begins now.
    #[must_use]
    pub fn begin(id: TraceId) -> Arc<Self> {
        Arc::new(Self { id, began: Instant::now(), spans: Mutex::new(Vec::with_capacity(6)) })
    }

    /// Records a part that began at `start` and took `duration`.
    pub fn span(&self, name: impl Into<SpanName>, depth: u8, start: Instant, duration: Duration) {
        let start_us = micros(start.saturating_duration_since(self.began));
        let mut spans = self.spans.lock();
        if spans.len() < SPANS_MAX {
            spans.push(Span { name: name.into(), depth, start_us, duration_us: micros(duration) });
        }
    }
}

/// A request that is done.
#[derive(Debug, Clone, Serialize)]
pub struct FinishedTrace {
    /// 32 hexadecimal digits.
    pub id: String,
    /// `METHOD PATH-TEMPLATE` or `event NAME`.
    pub name: String,
    /// The function.
    pub function: String,
    /// HTTP status; for events 200 or 500.
    pub status: u16,
    /// When it was done: ms since 1970 UTC.
    pub time_ms: u64,
    /// From begin to end, µs.
    pub duration_us: u32,
    /// Its parts, in order of their begin.
    pub spans: Vec<Span>,
}

/// A done trace as it is kept: strings are made only when somebody looks.
struct Kept {
    trace: Arc<Trace>,
    name: Arc<str>,
    function: Arc<str>,
    status: u16,
    at: SystemTime,
    duration: Duration,
}

impl Kept {
    fn show(&self) -> FinishedTrace {
        let mut spans = self.trace.spans.lock().clone();
        spans.sort_by_key(|span| (span.start_us, span.depth));
        let since = self.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        FinishedTrace {
            id: self.trace.id.to_string(),
            name: self.name.to_string(),
            function: self.function.to_string(),
            status: self.status,
            time_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            duration_us: micros(self.duration),
            spans,
        }
    }
}

/// The last traces, and the last ones that failed or were slow.
pub struct Traces {
    recent: Mutex<VecDeque<Kept>>,
    notable: Mutex<VecDeque<Kept>>,
}

/// How many of each are kept.
const KEPT_MAX: usize = 200;
/// From here on a request is slow.
const SLOW: Duration = Duration::from_millis(500);

impl Default for Traces {
    fn default() -> Self {
        let empty = || Mutex::new(VecDeque::with_capacity(KEPT_MAX));
        Self { recent: empty(), notable: empty() }
    }
}

impl Traces {
    /// Keeps a trace that is done. Where two requests end in the same instant, one recent trace may be left out rather
    /// than made to wait; failed and slow ones are always kept.
    pub fn finish(&self, trace: Arc<Trace>, function: &Arc<str>, name: &Arc<str>, status: u16) {
        let duration = trace.began.elapsed();
        let (name, function, at) = (name.clone(), function.clone(), SystemTime::now());
        let kept = Kept { trace, name, function, status, at, duration };
        if status >= 500 || duration >= SLOW {
            push(&mut self.notable.lock(), kept);
        } else if let Some(mut recent) = self.recent.try_lock() {
            push(&mut recent, kept);
        }
    }

    /// What is kept, newest first.
    #[must_use]
    pub fn list(&self) -> Vec<FinishedTrace> {
        let mut all: Vec<FinishedTrace> = self.recent.lock().iter().map(Kept::show).collect();
        all.extend(self.notable.lock().iter().map(Kept::show));
        all.sort_by_key(|trace| std::cmp::Reverse(trace.time_ms));
        all
    }
}

fn push(kept: &mut VecDeque<Kept>, trace: Kept) {
    if kept.len() == KEPT_MAX {
        kept.pop_front();
    }
    kept.push_back(trace);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_traces_stay_while_many_good_ones_pass() {
        let traces = Traces::default();
        let (function, name): (Arc<str>, Arc<str>) = ("sales".into(), "POST /api/buy_mpi".into());
        traces.finish(Trace::begin(TraceId([1; 16])), &function, &name, 500);
        for _ in 0..KEPT_MAX * 2 {
            traces.finish(Trace::begin(TraceId([2; 16])), &function, &name, 201);
        }
        let list = traces.list();
        assert_eq!(list.len(), KEPT_MAX + 1);
        assert_eq!(list.iter().filter(|trace| trace.status == 500).count(), 1);
    }

    #[test]
    fn a_function_that_calls_without_end_fills_no_memory() {
        let trace = Trace::begin(TraceId([1; 16]));
        (0..1000).for_each(|_| trace.span("log.write", 2, Instant::now(), Duration::ZERO));
        assert_eq!(trace.spans.lock().len(), SPANS_MAX);
    }
}
