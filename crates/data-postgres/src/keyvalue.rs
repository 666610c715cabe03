//! The port `keyvalue` on PostgreSQL: a table in the function's schema, which only the host role reaches. Each call is one
//! statement, so that all processes see the same at once.

mod sql;

use std::{sync::Arc, time::Duration};

use kontor_data::{
    Async, Health, KeyValueError, Limits, OpenError, SqlError,
    keyvalue::{Compared, Entry, Guarded, KeyValue, KeyValueEngine, KeyValueLimits, KeyValueStore, Setting},
};
use kontor_data_server::{Failure, ids::microseconds};
use tokio_postgres::Row;

use crate::{
    PostgresEngine, PostgresSettings,
    session::host,
    store::{Care, Given, Store},
};

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
                let purpose = shared.host.clone();
                let care = Care {
                    what: "entries",
                    tidy: Some(sql::EXPIRE),
                    size: sql::SIZE,
                    size_max_bytes: limits.store_size_max_bytes,
                };
                Store::start(shared, purpose, self.0.readers_max(), limits.queue_max, care).map(Entries)
            };
            Ok(Guarded::open(&function, buckets, open).await?.shared())
        })
    }
}

/// One function's entries.
struct Entries(Store);

impl Entries {
    async fn touched(&self, text: &str, given: Given<'_>) -> Result<bool, KeyValueError> {
        self.0.touched(text, given).await.map(|count| count > 0).map_err(translate)
    }

    fn has_room(&self) -> Result<(), KeyValueError> {
        self.0.has_room().map_err(translate)
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

impl KeyValueStore for Entries {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<Option<Vec<u8>>, KeyValueError>> {
        Box::pin(async move {
            let rows = self.0.read(sql::GET, &[&bucket, &key]).await;
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
            match self.0.rows(sql::INCREMENT, &[&bucket, &key, &by, &time(time_to_live)]).await {
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
            let rows = self.0.read(sql::LIST, &[&bucket, &prefix, &end, &after, &limit]).await.map_err(translate)?;
            let entry = |row: &Row| Ok(Entry { key: host(row.try_get(0))?, value: host(row.try_get(1))? });
            rows.iter().map(entry).collect::<Result<_, Failure>>().map_err(translate)
        })
    }

    fn health(&self) -> Health {
        self.0.health()
    }

    fn close(&self) -> Async<'_, ()> {
        self.0.close();
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
