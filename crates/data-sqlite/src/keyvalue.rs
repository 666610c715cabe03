//! The port `keyvalue` on SQLite: a file for each function.

use std::{path::Path, sync::Arc, time::Duration};

use kontor_data::{
    Async, Health, KeyValueError, OpenError,
    keyvalue::{
        Compared, Entry, Guarded, KeyValue, KeyValueEngine, KeyValueLimits, KeyValueStore, Setting,
        VALUE_SIZE_MAX_BYTES, sum,
    },
};
use rusqlite::{Connection, Error, OptionalExtension};

use crate::{
    clock,
    store::{Folder, Kind, Store, StoreLimits},
};

const ENTRIES: Kind = Kind {
    name: "entries",
    tables: "
CREATE TABLE IF NOT EXISTS entries (bucket TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, expires_us INTEGER, PRIMARY KEY (bucket, key)) STRICT;
CREATE INDEX IF NOT EXISTS entries_expires ON entries (expires_us) WHERE expires_us IS NOT NULL;
",
    tidy: Some(
        "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE expires_us <= ?1 ORDER BY expires_us LIMIT 1000)",
    ),
};

/// Entries whose time is over that each change takes with it: more than it can add, so that they never pile up where there
/// is no time to tidy up.
const EXPIRED_MAX: u32 = 4;

/// Entries in a folder.
pub struct SqliteKeyValue(Folder);

impl SqliteKeyValue {
    /// Opens the folder, for example `kontor-data/keyvalue`, and makes it if it is not there. The caller holds the lock on it.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Folder::open(folder, ENTRIES).map(Self)
    }

    /// For tests of handlers: the same code on files that live as long as the engine and are never synced.
    ///
    /// # Errors
    /// If no temporary folder can be made.
    pub fn in_memory() -> Result<Self, OpenError> {
        Folder::temporary(ENTRIES).map(Self)
    }
}

fn store_limits(limits: &KeyValueLimits) -> StoreLimits {
    StoreLimits {
        size_max_bytes: limits.store_size_max_bytes,
        value_size_max_bytes: VALUE_SIZE_MAX_BYTES,
        queue_max: limits.queue_max,
    }
}

impl KeyValueEngine for SqliteKeyValue {
    fn name(&self) -> String {
        format!("SQLite {}", rusqlite::version())
    }

    fn open(
        &self,
        function: &str,
        buckets: Vec<String>,
        limits: KeyValueLimits,
    ) -> Async<'_, Result<Arc<dyn KeyValue>, OpenError>> {
        let function = function.to_owned();
        Box::pin(async move {
            let prepare = async || Ok(Buckets(self.0.with(&function, store_limits(&limits), async |_| Ok(())).await?));
            Ok(Guarded::open(&function, buckets, prepare).await?.shared())
        })
    }
}

/// One function's buckets.
struct Buckets(Arc<Store>);

/// A value and when its time is over: µs since 1970 UTC.
type Valued = (Vec<u8>, Option<i64>);

/// One entry's place.
#[derive(Clone)]
struct At {
    bucket: String,
    key: String,
}

impl At {
    fn new(bucket: &str, key: &str) -> Self {
        Self { bucket: bucket.to_owned(), key: key.to_owned() }
    }

    /// The entry, if it is there and its time is not over.
    fn get(&self, connection: &Connection, now_us: i64) -> Result<Option<Valued>, Error> {
        connection
            .prepare_cached(
                "SELECT value, expires_us FROM entries WHERE bucket = ?1 AND key = ?2 AND (expires_us IS NULL OR expires_us > ?3)",
            )?
            .query_row((&self.bucket, &self.key, now_us), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
    }

    fn set(&self, connection: &Connection, value: &[u8], expires_us: Option<i64>) -> Result<(), Error> {
        connection
            .prepare_cached(
                "INSERT INTO entries (bucket, key, value, expires_us) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (bucket, key) DO UPDATE SET value = excluded.value, expires_us = excluded.expires_us",
            )?
            .execute((&self.bucket, &self.key, value, expires_us))
            .map(|_| ())
    }

    fn delete(&self, connection: &Connection) -> Result<(), Error> {
        connection
            .prepare_cached("DELETE FROM entries WHERE bucket = ?1 AND key = ?2")?
            .execute((&self.bucket, &self.key))
            .map(|_| ())
    }
}

fn end(now_us: i64, time_to_live: Option<Duration>) -> Option<i64> {
    time_to_live.map(|time| now_us.saturating_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX)))
}

/// Deletes a few entries whose time is over.
fn expire(connection: &Connection, now_us: i64) -> Result<(), Error> {
    connection
        .prepare_cached(
            "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE expires_us <= ?1 ORDER BY expires_us LIMIT ?2)",
        )?
        .execute((now_us, EXPIRED_MAX))
        .map(|_| ())
}

impl Buckets {
    /// Runs a change at the time of its turn.
    async fn change<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&Connection, i64) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, KeyValueError> {
        let done = self.0.write(move |connection| {
            let now_us = clock::now_us();
            expire(connection, now_us)?;
            work(connection, now_us)
        });
        Ok(done.await?)
    }
}

