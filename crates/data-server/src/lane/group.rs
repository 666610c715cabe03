//! The statements of a group's batches, in one transaction.
//!
//! The group runs bare. If a batch fails, everything is undone and the others run again without it; what the failing one saw
//! were the batches before it, so that its result is the same as if all had run one by one. After some failures each batch
//! gets a savepoint and a flight of its own. Nobody is answered before the commit: what a batch saw of its neighbours is true
//! only then.

use std::time::Instant;

use kontor_data::{Executed, Outcome, SqlError, Statement};

use super::slot::{Done, Slot};
use crate::{Failure, Session, Shared, Writing};

/// Batches that may fail before the others of the group run one by one.
const FAILURES_MAX: usize = 3;

/// What has to be said before anything else runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// No transaction is open: begin one, with a savepoint for the first flight.
    Begin,
    /// The last flight failed and was the first one: nothing of this transaction stays. It may be begun anew, or undone to
    /// its savepoint.
    StartAgain,
    /// The last flight went well: put a new savepoint.
    GoOn,
    /// The last flight failed: undo it, to its savepoint.
    RollBack,
}

/// A statement on its way.
pub struct Asked<'a, S: Session> {
    /// What is asked.
    pub statement: &'a Statement,
    /// The server's form of it.
    pub prepared: &'a S::Prepared,
    /// Its number in its batch.
    pub index: usize,
}

/// How a run of some batches ended.
enum Ended {
    Well(Vec<(usize, Executed)>),
    /// The batch at this place failed at that statement.
    Failed(usize, usize, SqlError),
}

/// Prepares the statements of every batch before the first one runs: what is not allowed then costs the others nothing.
pub(super) async fn prepare<S: Session>(
    session: &mut S,
    shared: &Shared<S>,
    slots: &mut [Slot<S>],
) -> Result<(), Failure> {
    for slot in slots {
        let mut statements = Vec::new();
        let mut refused = None;
        if let Some(queued) = slot.open_batch() {
            for (index, asked) in queued.batch.statements.iter().enumerate() {
                let prepared = match shared.checked.check(asked, index) {
                    Ok(checked) => session.prepare(asked, index, checked.parameters).await,
                    Err(error) => Err(Failure::Batch(error)),
                };
                match prepared {
                    Ok(statement) => statements.push(statement),
                    Err(Failure::Batch(error)) => {
                        refused = Some(error);
                        break;
                    }
                    Err(failure) => return Err(failure),
                }
            }
        }
        slot.statements = statements;
        if let Some(error) = refused {
            slot.settle(Err(error));
        }
    }
    Ok(())
}

/// Runs the batches at `places`; the transaction is then open. Gives what has to be said before anything else runs in it.
pub(super) async fn run<S: Writing>(
    session: &mut S,
    shared: &Shared<S>,
    slots: &mut [Slot<S>],
    mut places: Vec<usize>,
) -> Result<Before, Failure> {
    let (mut before, mut failures, mut anything_stays) = (Before::Begin, 0, false);
    while !places.is_empty() {
        let count = if failures < FAILURES_MAX { places.len() } else { 1 };
        let now = places.get(..count).unwrap_or_default();
        match flight(session, shared, slots, now, before).await? {
            Ended::Well(done) => {
                places.drain(..count);
                for (place, executed) in done {
                    if let Some(slot) = slots.get_mut(place) {
                        slot.result = Some(Ok(Done::Batch(executed)));
                    }
                }
                (before, anything_stays) = (Before::GoOn, true);
            }
            Ended::Failed(place, index, error) => {
                failures += 1;
                places.retain(|other| *other != place);
                if let Some(slot) = slots.get_mut(place) {
                    let lost = slot.queued().and_then(|queued| queued.batch.statements.get(index));
                    if let Some(lost) = lost {
                        shared.heat.lost(lost, Instant::now());
                    }
                    slot.result = Some(Err(error));
                }
                before = if anything_stays { Before::RollBack } else { Before::StartAgain };
            }
        }
    }
    Ok(before)
}

/// Sends all statements of the batches at `places`, and reads the answers.
async fn flight<S: Writing>(
    session: &mut S,
    shared: &Shared<S>,
    slots: &[Slot<S>],
    places: &[usize],
    before: Before,
) -> Result<Ended, Failure> {
    let (mut asked, mut from) = (Vec::new(), Vec::new());
    for (number, place) in places.iter().enumerate() {
        let Some(slot) = slots.get(*place) else { continue };
        let statements = slot.queued().map(|queued| queued.batch.statements.as_slice()).unwrap_or_default();
        for (index, (statement, prepared)) in statements.iter().zip(&slot.statements).enumerate() {
            asked.push(Asked { statement, prepared, index });
            from.push((number, *place, index, statement.expect_rows));
        }
    }
    let answers = session.flight(shared, &asked, before).await?;
    let missing =
        (answers.len() < asked.len()).then(|| Failure::Lost(format!("{} did not answer everything", S::SERVER)));
    let mut done: Vec<(usize, Executed)> = places.iter().map(|place| (*place, Executed::default())).collect();
    for ((number, place, index, expected), answer) in from.into_iter().zip(answers) {
        let outcome = match answer {
            Ok(outcome) => outcome,
            Err(Failure::Batch(error)) => return Ok(Ended::Failed(place, index, error)),
            Err(failure) => return Err(failure),
        };
        if let Some(error) = guarded(&outcome, index, expected) {
            return Ok(Ended::Failed(place, index, error));
        }
        if let Some((_, executed)) = done.get_mut(number) {
            executed.outcomes.push(outcome);
        }
    }
    missing.map_or(Ok(Ended::Well(done)), Err)
}

/// The guard's failure, if it does not hold.
#[must_use]
pub fn guarded(outcome: &Outcome, index: usize, expected: Option<u64>) -> Option<SqlError> {
    let expected = expected.filter(|expected| *expected != outcome.rows_affected)?;
    let statement = u32::try_from(index).unwrap_or(u32::MAX);
    Some(SqlError::Guard { statement, expected, found: outcome.rows_affected })
}
