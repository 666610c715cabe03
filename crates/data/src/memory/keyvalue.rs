//! Entries in a map.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;

use super::now_us;
use crate::{
    Async, Health, KeyValueError, OpenError,
    keyvalue::{Compared, Entry, Guarded, KeyValue, KeyValueEngine, KeyValueLimits, KeyValueStore, Setting, sum},
};

#[derive(Clone)]
struct Stored {
    value: Vec<u8>,
    /// µs since 1970 UTC.
    expires_us: Option<i64>,
}

/// Buckets by function and name.
type All = Arc<Mutex<BTreeMap<(String, String), BTreeMap<String, Stored>>>>;

/// Entries in memory.
#[derive(Clone, Default)]
pub struct MemoryKeyValue(All);

struct Store {
    all: All,
    function: String,
    closed: AtomicBool,
}

impl KeyValueEngine for MemoryKeyValue {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn open(
        &self,
        function: &str,
        buckets: Vec<String>,
        _: KeyValueLimits,
    ) -> Async<'_, Result<Arc<dyn KeyValue>, OpenError>> {
        let store = Store { all: Arc::clone(&self.0), function: function.to_owned(), closed: AtomicBool::new(false) };
        let function = function.to_owned();
        Box::pin(async move { Ok(Guarded::open(&function, buckets, async || Ok(store)).await?.shared()) })
    }
}

fn end(time_to_live: Option<Duration>) -> Option<i64> {
    time_to_live.map(|time| now_us().saturating_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX)))
}

impl Store {
    /// Works on what is left of a bucket after everything whose time is over is gone.
    fn with<T: Send + 'static>(
        &self,
        bucket: &str,
        work: impl FnOnce(&mut BTreeMap<String, Stored>) -> Result<T, KeyValueError>,
    ) -> Async<'_, Result<T, KeyValueError>> {
        if self.closed.load(Ordering::Relaxed) {
            let closed = KeyValueError::Unavailable("the buckets are closed".to_owned());
            return Box::pin(std::future::ready(Err(closed)));
        }
        let mut all = self.all.lock();
        let entries = all.entry((self.function.clone(), bucket.to_owned())).or_default();
        let now_us = now_us();
        entries.retain(|_, stored| stored.expires_us.is_none_or(|end| end > now_us));
        Box::pin(std::future::ready(work(entries)))
    }
}

impl KeyValueStore for Store {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<Option<Vec<u8>>, KeyValueError>> {
        self.with(bucket, |entries| Ok(entries.get(key).map(|stored| stored.value.clone())))
    }

    fn set<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        value: Vec<u8>,
        setting: Setting,
    ) -> Async<'a, Result<bool, KeyValueError>> {
        self.with(bucket, |entries| {
            if setting.only_if_absent && entries.contains_key(key) {
                return Ok(false);
            }
            entries.insert(key.to_owned(), Stored { value, expires_us: end(setting.time_to_live) });
            Ok(true)
        })
    }

    fn increment<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        by: i64,
        time_to_live: Option<Duration>,
    ) -> Async<'a, Result<i64, KeyValueError>> {
        self.with(bucket, |entries| {
            let found = entries.get(key);
            let (value, sum) = sum(key, found.map(|stored| stored.value.as_slice()), by)?;
            let expires_us = found.map_or_else(|| end(time_to_live), |stored| stored.expires_us);
            entries.insert(key.to_owned(), Stored { value, expires_us });
            Ok(sum)
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
        self.with(bucket, |entries| {
            let found = entries.get(key).map(|stored| stored.value.clone());
            if found != expected {
                return Ok(Compared::Differs(found));
            }
            match value {
                Some(value) => entries.insert(key.to_owned(), Stored { value, expires_us: end(time_to_live) }),
                None => entries.remove(key),
            };
            Ok(Compared::Set)
        })
    }

    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<bool, KeyValueError>> {
        self.with(bucket, |entries| Ok(entries.remove(key).is_some()))
    }

    fn list<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: usize,
    ) -> Async<'a, Result<Vec<Entry>, KeyValueError>> {
        self.with(bucket, |entries| {
            let start = after.map_or(Bound::Unbounded, Bound::Excluded);
            let all = entries.range::<str, _>((start, Bound::Unbounded)).filter(|(key, _)| key.starts_with(prefix));
            Ok(all.take(limit).map(|(key, stored)| Entry { key: key.clone(), value: stored.value.clone() }).collect())
        })
    }

    fn health(&self) -> Health {
        Health::Ok
    }

    fn close(&self) -> Async<'_, ()> {
        self.closed.store(true, Ordering::Relaxed);
        Box::pin(std::future::ready(()))
    }
}
