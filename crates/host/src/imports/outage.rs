//! What the log says while a database refuses: the first refusal, from then on a count every few seconds, and the end.
//! A line for each refused call would fill the very disk whose being full they are about.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// Between two lines about refusals.
const QUIET: Duration = Duration::from_secs(5);

/// Refusals of all kinds of calls of one version. Reads apart from changes: a disk that is full can still be read.
#[derive(Debug, Default)]
pub(crate) struct Outages {
    pub(super) queries: Outage,
    pub(super) batches: Outage,
    pub(super) document_reads: Outage,
    pub(super) document_changes: Outage,
    pub(super) entry_reads: Outage,
    pub(super) entry_changes: Outage,
}

/// Refusals of one kind of call of one version.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    /// Whether the last call was refused: all that a call that goes well looks at.
    refusing: AtomicBool,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    /// When the last line about a refusal was written.
    last: Option<Instant>,
    /// Refusals since then that no line has counted.
    untold: u64,
    /// Whether a line said that calls are refused and none that they are done again.
    open: bool,
}

impl Outage {
    /// One call was refused. How many refusals a line shall speak of now, if there shall be one.
    pub(super) fn refused(&self, now: Instant) -> Option<u64> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        self.refusing.store(true, Relaxed);
        told.untold += 1;
        if told.last.is_some_and(|last| now.saturating_duration_since(last) < QUIET) {
            return None;
        }
        told.last = Some(now);
        told.open = true;
        Some(std::mem::take(&mut told.untold))
    }

    /// One call went well. How many refusals no line has counted, if there shall be a line that says it is over.
    pub(super) fn worked(&self) -> Option<u64> {
        // Read before it is written: calls on all cores share this, and nearly always there is nothing to write.
        if !self.refusing.load(Relaxed) || !self.refusing.swap(false, Relaxed) {
            return None;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut told.open).then(|| std::mem::take(&mut told.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_when_it_begins_then_counts_then_one_when_it_ends() {
        let (outage, start) = (Outage::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(outage.worked(), None, "nothing has happened");
        assert_eq!(outage.refused(at(0)), Some(1), "the first is told at once");
        assert_eq!((outage.refused(at(1)), outage.refused(at(4))), (None, None));
        assert_eq!(outage.refused(at(5)), Some(3));
        assert_eq!(outage.refused(at(6)), None);
        assert_eq!(outage.worked(), Some(1), "the end counts the rest");
        assert_eq!(outage.worked(), None, "once");
    }

    #[test]
    fn going_up_and_down_fills_no_log_either() {
        let (outage, start) = (Outage::default(), Instant::now());
        let mut lines = 0;
        for round in 0..1000 {
            let now = start + Duration::from_millis(round * 10);
            lines += u32::from(outage.refused(now).is_some()) + u32::from(outage.worked().is_some());
        }
        assert_eq!(lines, 4, "ten seconds: two beginnings and two ends");
        assert_eq!(outage.refused(start + Duration::from_secs(60)), Some(500), "what was not told is counted later");
    }
}
