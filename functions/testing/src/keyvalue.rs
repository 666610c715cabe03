//! Keys and values, on the real port.

use std::time::Duration;

use kontor_data::{
    KeyValueError,
    keyvalue::{Compared as PortCompared, Setting},
};
use kontor_sdk::{
    keyvalue::{Compared, Entry, Error, Listed},
    seam::keyvalue::KeyValue,
};

use crate::host::TestHost;

impl KeyValue for TestHost {
    fn get(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.ask_entries(async |port| port.get(bucket, key).await).map_err(error)
    }

    fn set(
        &self,
        bucket: &str,
        key: &str,
        value: &[u8],
        time_to_live_ms: Option<u64>,
        only_if_absent: bool,
    ) -> Result<bool, Error> {
        let setting = Setting { time_to_live: time_to_live_ms.map(Duration::from_millis), only_if_absent };
        self.ask_entries(async |port| port.set(bucket, key, value.to_vec(), setting).await).map_err(error)
    }

    fn delete(&self, bucket: &str, key: &str) -> Result<bool, Error> {
        self.ask_entries(async |port| port.delete(bucket, key).await).map_err(error)
    }

    fn increment(&self, bucket: &str, key: &str, by: i64, time_to_live_ms: Option<u64>) -> Result<i64, Error> {
        let time = time_to_live_ms.map(Duration::from_millis);
        self.ask_entries(async |port| port.increment(bucket, key, by, time).await).map_err(error)
    }

    fn compare_and_set(
        &self,
        bucket: &str,
        key: &str,
        expected: Option<&[u8]>,
        value: Option<&[u8]>,
        time_to_live_ms: Option<u64>,
    ) -> Result<Compared<Option<Vec<u8>>>, Error> {
        let (expected, value) = (expected.map(<[u8]>::to_vec), value.map(<[u8]>::to_vec));
        let time = time_to_live_ms.map(Duration::from_millis);
        let compared = self.ask_entries(async |port| port.compare_and_set(bucket, key, expected, value, time).await);
        Ok(match compared.map_err(error)? {
            PortCompared::Set => Compared::Set,
            PortCompared::Differs(found) => Compared::Differs(found),
        })
    }

    fn list(&self, bucket: &str, prefix: &str, after: Option<&str>, limit: u32) -> Result<Listed<Vec<u8>>, Error> {
        let listed = self.ask_entries(async |port| port.list(bucket, prefix, after, limit as usize).await);
        let listed = listed.map_err(error)?;
        let entries = listed.entries.into_iter().map(|entry| Entry { key: entry.key, value: entry.value });
        Ok(Listed { entries: entries.collect(), next: listed.next })
    }
}

fn error(error: KeyValueError) -> Error {
    match error {
        KeyValueError::NotInteger { .. } => Error::NotInteger,
        KeyValueError::UnknownBucket { .. } => Error::UnknownBucket,
        KeyValueError::Invalid(why) => Error::Invalid(why),
        KeyValueError::TooLarge(why) => Error::TooLarge(why),
        KeyValueError::Busy(_) => Error::Busy,
        KeyValueError::Unavailable(_) => Error::Unavailable,
        KeyValueError::Other(why) => Error::Other(why),
    }
}
