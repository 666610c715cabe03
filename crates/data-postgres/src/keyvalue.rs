//! The port `keyvalue` on PostgreSQL: a table in the function's schema, which only the host role reaches. Each call is one
//! statement, so that all processes see the same at once.

mod sql;

use std::{sync::Arc, time::Duration};

use kontor_data::{
    Async, Health, KeyValueError, Limits, OpenError, SqlError,
    keyvalue::{Compared, Entry, Guarded, KeyValue, KeyValueEngine, KeyValueLimits, KeyValueStore, Setting},
};
use kontor_data_server::{Failure, ids::microseconds};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::JoinHandle,
};
use tokio_postgres::{Row, types::ToSql};

use crate::{Pool, PostgresEngine, PostgresSettings, Shared, session::host};

/// How often one looks for entries whose time is over, and at the size of all.
const TIDY: Duration = Duration::from_secs(10);

type Given<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Key-value in a PostgreSQL database.
pub struct PostgresKeyValue(PostgresEngine);

impl PostgresKeyValue {
    /// Reads the settings. Nothing is connected yet.
    ///
    /// # Errors
    /// If the address cannot be read.
    pub fn new(settings: &PostgresSettings) -> Result<Self, OpenError> {
        PostgresEngine::new(settings).map(Self)
    }
}

impl KeyValueEngine for PostgresKeyValue {
    fn name(&self) -> String {
        kontor_data::Engine::name(&self.0)
    }

    fn open(
        &self,
        function: &str,
        buckets: Vec<String>,
        limits: KeyValueLimits,
    ) -> Async<'_, Result<Arc<dyn KeyValue>, OpenError>> {
        let function = function.to_owned();
        Box::pin(async move {
            let open = async || {
                let shared = Arc::new(self.0.schema_of(&function, Limits::default()).await?);
                Store::start(shared, self.0.readers_max(), &limits)
            };
            Ok(Guarded::open(&function, buckets, open).await?.shared())
        })
    }
}

/// One function's entries.
struct Store {
    shared: Arc<Shared>,
    pool: Arc<Pool>,
    places: Semaphore,
    tidy: JoinHandle<()>,
}

impl Store {
    fn start(shared: Arc<Shared>, connections_max: usize, limits: &KeyValueLimits) -> Result<Self, OpenError> {
        let pool = Arc::new(Pool::new(Arc::clone(&shared), shared.host.clone(), connections_max)?);
        let tidy = tokio::spawn(tidy(Arc::clone(&shared), Arc::clone(&pool), limits.store_size_max_bytes));
        Ok(Self { shared, pool, places: Semaphore::new(limits.queue_max), tidy })
    }

    /// A place among those that wait for a connection.
    fn place(&self) -> Result<SemaphorePermit<'_>, Failure> {
        let busy = || SqlError::Busy("too many calls wait for the entries; try again".to_owned());
        self.places.try_acquire().map_err(|_| Failure::Batch(busy()))
    }

    async fn rows(&self, text: &'static str, given: Given<'_>) -> Result<Vec<Row>, KeyValueError> {
        self.raw(text, given).await.map_err(translate)
    }

    async fn raw(&self, text: &'static str, given: Given<'_>) -> Result<Vec<Row>, Failure> {
        let _place = self.place()?;
        let done = ask(&self.pool, text, given).await;
        if done.is_ok() {
            self.shared.works();
        }
        done
    }

    async fn touched(&self, text: &'static str, given: Given<'_>) -> Result<bool, KeyValueError> {
        let _place = self.place().map_err(translate)?;
        let done = self.pool.with(async |session| {
            let statement = session.own(text).await?;
            host(session.answered(session.client.execute(&statement, given)).await?)
        });
        done.await.map(|count| count > 0).map_err(translate)
    }

    /// Refuses what needs room while there is none.
    fn has_room(&self) -> Result<(), KeyValueError> {
        self.shared.full.lock().clone().map_or(Ok(()), |reason| Err(KeyValueError::Unavailable(reason)))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.tidy.abort();
    }
}

async fn ask(pool: &Pool, text: &'static str, given: Given<'_>) -> Result<Vec<Row>, Failure> {
    pool.with(async |session| {
        let statement = session.own(text).await?;
        host(session.answered(session.client.query(&statement, given)).await?)
    })
    .await
}

async fn tidy(shared: Arc<Shared>, pool: Arc<Pool>, size_max_bytes: u64) {
    let mut ticks = tokio::time::interval(TIDY);
    loop {
        ticks.tick().await;
        let done = async {
            ask(&pool, sql::EXPIRE, &[]).await?;
            let size = ask(&pool, sql::SIZE, &[]).await?;
            size.first().map_or(Ok(0_i64), |row| host(row.try_get(0)))
        };
        match done.await {
            Ok(bytes) => {
                let bytes = u64::try_from(bytes).unwrap_or(0);
                *shared.full.lock() = (bytes > size_max_bytes).then(|| {
                    format!("the entries take {bytes} bytes, and at most {size_max_bytes} are allowed; delete some, or raise the limit")
                });
                shared.works();
            }
            Err(Failure::Lost(reason)) => shared.fails(&reason),
            Err(failure) => tracing::warn!(error = %failure.answer(), "entries could not be looked after"),
        }
    }
}

