//! Keys and values, of the host.

use crate::{
    keyvalue::{Compared, Entry, Error, Listed},
    wasm::bindings::kontor::function::keyvalue as host,
};

pub(crate) fn get(bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
    host::get(bucket, key).map_err(to_error)
}

pub(crate) fn set(
    bucket: &str,
    key: &str,
    value: &[u8],
    time_to_live_ms: Option<u64>,
    only_if_absent: bool,
) -> Result<bool, Error> {
    host::set(bucket, key, value, time_to_live_ms, only_if_absent).map_err(to_error)
}

pub(crate) fn delete(bucket: &str, key: &str) -> Result<bool, Error> {
    host::delete(bucket, key).map_err(to_error)
}

pub(crate) fn increment(bucket: &str, key: &str, by: i64, time_to_live_ms: Option<u64>) -> Result<i64, Error> {
    host::increment(bucket, key, by, time_to_live_ms).map_err(to_error)
}

pub(crate) fn compare_and_set(
    bucket: &str,
    key: &str,
    expected: Option<&[u8]>,
    value: Option<&[u8]>,
    time_to_live_ms: Option<u64>,
) -> Result<Compared<Option<Vec<u8>>>, Error> {
    match host::compare_and_set(bucket, key, expected, value, time_to_live_ms).map_err(to_error)? {
        host::Compared::Set => Ok(Compared::Set),
        host::Compared::Differs(found) => Ok(Compared::Differs(found)),
        host::Compared::Other(what) => Err(Error::Other(what)),
    }
}

pub(crate) fn list(bucket: &str, prefix: &str, after: Option<&str>, limit: u32) -> Result<Listed<Vec<u8>>, Error> {
    let listed = host::list(bucket, prefix, after, limit).map_err(to_error)?;
    let entries = listed.entries.into_iter().map(|entry| Entry { key: entry.key, value: entry.value });
    Ok(Listed { entries: entries.collect(), next: listed.next })
}

fn to_error(error: host::Error) -> Error {
    match error {
        host::Error::UnknownBucket => Error::UnknownBucket,
        host::Error::NotInteger => Error::NotInteger,
        host::Error::Invalid(why) => Error::Invalid(why),
        host::Error::TooLarge(what) => Error::TooLarge(what),
        host::Error::Busy => Error::Busy,
        host::Error::Unavailable => Error::Unavailable,
        host::Error::Other(why) => Error::Other(why),
    }
}
