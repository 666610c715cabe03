//! Small values by key in buckets of the function's own: sessions, counters, caches. Typed, with an end if they shall have one.
//!
//! ```
//! use std::time::Duration;
//! use kontor_sdk::{Function, Json, keyvalue::{Bucket, Error}};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Session { login: String }
//!
//! const SESSIONS: Bucket<Json<Session>> = Bucket::new("sessions");
//! const VISITS: Bucket<i64> = Bucket::new("visits");
//!
//! fn enter(token: &str, login: &str) -> Result<i64, Error> {
//!     let session = Json(Session { login: login.to_owned() });
//!     SESSIONS.set(token, &session, Some(Duration::from_secs(3600)))?;
//!     VISITS.increment(login, 1, None)
//! }
//! # assert_eq!(Function::new("shop", "1").bucket(&SESSIONS).bucket(&VISITS).manifest().buckets, ["sessions", "visits"]);
//! ```

mod error;
mod value;

use std::{marker::PhantomData, time::Duration};

pub use error::Error;
pub use value::Value;

use crate::seam;

/// Entries of one list.
pub const LIMIT_MAX: u32 = 500;

/// A key with its value, as the host gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<T> {
    /// The key.
    pub key: String,
    /// The value.
    pub value: T,
}

/// A page of entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed<T> {
    /// In the order of the keys' bytes.
    pub entries: Vec<Entry<T>>,
    /// What to give as `after` for the next page; none if there is no more.
    pub next: Option<String>,
}

/// What became of a compare-and-set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared<T> {
    /// The entry was as expected and is now as asked for.
    Set,
    /// It is this instead, and stayed so.
    Differs(T),
}

/// What was seen at a key, kept byte by byte: what a compare-and-set expects to be there still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen<T> {
    /// The value; none if there was no entry.
    pub value: Option<T>,
    bytes: Option<Vec<u8>>,
}

impl<T: Value> Seen<T> {
    /// That there is no entry.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { value: None, bytes: None }
    }

    fn read(bytes: Option<Vec<u8>>) -> Result<Self, Error> {
        let value = bytes.as_deref().map(T::read).transpose()?;
        Ok(Self { value, bytes })
    }
}

/// A bucket whose values are `T`s. The function declares it with [`Function::bucket`](crate::Function::bucket).
pub struct Bucket<T> {
    pub(crate) name: &'static str,
    value: PhantomData<fn() -> T>,
}

impl<T> Bucket<T> {
    /// The bucket of that name: `[a-z][a-z0-9_]{0,49}`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, value: PhantomData }
    }

    /// Deletes an entry; whether it was there.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn delete(&self, key: &str) -> Result<bool, Error> {
        seam::keyvalue::delete(self.name, key)
    }
}

impl<T: Value> Bucket<T> {
    /// The value, if it is there.
    ///
    /// # Errors
    /// [`Error::Invalid`] if what is there is no `T`; see [`Error`].
    pub fn get(&self, key: &str) -> Result<Option<T>, Error> {
        seam::keyvalue::get(self.name, key)?.as_deref().map(T::read).transpose()
    }

    /// What is there, for [`Self::compare_and_set`].
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn see(&self, key: &str) -> Result<Seen<T>, Error> {
        Seen::read(seam::keyvalue::get(self.name, key)?)
    }

    /// Sets it. It is gone after `time_to_live`, 1 ms to ten years from now; with none it stays.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn set(&self, key: &str, value: &T, time_to_live: Option<Duration>) -> Result<(), Error> {
        seam::keyvalue::set(self.name, key, &value.write()?, ms(time_to_live), false).map(drop)
    }

    /// Sets it unless there is an entry; whether it did.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn set_if_absent(&self, key: &str, value: &T, time_to_live: Option<Duration>) -> Result<bool, Error> {
        seam::keyvalue::set(self.name, key, &value.write()?, ms(time_to_live), true)
    }

    /// Sets it (none: deletes it) if it is still what was seen, else tells what is there.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn compare_and_set(
        &self,
        key: &str,
        seen: &Seen<T>,
        value: Option<&T>,
        time_to_live: Option<Duration>,
    ) -> Result<Compared<Seen<T>>, Error> {
        let value = value.map(T::write).transpose()?;
        let (expected, value) = (seen.bytes.as_deref(), value.as_deref());
        Ok(match seam::keyvalue::compare_and_set(self.name, key, expected, value, ms(time_to_live))? {
            Compared::Set => Compared::Set,
            Compared::Differs(bytes) => Compared::Differs(Seen::read(bytes)?),
        })
    }

    /// Entries whose keys begin with `prefix` and come behind `after`, 1 to [`LIMIT_MAX`], in the order of the keys' bytes.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn list(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<Listed<T>, Error> {
        let listed = seam::keyvalue::list(self.name, prefix, after, limit)?;
        let read = |entry: Entry<Vec<u8>>| Ok(Entry { value: T::read(&entry.value)?, key: entry.key });
        Ok(Listed { entries: listed.entries.into_iter().map(read).collect::<Result<_, Error>>()?, next: listed.next })
    }
}

impl Bucket<i64> {
    /// Adds to a counter; gives the sum. An absent one begins at zero with `time_to_live`; one that is there keeps its own.
    ///
    /// # Errors
    /// [`Error::NotInteger`] if the sum would not fit; see [`Error`].
    pub fn increment(&self, key: &str, by: i64, time_to_live: Option<Duration>) -> Result<i64, Error> {
        seam::keyvalue::increment(self.name, key, by, ms(time_to_live))
    }
}

/// Whole milliseconds, rounded up: nothing goes before its time.
fn ms(time: Option<Duration>) -> Option<u64> {
    time.map(|time| u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX))
}