fn translate(failure: Failure) -> KeyValueError {
    match failure.answer() {
        SqlError::Busy(text) => KeyValueError::Busy(text),
        SqlError::Unavailable(text) => KeyValueError::Unavailable(text),
        SqlError::TooLarge(text) => KeyValueError::TooLarge(text),
        other => KeyValueError::Other(other.to_string()),
    }
}

/// None stays none: an entry without end.
fn time(time_to_live: Option<Duration>) -> Option<i64> {
    time_to_live.map(microseconds)
}

/// The first text behind all that begin with `prefix`; none if there is no such.
fn behind(prefix: &str) -> Option<String> {
    let mut start = prefix.to_owned();
    while let Some(last) = start.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            start.push(next);
            return Some(start);
        }
    }
    None
}

impl KeyValueStore for Store {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<Option<Vec<u8>>, KeyValueError>> {
        Box::pin(async move {
            // A reading may run twice, for example on a connection that was closed meanwhile.
            let rows = match self.raw(sql::GET, &[&bucket, &key]).await {
                Err(Failure::Lost(_)) => self.raw(sql::GET, &[&bucket, &key]).await,
                done => done,
            };
            let value = rows.and_then(|rows| rows.first().map(|row| host(row.try_get(0))).transpose());
            value.map_err(translate)
        })
    }

    fn set<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        value: Vec<u8>,
        setting: Setting,
    ) -> Async<'a, Result<bool, KeyValueError>> {
        Box::pin(async move {
            self.has_room()?;
            let time = time(setting.time_to_live);
            self.touched(sql::SET, &[&bucket, &key, &value, &time, &setting.only_if_absent]).await
        })
    }

    fn increment<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        by: i64,
        time_to_live: Option<Duration>,
    ) -> Async<'a, Result<i64, KeyValueError>> {
        Box::pin(async move {
            self.has_room()?;
            let wrong = || KeyValueError::NotInteger { key: key.to_owned() };
            match self.raw(sql::INCREMENT, &[&bucket, &key, &by, &time(time_to_live)]).await {
                Ok(rows) => {
                    let row = rows.first().ok_or_else(wrong)?;
                    host(row.try_get(0)).map_err(translate)
                }
                // The sum would be no integer of 64 bits (code 22003), or so would be what is there.
                Err(Failure::Batch(SqlError::Other(text))) if text.contains("(code 22003)") => Err(wrong()),
                Err(failure) => Err(translate(failure)),
            }
        })
    }

    fn compare_and_set<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        expected: Option<Vec<u8>>,
        value: Option<Vec<u8>>,
        time_to_live: Option<Duration>,
    ) -> Async<'a, Result<Compared, KeyValueError>> {
        Box::pin(async move {
            let time = time(time_to_live);
            loop {
                let is_set = match (&expected, &value) {
                    (None, None) => false,
                    (Some(expected), None) => self.touched(sql::DROP, &[&bucket, &key, expected]).await?,
                    (None, Some(value)) => {
                        self.has_room()?;
                        self.touched(sql::SET, &[&bucket, &key, value, &time, &true]).await?
                    }
                    (Some(expected), Some(value)) => {
                        self.has_room()?;
                        self.touched(sql::SWAP, &[&bucket, &key, value, &time, expected]).await?
                    }
                };
                if is_set {
                    return Ok(Compared::Set);
                }
                let found = KeyValueStore::get(self, bucket, key).await?;
                if found != expected {
                    return Ok(Compared::Differs(found));
                }
                if expected.is_none() && value.is_none() {
                    return Ok(Compared::Set);
                }
                // It became what was expected only after it had been compared: once more.
            }
        })
    }

    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<bool, KeyValueError>> {
        Box::pin(async move { self.touched(sql::DELETE, &[&bucket, &key]).await })
    }

    fn list<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: usize,
    ) -> Async<'a, Result<Vec<Entry>, KeyValueError>> {
        Box::pin(async move {
            let (end, limit) = (behind(prefix), i64::try_from(limit).unwrap_or(i64::MAX));
            let rows = self.rows(sql::LIST, &[&bucket, &prefix, &end, &after, &limit]).await?;
            let entry = |row: &Row| Ok(Entry { key: host(row.try_get(0))?, value: host(row.try_get(1))? });
            rows.iter().map(entry).collect::<Result<_, Failure>>().map_err(translate)
        })
    }

    fn health(&self) -> Health {
        self.shared.health.lock().clone()
    }

    fn close(&self) -> Async<'_, ()> {
        self.shared.close();
        self.tidy.abort();
        self.pool.close();
        Box::pin(std::future::ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::behind;

    #[test]
    fn the_end_of_a_prefix_is_the_next_text() {
        for (prefix, end) in [
            ("", None),
            ("a", Some("b")),
            ("az", Some("a{")),
            ("\u{10ffff}", None),
            ("a\u{10ffff}", Some("b")),
            ("\u{d7ff}", Some("\u{e000}")),
        ] {
            assert_eq!(behind(prefix).as_deref(), end, "{prefix:?}");
        }
    }
}
