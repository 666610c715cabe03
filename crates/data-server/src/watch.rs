//! What is done every second, whoever asks for what: telling that this process lives, freeing what dead ones leased,
//! counting what is on its way, and now and then throwing away what nobody needs any more.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Failure, Keeping, Session, Shared,
    ids::{id_before, microseconds},
    shared::WATCH,
};

/// A process that was not seen for so long is dead, and others take over what it leased. With [`WATCH`] twice, once for
/// each side, that is well within ten seconds.
const DEAD_AFTER: Duration = Duration::from_secs(4);
/// Rounds between two looks at the size.
const MEASURE_EVERY: u32 = 5;
/// Rounds between two tidyings.
const TIDY_EVERY: u32 = 30;
/// How long a group's id is kept: longer than any doubt about its commit.
const COMMITS_LIVE: Duration = Duration::from_secs(3600);

/// Watches until it is aborted.
pub(crate) async fn keep<S: Keeping>(shared: Arc<Shared<S>>) {
    let mut session: Option<S> = None;
    let mut round = 0_u32;
    let mut ticks = tokio::time::interval(WATCH);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match look(&shared, &mut session, round).await {
            Ok(()) => {
                shared.works();
                round = round.wrapping_add(1);
            }
            Err(Failure::Lost(reason) | Failure::Full(reason)) => {
                shared.fails(&reason);
                session = None;
            }
            Err(failure) => {
                tracing::warn!(function = %shared.function, error = %failure.answer(), "the outbox could not be looked after")
            }
        }
    }
}

async fn look<S: Keeping>(shared: &Shared<S>, session: &mut Option<S>, round: u32) -> Result<(), Failure> {
    if session.as_ref().is_none_or(Session::is_broken) {
        *session = Some(shared.try_to_connect(&shared.host).await.map_err(Failure::Lost)?);
    }
    let Some(session) = session else { return Ok(()) };
    if shared.leased_until.lock().is_some_and(|until| until > Instant::now()) {
        session.seen(&shared.owner).await?;
    }
    session.take_over(microseconds(DEAD_AFTER)).await?;
    give_back(shared, session).await?;
    shared.remember(session.state().await?);
    let oldest = session.oldest().await?;
    shared.backlog.lock().oldest_us = oldest;
    if round.is_multiple_of(MEASURE_EVERY) {
        measure(shared, session).await?;
    }
    if round.is_multiple_of(TIDY_EVERY) {
        let live = microseconds(shared.limits.idempotency_time_to_live);
        session.tidy(live, &id_before(COMMITS_LIVE), microseconds(COMMITS_LIVE)).await?;
    }
    Ok(())
}

async fn give_back<S: Keeping>(shared: &Shared<S>, session: &mut S) -> Result<(), Failure> {
    let tokens = shared.orphans.lock().clone();
    if tokens.is_empty() {
        return Ok(());
    }
    session.give_back(&tokens).await?;
    shared.orphans.lock().retain(|token| !tokens.contains(token));
    Ok(())
}

/// A server has no limit for one function's database, so its size is looked at now and then.
async fn measure<S: Keeping>(shared: &Shared<S>, session: &mut S) -> Result<(), Failure> {
    let bytes = session.size(&shared.names).await?;
    let most = shared.limits.database_size_max_bytes;
    *shared.full.lock() = (bytes > most).then(|| {
        format!(
            "the database of {} has {bytes} bytes, and at most {most} are allowed; {}, or raise the limit",
            shared.function,
            S::MAKE_ROOM
        )
    });
    Ok(())
}
