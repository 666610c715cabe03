//! The rules in front of a store.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::{
    BUCKETS_MAX, Compared, KEY_SIZE_MAX_BYTES, KeyValue, KeyValueStore, LIST_MAX, Listed, Setting, TIME_TO_LIVE_MAX,
    TIME_TO_LIVE_MIN, VALUE_SIZE_MAX_BYTES,
};
use crate::{Async, Health, KeyValueError, OpenError, rules::check_function};

/// The buckets of one function over a store that knows no rules.
pub struct Guarded<S> {
    store: S,
    buckets: BTreeSet<String>,
}

impl<S: KeyValueStore + 'static> Guarded<S> {
    /// Checks the function's and the buckets' names, opens the store, and puts the rules in front of it.
    ///
    /// # Errors
    /// What is wrong with a name, or why the store cannot be opened.
    pub async fn open(
        function: &str,
        buckets: Vec<String>,
        prepare: impl AsyncFnOnce() -> Result<S, OpenError>,
    ) -> Result<Self, OpenError> {
        check_function(function)?;
        check_buckets(&buckets)?;
        Ok(Self { store: prepare().await?, buckets: buckets.into_iter().collect() })
    }

    /// As functions see it.
    #[must_use]
    pub fn shared(self) -> Arc<dyn KeyValue> {
        Arc::new(self)
    }
}

impl<S> Guarded<S> {
    fn check(&self, bucket: &str, key: &str) -> Result<(), KeyValueError> {
        self.check_bucket(bucket)?;
        if key.is_empty() || key.contains('\0') {
            return Err(KeyValueError::Invalid("a key is empty or holds a NUL".to_owned()));
        }
        check_size("a key", key.len(), KEY_SIZE_MAX_BYTES)
    }

    fn check_bucket(&self, bucket: &str) -> Result<(), KeyValueError> {
        if self.buckets.contains(bucket) {
            return Ok(());
        }
        Err(KeyValueError::UnknownBucket { bucket: bucket.to_owned() })
    }
}

/// Checks the names of a function's buckets, without a store.
///
/// # Errors
/// [`OpenError::Invalid`] says what is wrong, and with which.
pub fn check_buckets(buckets: &[String]) -> Result<(), OpenError> {
    if buckets.len() > BUCKETS_MAX {
        return Err(OpenError::Invalid(format!("{} buckets, at most {BUCKETS_MAX} are allowed", buckets.len())));
    }
    if let Some(bad) = buckets.iter().find(|name| !is_name(name)) {
        return Err(OpenError::Invalid(format!("{bad:?} is no bucket's name; names are [a-z][a-z0-9_]{{0,49}}")));
    }
    let distinct: BTreeSet<_> = buckets.iter().collect();
    if distinct.len() != buckets.len() {
        return Err(OpenError::Invalid(format!("a bucket is declared twice: {}", buckets.join(", "))));
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && name.len() <= 50
}

fn check_size(what: &str, found: usize, most: usize) -> Result<(), KeyValueError> {
    if found <= most {
        return Ok(());
    }
    Err(KeyValueError::TooLarge(format!("bytes of {what}: {found}, at most {most} are allowed")))
}

/// Whole milliseconds, rounded up: nothing goes before its time.
fn check_time(time_to_live: Option<Duration>) -> Result<Option<Duration>, KeyValueError> {
    let Some(time) = time_to_live else { return Ok(None) };
    if !(TIME_TO_LIVE_MIN..=TIME_TO_LIVE_MAX).contains(&time) {
        return Err(KeyValueError::Invalid(format!(
            "an entry lives for {TIME_TO_LIVE_MIN:?} to {} days, or without end",
            TIME_TO_LIVE_MAX.as_secs() / 86_400
        )));
    }
    let whole = u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
    Ok(Some(Duration::from_millis(whole)))
}

impl<S: KeyValueStore> KeyValue for Guarded<S> {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<Option<Vec<u8>>, KeyValueError>> {
        Box::pin(async move {
            self.check(bucket, key)?;
            self.store.get(bucket, key).await
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
            self.check(bucket, key)?;
            check_size("a value", value.len(), VALUE_SIZE_MAX_BYTES)?;
            let setting = Setting { time_to_live: check_time(setting.time_to_live)?, ..setting };
            self.store.set(bucket, key, value, setting).await
        })
    }

    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<bool, KeyValueError>> {
        Box::pin(async move {
            self.check(bucket, key)?;
            self.store.delete(bucket, key).await
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
            self.check(bucket, key)?;
            self.store.increment(bucket, key, by, check_time(time_to_live)?).await
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
            self.check(bucket, key)?;
            check_size("a value", value.as_ref().map_or(0, Vec::len), VALUE_SIZE_MAX_BYTES)?;
            self.store.compare_and_set(bucket, key, expected, value, check_time(time_to_live)?).await
        })
    }

    fn list<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: usize,
    ) -> Async<'a, Result<Listed, KeyValueError>> {
        Box::pin(async move {
            self.check_bucket(bucket)?;
            if limit == 0 || limit > LIST_MAX {
                return Err(KeyValueError::TooLarge(format!(
                    "entries of a list: {limit}, 1 to {LIST_MAX} are allowed"
                )));
            }
            if prefix.contains('\0') || after.is_some_and(|after| after.contains('\0')) {
                return Err(KeyValueError::Invalid("a prefix or a place in a list holds a NUL".to_owned()));
            }
            // One more than asked for tells whether there is another page.
            let mut entries = self.store.list(bucket, prefix, after, limit + 1).await?;
            let more = entries.len() > limit;
            entries.truncate(limit);
            let next = entries.last().filter(|_| more).map(|last| last.key.clone());
            Ok(Listed { entries, next })
        })
    }

    fn health(&self) -> Health {
        self.store.health()
    }

    fn close(&self) -> Async<'_, ()> {
        self.store.close()
    }
}
