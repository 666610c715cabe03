//! One place in a group.

use std::time::{Duration, Instant};

use kontor_data::{Delivery, Executed, SqlError};

use crate::{
    Change, Session,
    shared::{Answer, Job, Queued},
};

/// What is to be done.
pub(super) enum Work {
    Batch(Box<Queued>),
    Change { subscriber: String, change: Change, answer: Answer<bool> },
    Lease { subscriber: String, max: usize, lease: Duration, answer: Answer<Vec<Delivery>> },
}

/// What came of it.
#[derive(Debug)]
pub enum Done {
    /// A batch's outcomes.
    Batch(Executed),
    /// Whether there was something to change in the outbox.
    Changed(bool),
    /// Events that were leased, in any order.
    Leased(Vec<Delivery>),
}

/// One place in a group.
pub(super) struct Slot<S: Session> {
    pub(super) work: Work,
    /// The server's forms of a batch's statements.
    pub(super) statements: Vec<S::Prepared>,
    /// None until it is known.
    pub(super) result: Option<Result<Done, SqlError>>,
    /// The result stands whatever becomes of the group.
    settled: bool,
}

impl<S: Session> Slot<S> {
    pub(super) fn of(job: Job) -> Self {
        let work = match job {
            Job::Batch(queued) => Work::Batch(queued),
            Job::Change { subscriber, change, answer } => Work::Change { subscriber, change, answer },
            Job::Lease { subscriber, max, lease, answer } => Work::Lease { subscriber, max, lease, answer },
        };
        Self { work, statements: Vec::new(), result: None, settled: false }
    }

    /// What the queue counts.
    pub(super) fn size_bytes(&self) -> usize {
        match &self.work {
            Work::Batch(queued) => queued.size_bytes,
            _ => 0,
        }
    }

    pub(super) fn queued(&self) -> Option<&Queued> {
        match &self.work {
            Work::Batch(queued) => Some(queued),
            _ => None,
        }
    }

    /// The batch, if it is still to be run.
    pub(super) fn open_batch(&self) -> Option<&Queued> {
        self.queued().filter(|_| self.result.is_none())
    }

    /// The batch, if it ran and is to be committed.
    pub(super) fn ran(&self) -> Option<(&Queued, &Executed)> {
        match (&self.work, &self.result) {
            (Work::Batch(queued), Some(Ok(Done::Batch(executed)))) if !self.settled => Some((queued, executed)),
            _ => None,
        }
    }

    /// Sets a result that stands.
    pub(super) fn settle(&mut self, result: Result<Done, SqlError>) {
        self.result = Some(result);
        self.settled = true;
    }

    /// Everything begins anew, but what is settled.
    pub(super) fn reset(&mut self) {
        if !self.settled {
            self.result = None;
        }
    }

    /// Fails, unless it is settled.
    pub(super) fn fail(&mut self, error: &SqlError) {
        if !self.settled {
            self.settle(Err(error.clone()));
        }
    }

    /// Tells whoever waits.
    pub(super) fn answer(self, started: Instant) {
        let commit_ns = nanoseconds(started.elapsed());
        let nothing = || SqlError::Other("the batch was not run".to_owned());
        let result = self.result.unwrap_or_else(|| Err(nothing()));
        match self.work {
            Work::Batch(queued) => {
                let queued_ns = nanoseconds(started.saturating_duration_since(queued.since));
                let _ = queued.answer.send(result.and_then(|done| match done {
                    Done::Batch(executed) => Ok(Executed { queued_ns, commit_ns, ..executed }),
                    _ => Err(nothing()),
                }));
            }
            Work::Change { answer, .. } => {
                let _ = answer.send(result.and_then(|done| match done {
                    Done::Changed(changed) => Ok(changed),
                    _ => Err(nothing()),
                }));
            }
            Work::Lease { answer, .. } => {
                let _ = answer.send(result.and_then(|done| match done {
                    Done::Leased(events) => Ok(events),
                    _ => Err(nothing()),
                }));
            }
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
