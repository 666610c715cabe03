//! The end of a group's transaction: what the host adds to it, and the commit, in one flight.

use kontor_data::Delivery;
use kontor_data_server::{
    Asking, Before, Change, Closed, Closing, Done, Failure,
    ids::{microseconds, signed},
};
use tokio_postgres::{Row, Statement};

use crate::{
    Shared,
    events_sql::{ADD, FAIL, LEASE, LOCK, RELEASE, REMOVE, REPLAY, STATE, now},
    flight::before_closing,
    outbox_rows,
    pipeline::{Given, in_order, own, plain},
    session::{Session, host},
};

/// Writes the group's id, by which a lost answer to the commit is decided.
const MARK: &str = "INSERT INTO kontor_commits (id) VALUES ($1::text::uuid)";
/// Text of an error that is kept, characters.
const ERROR_SIZE_MAX: usize = 1_000;

/// Records whose time is over make room for new ones of the same key.
const MAKE_ROOM: &str = concat!("DELETE FROM kontor_idempotency WHERE id = ANY($1) AND made_us < ", now!(), " - $2");

/// Stores records: ids, fingerprints, outcomes.
const RECORD: &str = concat!(
    "INSERT INTO kontor_idempotency (id, made_us, fingerprint, outcome) SELECT r.id, ",
    now!(),
    ", r.fingerprint, r.outcome FROM unnest($1::bytea[], $2::bytea[], $3::bytea[]) AS r (id, fingerprint, outcome)"
);

/// Prepares what a group's end may need, once a connection: in a transaction that a batch has broken nothing can be prepared.
pub(crate) async fn prepare(session: &mut Session) -> Result<(), Failure> {
    for text in [MARK, LOCK, ADD, MAKE_ROOM, RECORD, REMOVE, FAIL, RELEASE, REPLAY, LEASE, STATE] {
        session.own(text).await?;
    }
    Ok(())
}

/// What a request's rows are for.
enum Meaning<'a> {
    Nothing,
    State,
    Changed(usize),
    Leased(usize, &'a str),
}

/// The statements of a group's end.
#[derive(Default)]
struct Requests<'a>(Vec<(Statement, Vec<Given>, Meaning<'a>)>);

impl<'a> Requests<'a> {
    async fn of(session: &mut Session, shared: &Shared, closing: &'a Closing<'_>) -> Result<Self, Failure> {
        let mut all = Self::default();
        if let Some(id) = closing.id {
            all.add(session, MARK, vec![Box::new(id.to_owned())], Meaning::Nothing).await?;
        }
        if closing.changes_events {
            all.add(session, LOCK, vec![Box::new(whole(closing.events.len()))], Meaning::Nothing).await?;
        }
        if !closing.events.is_empty() {
            all.add(session, ADD, event_columns(closing), Meaning::Nothing).await?;
        }
        if !closing.records.is_empty() {
            all.add_records(session, closing).await?;
        }
        for (place, subscriber, asking) in &closing.outbox {
            let (text, mut given, meaning) = match asking {
                Asking::Change(change) => {
                    let (text, given) = change_of(change, &shared.owner);
                    (text, given, Meaning::Changed(*place))
                }
                Asking::Lease { max, lease, token } => {
                    let given: Vec<Given> = vec![
                        Box::new(whole(*max)),
                        Box::new(microseconds(*lease)),
                        Box::new(shared.owner.clone()),
                        Box::new(token.clone()),
                    ];
                    (LEASE, given, Meaning::Leased(*place, subscriber))
                }
            };
            given.insert(0, Box::new((*subscriber).to_owned()));
            all.add(session, text, given, meaning).await?;
        }
        if closing.changes_events {
            all.add(session, STATE, Vec::new(), Meaning::State).await?;
        }
        Ok(all)
    }

    async fn add(
        &mut self,
        session: &mut Session,
        text: &'static str,
        given: Vec<Given>,
        meaning: Meaning<'a>,
    ) -> Result<(), Failure> {
        let statement = session.own(text).await?;
        self.0.push((statement, given, meaning));
        Ok(())
    }

