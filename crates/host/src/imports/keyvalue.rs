//! `keyvalue`: the function's own buckets, through the port.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kontor_data::{
    KeyValueError,
    keyvalue::{Compared as Outcome, KeyValue, Setting},
};

use super::ended::Port;
use crate::runtime::{
    State,
    bindings::kontor::function::keyvalue::{Compared, Entry, Error, Host, Listed},
};

impl Host for State {
    async fn get(&mut self, bucket: String, key: String) -> Result<Option<Vec<u8>>, Error> {
        let entries = self.entries()?;
        let start = Instant::now();
        let result = entries.get(&bucket, &key).await;
        self.call_ended("keyvalue.get", start);
        let found = self.heard(Port::KeyValue, &self.facts.refused.entry_reads, result).map_err(error)?;
        self.outside.meter.add_rows(found.is_some().into());
        Ok(found)
    }

    async fn set(
        &mut self,
        bucket: String,
        key: String,
        value: Vec<u8>,
        time_to_live_ms: Option<u64>,
        only_if_absent: bool,
    ) -> Result<bool, Error> {
        let entries = self.entries()?;
        let setting = Setting { time_to_live: time(time_to_live_ms), only_if_absent };
        let start = Instant::now();
        let result = entries.set(&bucket, &key, value, setting).await;
        self.call_ended("keyvalue.set", start);
        let set = self.heard(Port::KeyValue, &self.facts.refused.entry_changes, result).map_err(error)?;
        self.outside.meter.add_rows(set.into());
        Ok(set)
    }

    async fn delete(&mut self, bucket: String, key: String) -> Result<bool, Error> {
        let entries = self.entries()?;
        let start = Instant::now();
        let result = entries.delete(&bucket, &key).await;
        self.call_ended("keyvalue.delete", start);
        let was_there = self.heard(Port::KeyValue, &self.facts.refused.entry_changes, result).map_err(error)?;
        self.outside.meter.add_rows(was_there.into());
        Ok(was_there)
    }

    async fn increment(
        &mut self,
        bucket: String,
        key: String,
        by: i64,
        time_to_live_ms: Option<u64>,
    ) -> Result<i64, Error> {
        let entries = self.entries()?;
        let start = Instant::now();
        let result = entries.increment(&bucket, &key, by, time(time_to_live_ms)).await;
        self.call_ended("keyvalue.increment", start);
        let sum = self.heard(Port::KeyValue, &self.facts.refused.entry_changes, result).map_err(error)?;
        self.outside.meter.add_rows(1);
        Ok(sum)
    }

    async fn compare_and_set(
        &mut self,
        bucket: String,
        key: String,
        expected: Option<Vec<u8>>,
        value: Option<Vec<u8>>,
        time_to_live_ms: Option<u64>,
    ) -> Result<Compared, Error> {
        let entries = self.entries()?;
        let start = Instant::now();
        let result = entries.compare_and_set(&bucket, &key, expected, value, time(time_to_live_ms)).await;
        self.call_ended("keyvalue.compare-and-set", start);
        let compared = self.heard(Port::KeyValue, &self.facts.refused.entry_changes, result).map_err(error)?;
        self.outside.meter.add_rows(1);
        Ok(match compared {
            Outcome::Set => Compared::Set,
            Outcome::Differs(found) => Compared::Differs(found),
        })
    }

    async fn list(
        &mut self,
        bucket: String,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Listed, Error> {
        let entries = self.entries()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let start = Instant::now();
        let result = entries.list(&bucket, &prefix, after.as_deref(), limit).await;
        self.call_ended("keyvalue.list", start);
        let listed = self.heard(Port::KeyValue, &self.facts.refused.entry_reads, result).map_err(error)?;
        self.outside.meter.add_rows(listed.entries.len() as u64);
        let entries = listed.entries.into_iter().map(|entry| Entry { key: entry.key, value: entry.value });
        Ok(Listed { entries: entries.collect(), next: listed.next })
    }
}

impl State {
    /// A function that names no bucket has no store, and so knows none.
    fn entries(&self) -> Result<Arc<dyn KeyValue>, Error> {
        self.facts.stores.keyvalue.clone().ok_or(Error::UnknownBucket)
    }
}

fn time(ms: Option<u64>) -> Option<Duration> {
    ms.map(Duration::from_millis)
}

/// What went wrong, for the guest. Why a store is away is the operator's business and stays in the log.
fn error(error: KeyValueError) -> Error {
    match error {
        KeyValueError::NotInteger { .. } => Error::NotInteger,
        KeyValueError::UnknownBucket { .. } => Error::UnknownBucket,
        KeyValueError::Invalid(text) => Error::Invalid(text),
        KeyValueError::TooLarge(text) => Error::TooLarge(text),
        KeyValueError::Busy(_) => Error::Busy,
        KeyValueError::Unavailable(_) => Error::Unavailable,
        KeyValueError::Other(text) => Error::Other(text),
    }
}
