//! One function's buckets.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kontor_data::{
    Async, Health, KeyValueError,
    keyvalue::{Compared, Entry, KeyValueStore, Setting},
};
use parking_lot::Mutex;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::JoinHandle,
};

use crate::{
    keys::{Bucket, range},
    line::{Failure, Line},
    scripts::{Scripts, Text},
};

/// How often one looks for keys of entries that are over; it also shows whether the server is there.
const TIDY: Duration = Duration::from_secs(10);
/// Keys that are looked at in one call, which nobody else's can overtake.
const LOOKS_MAX: usize = 1_000;

/// One function's buckets.
pub(crate) struct Store {
    shared: Arc<Shared>,
    places: Semaphore,
    tidy: JoinHandle<()>,
}

struct Shared {
    line: Arc<Line>,
    scripts: Arc<Scripts>,
    buckets: BTreeMap<String, Bucket>,
    health: Mutex<Health>,
    is_closed: AtomicBool,
}

/// Keys with their values, and where to go on.
type Page = (Vec<(String, Vec<u8>)>, Option<Vec<u8>>);

/// What a script gets besides the bucket and the key.
type Given<'a> = &'a [&'a [u8]];

impl Store {
    pub(crate) fn start(
        line: Arc<Line>,
        scripts: Arc<Scripts>,
        buckets: BTreeMap<String, Bucket>,
        queue_max: usize,
    ) -> Self {
        let (health, is_closed) = (Mutex::new(Health::Ok), AtomicBool::new(false));
        let shared = Arc::new(Shared { line, scripts, buckets, health, is_closed });
        let tidy = tokio::spawn(tidy(Arc::clone(&shared)));
        Self { shared, places: Semaphore::new(queue_max), tidy }
    }

    /// The bucket, and a place among those that wait for the server.
    fn enter(&self, bucket: &str) -> Result<(&Bucket, SemaphorePermit<'_>), KeyValueError> {
        if self.shared.is_closed.load(Ordering::Relaxed) {
            return Err(KeyValueError::Unavailable("the buckets are closed".to_owned()));
        }
        let place = self.places.try_acquire();
        let place =
            place.map_err(|_| KeyValueError::Busy("too many calls wait for the entries; try again".to_owned()))?;
        let known = self.shared.buckets.get(bucket);
        // Checked in front of the store.
        let known = known.ok_or_else(|| KeyValueError::Other(format!("there is no bucket {bucket:?}")))?;
        Ok((known, place))
    }

    async fn change<T: redis::FromRedisValue>(
        &self,
        script: &Text,
        bucket: &str,
        key: &str,
        given: Given<'_>,
    ) -> Result<T, KeyValueError> {
        let (bucket, _place) = self.enter(bucket)?;
        let entry = bucket.entry(key);
        let all = [&[key.as_bytes()], given].concat();
        let done = self.shared.line.call(script, &[&bucket.index, &bucket.ends, &entry], &all).await;
        self.shared.note(&done);
        Ok(done?)
    }
}

impl Shared {
    fn note<T>(&self, done: &Result<T, Failure>) {
        let health = match done {
            Err(Failure::Lost(reason) | Failure::Refused(reason)) => Health::ReadOnly(reason.clone()),
            _ => Health::Ok,
        };
        let mut known = self.health.lock();
        if *known != health {
            *known = health;
        }
    }

    /// Takes out keys of entries that are over, a few at a time.
    async fn expire(&self) -> Result<(), Failure> {
        for bucket in self.buckets.values() {
            loop {
                let most = LOOKS_MAX.to_string();
                let looked: usize =
                    self.line.call(&self.scripts.expire, &[&bucket.index, &bucket.ends], &[most.as_bytes()]).await?;
                if looked < LOOKS_MAX {
                    break;
                }
            }
        }
        Ok(())
    }
}

async fn tidy(shared: Arc<Shared>) {
    let mut ticks = tokio::time::interval(TIDY);
    loop {
        ticks.tick().await;
        let done = shared.expire().await;
        shared.note(&done);
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.tidy.abort();
    }
}

/// Milliseconds; nothing for an entry without end.
fn milliseconds(time_to_live: Option<Duration>) -> Vec<u8> {
    time_to_live.map(|time| time.as_millis().to_string().into_bytes()).unwrap_or_default()
}

fn yes(is_so: bool) -> &'static [u8] {
    if is_so { b"1" } else { b"" }
}

impl KeyValueStore for Store {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<Option<Vec<u8>>, KeyValueError>> {
        Box::pin(async move {
            let (bucket, _place) = self.enter(bucket)?;
            let mut command = redis::cmd("GET");
            command.arg(bucket.entry(key));
            // A reading may run twice, for example on a connection that was closed meanwhile.
            let done = match self.shared.line.ask(&command).await {
                Err(Failure::Lost(_)) => self.shared.line.ask(&command).await,
                done => done,
            };
            self.shared.note(&done);
            Ok(done?)
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
            let time = milliseconds(setting.time_to_live);
            let given: Given<'_> = &[&value, &time, yes(setting.only_if_absent)];
            self.change(&self.shared.scripts.set, bucket, key, given).await
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
            let (by, time) = (by.to_string(), milliseconds(time_to_live));
            let given: Given<'_> = &[by.as_bytes(), &time];
            let sum: Option<i64> = self.change(&self.shared.scripts.increment, bucket, key, given).await?;
            sum.ok_or_else(|| KeyValueError::NotInteger { key: key.to_owned() })
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
            let (is_expected, is_value) = (yes(expected.is_some()), yes(value.is_some()));
            let (expected, value) = (expected.unwrap_or_default(), value.unwrap_or_default());
            let time = milliseconds(time_to_live);
            let given: Given<'_> = &[is_expected, &expected, is_value, &value, &time];
            let script = &self.shared.scripts.compare_and_set;
            let (is_set, found): (bool, Option<Vec<u8>>) = self.change(script, bucket, key, given).await?;
            Ok(if is_set { Compared::Set } else { Compared::Differs(found) })
        })
    }

    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str) -> Async<'a, Result<bool, KeyValueError>> {
        Box::pin(self.change(&self.shared.scripts.delete, bucket, key, &[]))
    }

    fn list<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: usize,
    ) -> Async<'a, Result<Vec<Entry>, KeyValueError>> {
        Box::pin(async move {
            let (bucket, _place) = self.enter(bucket)?;
            let (mut from, most) = range(prefix, after);
            let (mut entries, mut was_lost) = (Vec::new(), false);
            loop {
                let (left, looks) = ((limit - entries.len()).to_string(), LOOKS_MAX.to_string());
                let given: Given<'_> = &[&from, &most, left.as_bytes(), looks.as_bytes()];
                let done =
                    self.shared.line.call(&self.shared.scripts.list, &[&bucket.index, &bucket.ends], given).await;
                self.shared.note(&done);
                let (found, next): Page = match done {
                    Err(Failure::Lost(_)) if !was_lost => {
                        was_lost = true;
                        continue;
                    }
                    done => done?,
                };
                entries.extend(found.into_iter().map(|(key, value)| Entry { key, value }));
                match next {
                    Some(next) if entries.len() < limit => from = next,
                    _ => return Ok(entries),
                }
            }
        })
    }

    fn health(&self) -> Health {
        self.shared.health.lock().clone()
    }

    fn close(&self) -> Async<'_, ()> {
        self.shared.is_closed.store(true, Ordering::Relaxed);
        self.tidy.abort();
        Box::pin(std::future::ready(()))
    }
}