    async fn add_records(&mut self, session: &mut Session, closing: &Closing<'_>) -> Result<(), Failure> {
        let column = |read: fn(&kontor_data_server::Record) -> &Vec<u8>| -> Given {
            Box::new(closing.records.iter().map(|record| read(record).clone()).collect::<Vec<_>>())
        };
        let ids = || column(|record| &record.id);
        let room: Vec<Given> = vec![ids(), Box::new(closing.records_live_us)];
        self.add(session, MAKE_ROOM, room, Meaning::Nothing).await?;
        let rows = vec![ids(), column(|record| &record.fingerprint), column(|record| &record.outcome)];
        self.add(session, RECORD, rows, Meaning::Nothing).await
    }
}

/// Sends it all with the commit, and reads what came of it.
pub(crate) async fn close(
    session: &mut Session,
    shared: &Shared,
    closing: &Closing<'_>,
    before: Before,
) -> Result<Closed, Failure> {
    let requests = Requests::of(session, shared, closing).await?;
    // The tables may have grown since anybody counted their rows; an index is right for all of these statements.
    let first = format!("{}; SET LOCAL enable_seqscan = off", before_closing(before));
    let mut asked = vec![plain(&session.client, first)];
    let mut meanings = Vec::with_capacity(requests.0.len());
    for (statement, given, meaning) in requests.0 {
        asked.push(own(&session.client, statement, given));
        meanings.push(meaning);
    }
    asked.push(plain(&session.client, "COMMIT".to_owned()));
    let sent = asked.len();
    let answers = in_order(session.answer_time_max(), asked).await;
    if answers.len() < sent && answers.iter().all(Result::is_ok) {
        return Err(Failure::Lost("PostgreSQL did not answer the commit".to_owned()));
    }
    // A commit after a failure is answered well and rolls back: only if all before it went well, it is one.
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut closed = Closed::default();
    for (meaning, rows) in meanings.into_iter().zip(answers.into_iter().skip(1)) {
        read(&meaning, &rows, &mut closed)?;
    }
    Ok(closed)
}

fn read(meaning: &Meaning<'_>, rows: &[Row], closed: &mut Closed) -> Result<(), Failure> {
    match meaning {
        Meaning::Nothing => {}
        Meaning::State => closed.state = rows.first().map(|row| host(outbox_rows::state(row))).transpose()?,
        Meaning::Changed(place) => {
            let count: i64 = rows.first().map_or(Ok(0), |row| host(row.try_get(0)))?;
            closed.results.push((*place, Done::Changed(count > 0)));
        }
        Meaning::Leased(place, subscriber) => {
            let events: Result<Vec<Delivery>, _> =
                rows.iter().map(|row| outbox_rows::delivery(subscriber, row)).collect();
            closed.results.push((*place, Done::Leased(host(events)?)));
        }
    }
    Ok(())
}

fn change_of(change: &Change, owner: &str) -> (&'static str, Vec<Given>) {
    let ids = |ids: &[u64]| -> Given { Box::new(ids.iter().map(|id| signed(*id)).collect::<Vec<i64>>()) };
    match change {
        Change::Acknowledge(all) => (REMOVE, vec![ids(all), Box::new(false)]),
        Change::Skip(id) => (REMOVE, vec![ids(&[*id]), Box::new(true)]),
        Change::Replay(id) => (REPLAY, vec![Box::new(signed(*id))]),
        Change::Release { ids: all, pause } => {
            (RELEASE, vec![ids(all), Box::new(microseconds(*pause)), Box::new(owner.to_owned())])
        }
        Change::Fail { id, error, backoff, dead } => {
            let error: String = error.chars().filter(|character| *character != '\0').take(ERROR_SIZE_MAX).collect();
            let backoff_us = microseconds(*backoff);
            (FAIL, vec![Box::new(signed(*id)), Box::new(error), Box::new(backoff_us), Box::new(*dead)])
        }
    }
}

fn event_columns(closing: &Closing<'_>) -> Vec<Given> {
    let (mut names, mut keys, mut payloads, mut traces) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (event, trace_id) in &closing.events {
        names.push(event.name.clone());
        keys.push(event.key.clone());
        payloads.push(event.payload.clone());
        traces.push((*trace_id).to_owned());
    }
    let count = whole(closing.events.len());
    vec![Box::new(names), Box::new(keys), Box::new(payloads), Box::new(traces), Box::new(count)]
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
