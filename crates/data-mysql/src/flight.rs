//! What lanes and readers do on a connection: a group's statements, and what decides a commit.
//!
//! These servers answer one statement after the other, so a group's statements go one by one, and the first that fails or
//! whose guard does not hold is the last. What is shared is the transaction and its commit.

use kontor_data::Outcome;
use kontor_data_server::{Asked, Before, Closed, Closing, Failure, Reading, Record, Writing, guarded};

use crate::{
    Shared, closing,
    outbox::{NOW, in_chunks},
    session::{Prepared, Role, Session},
};

const SAVEPOINT: &str = "SAVEPOINT kontor_batch";
const DECIDE: &str = "INSERT INTO kontor_commits (id) VALUES (?)";

impl Reading for Session {
    async fn query(
        &mut self,
        shared: &Shared,
        prepared: Prepared,
        asked: &kontor_data::Statement,
    ) -> Result<Outcome, Failure> {
        self.become_role(Role::Runtime).await?;
        let done = self.ask(&prepared, asked, 0, &shared.limits).await;
        self.make_room().await?;
        done
    }
}

impl Session {
    /// What is said before statements run. A batch that failed goes back to its savepoint; if nothing else was done yet, the
    /// whole transaction is undone, which frees its locks too. Had an error undone the transaction by itself, there would be
    /// no savepoint any more, and the server says so.
    pub(crate) fn opening(&mut self, before: Before) -> String {
        let begin = self.flavor().begin();
        match before {
            Before::Begin => begin,
            Before::StartAgain => format!("ROLLBACK; {begin}"),
            Before::GoOn => "RELEASE SAVEPOINT kontor_batch".to_owned(),
            Before::RollBack => "ROLLBACK TO SAVEPOINT kontor_batch".to_owned(),
        }
    }
}

impl Writing for Session {
    async fn get_ready(&mut self) -> Result<(), Failure> {
        self.make_room().await
    }

    async fn flight(
        &mut self,
        shared: &Shared,
        asked: &[Asked<'_, Self>],
        before: Before,
    ) -> Result<Vec<Result<Outcome, Failure>>, Failure> {
        let texts = format!("{}{}; {SAVEPOINT}", self.becoming(Role::Runtime), self.opening(before));
        self.say(&texts).await?;
        let mut answers = Vec::with_capacity(asked.len());
        for one in asked {
            let answer = self.ask(one.prepared, one.statement, one.index, &shared.limits).await;
            let goes_on =
                answer.as_ref().is_ok_and(|done| guarded(done, one.index, one.statement.expect_rows).is_none());
            answers.push(answer);
            if !goes_on {
                break;
            }
        }
        Ok(answers)
    }

    async fn close(&mut self, shared: &Shared, closing: &Closing<'_>, before: Before) -> Result<Closed, Failure> {
        closing::close(self, shared, closing, before).await
    }

    async fn roll_back(&mut self) -> bool {
        let text = format!("ROLLBACK{}", self.flavor().after());
        self.say(&text).await.is_ok()
    }

    async fn decide(&mut self, id: &str) -> Result<bool, Failure> {
        match self.touch(DECIDE, vec![id.into()]).await {
            Ok(_) => Ok(false),
            Err(Failure::Again(text)) if text.contains("(code 1062)") => Ok(true),
            Err(failure) => Err(failure),
        }
    }

    async fn records(&mut self, ids: &[Vec<u8>], live_us: i64) -> Result<Vec<Record>, Failure> {
        let mut found = Vec::new();
        for (marks, part) in in_chunks(ids) {
            let text = format!(
                "SELECT id, fingerprint, outcome FROM kontor_idempotency WHERE id IN ({marks}) AND made_us >= {NOW} - ?"
            );
            let mut given: Vec<mysql_async::Value> = part.into_iter().map(|id| id.clone().into()).collect();
            given.push(live_us.into());
            let (rows, _) = self.own(&text, given).await?;
            for row in rows {
                let (id, fingerprint, outcome) = crate::outbox::read(row)?;
                found.push(Record { id, fingerprint, outcome });
            }
        }
        Ok(found)
    }
}
