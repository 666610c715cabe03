//! What is done for the outbox beside the lanes, on a connection of the host role.

use kontor_data::{DeadLetter, Waiting};
use kontor_data_server::{Failure, Keeping, State};
use tokio_postgres::{Error, Row, types::ToSql};

use crate::{
    events_sql::{
        ADD_SUBSCRIBER, ADD_SUBSCRIPTIONS, EXPIRE, EXPIRE_COMMITS, EXPIRE_PROCESSES, FAILED, FORGET_SUBSCRIPTIONS,
        GIVE_BACK, LEAVE, LOCK_SUBSCRIBER, OLDEST, SEEN, SIZE, STATE, SUBSCRIBERS, TAKE_OVER, UNPROTECTED, WAITING,
    },
    names::Names,
    outbox_rows,
    session::{Session, host, within},
};

type Given<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Session {
    async fn run(&mut self, text: &'static str, given: Given<'_>) -> Result<(), Failure> {
        let statement = self.own(text).await?;
        host(self.answered(self.client.execute(&statement, given)).await?).map(|_| ())
    }

    async fn list<T>(
        &mut self,
        text: &'static str,
        given: Given<'_>,
        read: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, Failure> {
        let statement = self.own(text).await?;
        let rows = host(self.answered(self.client.query(&statement, given)).await?)?;
        host(rows.iter().map(read).collect())
    }

    async fn one<T>(
        &mut self,
        text: &'static str,
        given: Given<'_>,
        read: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let found = self.list(text, given, read).await?;
        found.into_iter().next().ok_or_else(|| Failure::Lost("PostgreSQL answered without a row".to_owned()))
    }
}

impl Keeping for Session {
    async fn subscribe(&mut self, subscriber: &str, names: &[String]) -> Result<(), Failure> {
        let limit = self.answer_time_max();
        let work = async {
            let transaction = self.client.transaction().await?;
            transaction.execute(ADD_SUBSCRIBER, &[&subscriber]).await?;
            // Two processes that start at the same time subscribe one after the other.
            transaction.execute(LOCK_SUBSCRIBER, &[&subscriber]).await?;
            transaction.execute(FORGET_SUBSCRIPTIONS, &[&subscriber]).await?;
            transaction.execute(ADD_SUBSCRIPTIONS, &[&subscriber, &names]).await?;
            transaction.commit().await
        };
        within(limit, work).await.and_then(host)
    }

    async fn subscribers(&mut self) -> Result<Vec<String>, Failure> {
        self.list(SUBSCRIBERS, &[], |row| row.try_get(0)).await
    }

    async fn waiting(&mut self, most: i64) -> Result<Vec<Waiting>, Failure> {
        self.list(WAITING, &[&most], outbox_rows::waiting).await
    }

    async fn failed(&mut self, most: i64) -> Result<Vec<DeadLetter>, Failure> {
        self.list(FAILED, &[&most], outbox_rows::dead_letter).await
    }

    async fn state(&mut self) -> Result<State, Failure> {
        self.one(STATE, &[], outbox_rows::state).await
    }

    async fn oldest(&mut self) -> Result<Option<i64>, Failure> {
        self.one(OLDEST, &[], |row| row.try_get(0)).await
    }

    async fn seen(&mut self, owner: &str) -> Result<(), Failure> {
        self.run(SEEN, &[&owner]).await
    }

    async fn take_over(&mut self, dead_after_us: i64) -> Result<(), Failure> {
        self.run(TAKE_OVER, &[&dead_after_us]).await
    }

    async fn give_back(&mut self, tokens: &[String]) -> Result<(), Failure> {
        self.run(GIVE_BACK, &[&tokens]).await
    }

    async fn leave(&mut self, owner: &str) -> Result<(), Failure> {
        self.run(LEAVE, &[&owner]).await
    }

    async fn unprotected(&mut self, names: &Names, tables: &[String]) -> Result<Vec<String>, Failure> {
        let given: Given<'_> = &[&tables, &names.schema, &names.runtime, &names.host];
        self.list(UNPROTECTED, given, |row| row.try_get(0)).await
    }

    async fn size(&mut self, names: &Names) -> Result<u64, Failure> {
        let bytes: i64 = self.one(SIZE, &[&names.schema], |row| row.try_get(0)).await?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }

    async fn tidy(&mut self, records_us: i64, commits_before: &str, processes_us: i64) -> Result<(), Failure> {
        self.run(EXPIRE, &[&records_us]).await?;
        self.run(EXPIRE_COMMITS, &[&commits_before]).await?;
        self.run(EXPIRE_PROCESSES, &[&processes_us]).await
    }
}