impl KeyValueStore for Buckets {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<Option<Vec<u8>>, KeyValueError>> {
        let at = At::new(bucket, key);
        Box::pin(async move {
            let found = self.0.read(|connection| at.get(connection, clock::now_us()))?;
            Ok(found.map(|(value, _)| value))
        })
    }

    fn set<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        value: Vec<u8>,
        setting: Setting,
    ) -> Async<'a, Result<bool, KeyValueError>> {
        let at = At::new(bucket, key);
        Box::pin(self.change(move |connection, now_us| {
            if setting.only_if_absent && at.get(connection, now_us)?.is_some() {
                return Ok(false);
            }
            at.set(connection, &value, end(now_us, setting.time_to_live))?;
            Ok(true)
        }))
    }

    fn increment<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        by: i64,
        time_to_live: Option<Duration>,
    ) -> Async<'a, Result<i64, KeyValueError>> {
        let at = At::new(bucket, key);
        Box::pin(async move {
            let done = self.change(move |connection, now_us| {
                let found = at.get(connection, now_us)?;
                let value = found.as_ref().map(|(value, _)| value.as_slice());
                let (value, sum) = match sum(&at.key, value, by) {
                    Ok(sum) => sum,
                    Err(error) => return Ok(Err(error)),
                };
                let expires_us = found.map_or_else(|| end(now_us, time_to_live), |(_, expires_us)| expires_us);
                at.set(connection, &value, expires_us)?;
                Ok(Ok(sum))
            });
            done.await?
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
        let at = At::new(bucket, key);
        Box::pin(self.change(move |connection, now_us| {
            let found = at.get(connection, now_us)?.map(|(value, _)| value);
            if found != expected {
                return Ok(Compared::Differs(found));
            }
            match &value {
                Some(value) => at.set(connection, value, end(now_us, time_to_live))?,
                None => at.delete(connection)?,
            }
            Ok(Compared::Set)
        }))
    }

    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<bool, KeyValueError>> {
        let at = At::new(bucket, key);
        Box::pin(self.change(move |connection, now_us| {
            let there = at.get(connection, now_us)?.is_some();
            at.delete(connection)?;
            Ok(there)
        }))
    }

    fn list<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: usize,
    ) -> Async<'a, Result<Vec<Entry>, KeyValueError>> {
        let (bucket, prefix, after) = (bucket.to_owned(), prefix.to_owned(), after.map(ToOwned::to_owned));
        Box::pin(async move {
            Ok(self.0.read_much(move |connection| list(connection, &bucket, &prefix, after.as_deref(), limit)).await?)
        })
    }

    fn health(&self) -> Health {
        self.0.health()
    }

    fn close(&self) -> Async<'_, ()> {
        Box::pin(self.0.close())
    }
}

/// Keys with the prefix lie together, so the walk begins at the first and ends behind the last of them.
fn list(
    connection: &Connection,
    bucket: &str,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Entry>, Error> {
    let start = after.filter(|after| *after >= prefix);
    let text = format!(
        "SELECT key, value FROM entries WHERE bucket = ?1 AND key {} ?2 AND (expires_us IS NULL OR expires_us > ?3) ORDER BY key",
        if start.is_some() { ">" } else { ">=" }
    );
    let mut select = connection.prepare_cached(&text)?;
    let mut rows = select.query((bucket, start.unwrap_or(prefix), clock::now_us()))?;
    let mut entries = Vec::new();
    while entries.len() < limit
        && let Some(row) = rows.next()?
    {
        let key: String = row.get(0)?;
        if !key.starts_with(prefix) {
            break;
        }
        entries.push(Entry { key, value: row.get(1)? });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kontor_data::keyvalue::{KeyValueEngine, KeyValueLimits, Setting};

    use super::{SqliteKeyValue, store_limits};

    /// A session that is over does not lie on the disk until somebody happens to write.
    #[tokio::test]
    async fn what_is_over_goes_from_the_file_by_itself() {
        let engine = SqliteKeyValue::in_memory().unwrap();
        let shop = engine.open("shop", vec!["sessions".into()], KeyValueLimits::default()).await.unwrap();
        let soon = Setting { time_to_live: Some(Duration::from_millis(1)), only_if_absent: false };
        for number in 0..20 {
            shop.set("sessions", &format!("s{number}"), vec![7], soon).await.unwrap();
        }
        shop.set("sessions", "stays", vec![7], Setting::default()).await.unwrap();
        let store = engine.0.with("shop", store_limits(&KeyValueLimits::default()), async |_| Ok(())).await.unwrap();
        let count = || {
            let count = |connection: &rusqlite::Connection| {
                connection.query_row("SELECT count(*) FROM entries", [], |row| row.get::<_, i64>(0))
            };
            store.read(count).unwrap()
        };
        let tidied = async {
            while count() > 1 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), tidied).await.expect("it stays");
        assert_eq!(count(), 1);
    }
}
