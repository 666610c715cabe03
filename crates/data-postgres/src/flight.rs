//! What a lane does on a connection: flights of a group's statements, and what decides a commit.
//!
//! The group runs behind one savepoint, to which everything goes back when a batch fails.

use kontor_data::Outcome;
use kontor_data_server::{Asked, Before, Closed, Closing, Failure, Reading, Record, Writing};
use tokio_postgres::Statement;

use crate::{
    Shared, closing,
    events_sql::now,
    pipeline::{ask, in_order, plain},
    session::{Session, host},
};

/// Begins the group's transaction.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
const ROLL_BACK: &str = "ROLLBACK TO SAVEPOINT kontor_batch";
const GO_ON: &str = "RELEASE SAVEPOINT kontor_batch; SAVEPOINT kontor_batch";

const DECIDE: &str = "INSERT INTO kontor_commits (id) VALUES ($1::text::uuid) ON CONFLICT DO NOTHING";

const FIND: &str = concat!(
    "SELECT id, fingerprint, outcome FROM kontor_idempotency WHERE id = ANY($1) AND made_us >= ",
    now!(),
    " - $2"
);

/// What is said before the host's own statements.
pub(crate) fn before_closing(before: Before) -> String {
    match before {
        Before::Begin => BEGIN.to_owned(),
        Before::GoOn => format!("{GO_ON}; SET LOCAL ROLE NONE"),
        Before::StartAgain | Before::RollBack => format!("{ROLL_BACK}; SET LOCAL ROLE NONE"),
    }
}

impl Reading for Session {
    async fn query(
        &mut self,
        shared: &Shared,
        prepared: Statement,
        asked: &kontor_data::Statement,
    ) -> Result<Outcome, Failure> {
        let asked = ask(&self.client, prepared, asked, 0, &shared.limits);
        self.answered(asked).await?
    }
}

impl Writing for Session {
    async fn get_ready(&mut self) -> Result<(), Failure> {
        closing::prepare(self).await
    }

    /// Sends all statements, and reads all answers.
    async fn flight(
        &mut self,
        shared: &Shared,
        asked: &[Asked<'_, Self>],
        before: Before,
    ) -> Result<Vec<Result<Outcome, Failure>>, Failure> {
        let before = match before {
            Before::Begin => format!("{BEGIN}; SET LOCAL ROLE {}; SAVEPOINT kontor_batch", shared.names.runtime),
            Before::GoOn => GO_ON.to_owned(),
            Before::StartAgain | Before::RollBack => ROLL_BACK.to_owned(),
        };
        let mut all = vec![plain(&self.client, before)];
        all.extend(
            asked.iter().map(|one| ask(&self.client, one.prepared.clone(), one.statement, one.index, &shared.limits)),
        );
        let mut answers = in_order(self.answer_time_max(), all).await;
        if answers.is_empty() {
            return Ok(answers);
        }
        answers.remove(0)?;
        Ok(answers)
    }

    async fn close(&mut self, shared: &Shared, closing: &Closing<'_>, before: Before) -> Result<Closed, Failure> {
        closing::close(self, shared, closing, before).await
    }

    async fn roll_back(&mut self) -> bool {
        matches!(self.answered(self.client.batch_execute("ROLLBACK")).await, Ok(Ok(())))
    }

    async fn decide(&mut self, id: &str) -> Result<bool, Failure> {
        let inserted = host(self.answered(self.client.execute(DECIDE, &[&id])).await?)?;
        Ok(inserted == 0)
    }

    async fn records(&mut self, ids: &[Vec<u8>], live_us: i64) -> Result<Vec<Record>, Failure> {
        let find = self.own(FIND).await?;
        let ids: Vec<&[u8]> = ids.iter().map(Vec::as_slice).collect();
        let rows = host(self.answered(self.client.query(&find, &[&ids, &live_us])).await?)?;
        let record = |row: &tokio_postgres::Row| {
            Ok(Record { id: row.try_get(0)?, fingerprint: row.try_get(1)?, outcome: row.try_get(2)? })
        };
        host(rows.iter().map(record).collect())
    }
}
