//! What is done every second, whoever asks for what: telling that this process lives, freeing what dead ones leased,
//! counting what is on its way, and now and then throwing away what nobody needs any more.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    events_sql::{GIVE_BACK, OLDEST, SEEN, STATE, TAKE_OVER, now},
    failure::Failure,
    outbox_rows::{self, id_before},
    session::{Session, host},
    shared::{Shared, WATCH},
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

/// What a schema takes on the disk.
const SIZE: &str = "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c \
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'";

/// Records whose time is over, some at a time.
const EXPIRE: &str = concat!(
    "DELETE FROM kontor_idempotency WHERE id IN (SELECT id FROM kontor_idempotency WHERE made_us < ",
    now!(),
    " - $1 ORDER BY made_us LIMIT 10000)"
);
const EXPIRE_COMMITS: &str = "DELETE FROM kontor_commits WHERE id < $1::text::uuid";
const EXPIRE_PROCESSES: &str = concat!("DELETE FROM kontor_processes WHERE seen_us < ", now!(), " - $1");

/// Watches until it is aborted.
pub(crate) async fn keep(shared: Arc<Shared>) {
    let mut session = None;
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

async fn look(shared: &Shared, session: &mut Option<Session>, round: u32) -> Result<(), Failure> {
    if session.as_ref().is_none_or(Session::is_broken) {
        *session = Some(shared.try_to_connect(&shared.host).await.map_err(Failure::Lost)?);
    }
    let Some(session) = session else { return Ok(()) };
    if shared.leased_until.lock().is_some_and(|until| until > Instant::now()) {
        execute(session, SEEN, &[&shared.owner]).await?;
    }
    execute(session, TAKE_OVER, &[&outbox_rows::microseconds(DEAD_AFTER)]).await?;
    give_back(shared, session).await?;
    count(shared, session).await?;
    if round.is_multiple_of(MEASURE_EVERY) {
        measure(shared, session).await?;
    }
    if round.is_multiple_of(TIDY_EVERY) {
        tidy(shared, session).await?;
    }
    Ok(())
}

type Given<'a> = &'a [&'a (dyn tokio_postgres::types::ToSql + Sync)];

async fn execute(session: &mut Session, text: &'static str, given: Given<'_>) -> Result<(), Failure> {
    let statement = session.own(text).await?;
    host(session.answered(session.client.execute(&statement, given)).await?).map(|_| ())
}

async fn give_back(shared: &Shared, session: &mut Session) -> Result<(), Failure> {
    let tokens = shared.orphans.lock().clone();
    if tokens.is_empty() {
        return Ok(());
    }
    execute(session, GIVE_BACK, &[&tokens]).await?;
    shared.orphans.lock().retain(|token| !tokens.contains(token));
    Ok(())
}

async fn count(shared: &Shared, session: &mut Session) -> Result<(), Failure> {
    let (state, oldest) = (session.own(STATE).await?, session.own(OLDEST).await?);
    let row = host(session.answered(session.client.query_one(&state, &[])).await?)?;
    outbox_rows::remember_state(shared, &row)?;
    let row = host(session.answered(session.client.query_one(&oldest, &[])).await?)?;
    let oldest: Option<i64> = host(row.try_get(0))?;
    shared.backlog.lock().oldest_us = oldest;
    Ok(())
}

/// A server has no limit for one schema, so its size is looked at now and then.
async fn measure(shared: &Shared, session: &mut Session) -> Result<(), Failure> {
    let size = session.own(SIZE).await?;
    let row = host(session.answered(session.client.query_one(&size, &[&shared.names.schema])).await?)?;
    let bytes: i64 = host(row.try_get(0))?;
    let most = shared.limits.database_size_max_bytes;
    *shared.full.lock() = (u64::try_from(bytes).unwrap_or(0) > most).then(|| {
        format!(
            "the database of {} has {bytes} bytes, and at most {most} are allowed; delete rows and VACUUM their tables, or \
             raise the limit",
            shared.function
        )
    });
    Ok(())
}

async fn tidy(shared: &Shared, session: &mut Session) -> Result<(), Failure> {
    let live = outbox_rows::microseconds(shared.limits.idempotency_time_to_live);
    execute(session, EXPIRE, &[&live]).await?;
    execute(session, EXPIRE_COMMITS, &[&id_before(COMMITS_LIVE)]).await?;
    execute(session, EXPIRE_PROCESSES, &[&outbox_rows::microseconds(COMMITS_LIVE)]).await
}
