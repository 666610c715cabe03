//! The statements of a group's batches, pipelined in one transaction.
//!
//! The group runs bare behind one savepoint. If a batch fails, everything goes back to the savepoint and the others run
//! again without it; what the failing one saw were the batches before it, so that its result is the same as if all had run
//! one by one. After some failures each batch gets a savepoint and a round trip of its own. Nobody is answered before the
//! commit: what a batch saw of its neighbours is true only then.

use std::time::Instant;

use kontor_data::{Executed, Outcome, SqlError};

use super::slot::{Done, Slot};
use crate::{
    failure::Failure,
    pipeline::{ask, in_order, plain},
    session::Session,
    shared::Shared,
};

/// Batches that may fail before the others of the group run one by one.
const FAILURES_MAX: usize = 3;

const ROLL_BACK: &str = "ROLLBACK TO SAVEPOINT kontor_batch";
const GO_ON: &str = "RELEASE SAVEPOINT kontor_batch; SAVEPOINT kontor_batch";

/// Begins the group's transaction.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// How a run of some batches ended.
enum Ended {
    Well(Vec<(usize, Executed)>),
    /// The batch at this place failed at that statement.
    Failed(usize, usize, SqlError),
}

/// Prepares the statements of every batch before the first one runs: what is not allowed then costs the others nothing.
pub(super) async fn prepare(session: &mut Session, shared: &Shared, slots: &mut [Slot]) -> Result<(), Failure> {
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
pub(super) async fn run(
    session: &Session,
    shared: &Shared,
    slots: &mut [Slot],
    mut places: Vec<usize>,
) -> Result<&'static str, Failure> {
    let mut before = format!("{BEGIN}; SET LOCAL ROLE {}; SAVEPOINT kontor_batch", shared.names.runtime);
    let (mut after, mut failures) = (GO_ON, 0);
    while !places.is_empty() {
        let count = if failures < FAILURES_MAX { places.len() } else { 1 };
        let now = places.get(..count).unwrap_or_default();
        match flight(session, shared, slots, now, std::mem::take(&mut before)).await? {
            Ended::Well(done) => {
                places.drain(..count);
                for (place, executed) in done {
                    if let Some(slot) = slots.get_mut(place) {
                        slot.result = Some(Ok(Done::Batch(executed)));
                    }
                }
                after = GO_ON;
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
                after = ROLL_BACK;
            }
        }
        after.clone_into(&mut before);
    }
    Ok(after)
}

/// Sends all statements of the batches at `places`, and reads all answers.
async fn flight(
    session: &Session,
    shared: &Shared,
    slots: &[Slot],
    places: &[usize],
    before: String,
) -> Result<Ended, Failure> {
    let mut asked = vec![plain(&session.client, before)];
    let mut from = Vec::new();
    for (number, place) in places.iter().enumerate() {
        let Some(slot) = slots.get(*place) else { continue };
        let statements = slot.queued().map(|queued| queued.batch.statements.as_slice()).unwrap_or_default();
        for (index, (statement, prepared)) in statements.iter().zip(&slot.statements).enumerate() {
            asked.push(ask(&session.client, prepared.clone(), statement, index, &shared.limits));
            from.push((number, *place, index, statement.expect_rows));
        }
    }
    let sent = asked.len();
    let answers = in_order(session.answer_time_max(), asked).await;
    let missing = (answers.len() < sent).then(|| Failure::Lost("PostgreSQL did not answer everything".to_owned()));
    let mut answers = answers.into_iter();
    answers.next().transpose()?;
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
pub(crate) fn guarded(outcome: &Outcome, index: usize, expected: Option<u64>) -> Option<SqlError> {
    let expected = expected.filter(|expected| *expected != outcome.rows_affected)?;
    let statement = u32::try_from(index).unwrap_or(u32::MAX);
    Some(SqlError::Guard { statement, expected, found: outcome.rows_affected })
}
