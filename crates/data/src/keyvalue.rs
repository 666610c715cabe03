//! The port `keyvalue`: small values by key, for sessions and counters.
//!
//! Functions use [`KeyValue`]. An engine implements [`KeyValueStore`]; [`Guarded`] checks before any store sees it.

mod guarded;

use std::{sync::Arc, time::Duration};

use crate::{Async, Health, KeyValueError, OpenError};

pub use guarded::{Guarded, check_buckets};

/// The longest key, bytes.
pub const KEY_SIZE_MAX_BYTES: usize = 255;
/// The longest value, bytes.
pub const VALUE_SIZE_MAX_BYTES: usize = 64 << 10;
/// Entries of one list.
pub const LIST_MAX: usize = 500;
/// The shortest time to live; Redis counts in milliseconds.
pub const TIME_TO_LIVE_MIN: Duration = Duration::from_millis(1);
/// The longest time to live: ten years.
pub const TIME_TO_LIVE_MAX: Duration = Duration::from_secs(10 * 366 * 24 * 3600);
/// Buckets of a function.
pub const BUCKETS_MAX: usize = 100;

/// Limits of one function's buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyValueLimits {
    /// Changes that may wait for the store; past it `busy`.
    pub queue_max: usize,
    /// All of the function's entries, bytes, where the store can tell.
    pub store_size_max_bytes: u64,
}

impl Default for KeyValueLimits {
    fn default() -> Self {
        Self { queue_max: 4096, store_size_max_bytes: 1 << 30 }
    }
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Vec<u8>,
}

/// What a [`KeyValue::set`] asks for besides the value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Setting {
    /// After so long the entry is gone; none: it stays. Rounded up to milliseconds.
    pub time_to_live: Option<Duration>,
    /// Leaves an entry that is there as it is.
    pub only_if_absent: bool,
}

/// What became of a compare-and-set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// The entry was as expected and is now as asked for.
    Set,
    /// It is this instead (none: absent), and stayed so.
    Differs(Option<Vec<u8>>),
}

/// A page of entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// In the order of the keys' bytes.
    pub entries: Vec<Entry>,
    /// What to give as `after` for the next page; none if there is no more.
    pub next: Option<String>,
}

/// The buckets of one function. An entry whose time is over is gone for everybody at once.
pub trait KeyValue: Send + Sync {
    /// The value, if it is there.
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<Option<Vec<u8>>, KeyValueError>>;

    /// Sets it, with the time to live that is given now and no other. False if it should have been absent and was not.
    fn set<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        value: Vec<u8>,
        setting: Setting,
    ) -> Async<'a, Result<bool, KeyValueError>>;

    /// Deletes it; whether it was there.
    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<bool, KeyValueError>>;

    /// Adds to the integer that is there as decimal text; gives the sum. An absent one begins at zero with
    /// `time_to_live`; one that is there keeps its own.
    fn increment<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        by: i64,
        time_to_live: Option<Duration>,
    ) -> Async<'a, Result<i64, KeyValueError>>;

    /// Sets it (none: deletes it) if it is as expected (none: absent), else tells what is there.
    fn compare_and_set<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        expected: Option<Vec<u8>>,
        value: Option<Vec<u8>>,
        time_to_live: Option<Duration>,
    ) -> Async<'a, Result<Compared, KeyValueError>>;

    /// Entries whose keys begin with `prefix` and come behind `after`, in the order of their bytes; 1 to [`LIST_MAX`].
    fn list<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: usize,
    ) -> Async<'a, Result<Listed, KeyValueError>>;

    /// Whether it works.
    fn health(&self) -> Health;

    /// Finishes what is queued and closes. Later calls give `unavailable`.
    fn close(&self) -> Async<'_, ()>;
}

/// What an engine implements: as [`KeyValue`], with everything checked. Times to live are whole milliseconds.
pub trait KeyValueStore: Send + Sync {
    /// See [`KeyValue::get`].
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<Option<Vec<u8>>, KeyValueError>>;

    /// See [`KeyValue::set`].
    fn set<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        value: Vec<u8>,
        setting: Setting,
    ) -> Async<'a, Result<bool, KeyValueError>>;

    /// See [`KeyValue::increment`].
    fn increment<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        by: i64,
        time_to_live: Option<Duration>,
    ) -> Async<'a, Result<i64, KeyValueError>>;

    /// See [`KeyValue::compare_and_set`].
    fn compare_and_set<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        expected: Option<Vec<u8>>,
        value: Option<Vec<u8>>,
        time_to_live: Option<Duration>,
    ) -> Async<'a, Result<Compared, KeyValueError>>;

    /// See [`KeyValue::delete`].
    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<bool, KeyValueError>>;

    /// Up to `limit` entries whose keys begin with `prefix` and come behind `after`.
    fn list<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: usize,
    ) -> Async<'a, Result<Vec<Entry>, KeyValueError>>;

    /// Whether it works.
    fn health(&self) -> Health;

    /// Finishes what is queued and closes.
    fn close(&self) -> Async<'_, ()>;
}

/// Holds the buckets of each function.
pub trait KeyValueEngine: Send + Sync {
    /// The engine's name and version.
    fn name(&self) -> String;

    /// Opens the function's buckets. A bucket's name is `[a-z][a-z0-9_]{0,49}`.
    fn open(
        &self,
        function: &str,
        buckets: Vec<String>,
        limits: KeyValueLimits,
    ) -> Async<'_, Result<Arc<dyn KeyValue>, OpenError>>;
}

/// The sum that an increment makes of an entry, as its value and as a number.
///
/// # Errors
/// [`KeyValueError::NotInteger`].
pub fn sum(key: &str, found: Option<&[u8]>, by: i64) -> Result<(Vec<u8>, i64), KeyValueError> {
    let wrong = || KeyValueError::NotInteger { key: key.to_owned() };
    let number = match found {
        None => 0,
        Some(bytes) => integer(bytes).ok_or_else(wrong)?,
    };
    let sum = number.checked_add(by).ok_or_else(wrong)?;
    Ok((sum.to_string().into_bytes(), sum))
}

/// As Redis reads it: no plus, no blanks, no leading zeros.
fn integer(bytes: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.parse::<i64>().ok().filter(|number| number.to_string() == text)
}
