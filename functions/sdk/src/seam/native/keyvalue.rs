//! Keys and values, natively.

use super::backend;
use crate::keyvalue::{Compared, Error, Listed};

/// Where entries are.
pub trait KeyValue {
    /// As the contract's `get`.
    ///
    /// # Errors
    /// As the port says.
    fn get(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Error>;

    /// As the contract's `set`.
    ///
    /// # Errors
    /// As the port says.
    fn set(
        &self,
        bucket: &str,
        key: &str,
        value: &[u8],
        time_to_live_ms: Option<u64>,
        only_if_absent: bool,
    ) -> Result<bool, Error>;

    /// As the contract's `delete`.
    ///
    /// # Errors
    /// As the port says.
    fn delete(&self, bucket: &str, key: &str) -> Result<bool, Error>;

    /// As the contract's `increment`.
    ///
    /// # Errors
    /// As the port says.
    fn increment(&self, bucket: &str, key: &str, by: i64, time_to_live_ms: Option<u64>) -> Result<i64, Error>;

    /// As the contract's `compare-and-set`.
    ///
    /// # Errors
    /// As the port says.
    fn compare_and_set(
        &self,
        bucket: &str,
        key: &str,
        expected: Option<&[u8]>,
        value: Option<&[u8]>,
        time_to_live_ms: Option<u64>,
    ) -> Result<Compared<Option<Vec<u8>>>, Error>;

    /// As the contract's `list`.
    ///
    /// # Errors
    /// As the port says.
    fn list(&self, bucket: &str, prefix: &str, after: Option<&str>, limit: u32) -> Result<Listed<Vec<u8>>, Error>;
}

pub(crate) fn get(bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
    backend().ok_or(Error::Unavailable)?.keyvalue().get(bucket, key)
}

pub(crate) fn set(
    bucket: &str,
    key: &str,
    value: &[u8],
    time_to_live_ms: Option<u64>,
    only_if_absent: bool,
) -> Result<bool, Error> {
    backend().ok_or(Error::Unavailable)?.keyvalue().set(bucket, key, value, time_to_live_ms, only_if_absent)
}

pub(crate) fn delete(bucket: &str, key: &str) -> Result<bool, Error> {
    backend().ok_or(Error::Unavailable)?.keyvalue().delete(bucket, key)
}

pub(crate) fn increment(bucket: &str, key: &str, by: i64, time_to_live_ms: Option<u64>) -> Result<i64, Error> {
    backend().ok_or(Error::Unavailable)?.keyvalue().increment(bucket, key, by, time_to_live_ms)
}

pub(crate) fn compare_and_set(
    bucket: &str,
    key: &str,
    expected: Option<&[u8]>,
    value: Option<&[u8]>,
    time_to_live_ms: Option<u64>,
) -> Result<Compared<Option<Vec<u8>>>, Error> {
    let backend = backend().ok_or(Error::Unavailable)?;
    backend.keyvalue().compare_and_set(bucket, key, expected, value, time_to_live_ms)
}

pub(crate) fn list(bucket: &str, prefix: &str, after: Option<&str>, limit: u32) -> Result<Listed<Vec<u8>>, Error> {
    backend().ok_or(Error::Unavailable)?.keyvalue().list(bucket, prefix, after, limit)
}
