//! What a database's lanes, its watch and its callers share: limits, health, counts, and who leased what until when.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use kontor_data::{Backlog, Batch, Delivery, DeliveryId, Executed, Health, Limits, SqlError};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::{
    Session,
    checked::CheckedTexts,
    heat::Heat,
    ids::{microseconds, unsigned},
};

/// How often one looks whether other processes made events or died: the longest that an event of theirs waits here.
pub(crate) const WATCH: Duration = Duration::from_secs(1);

/// A connection that fails later than this does so because nobody answers, and not because somebody refuses.
const SILENT_FROM: Duration = Duration::from_millis(500);

/// Where an answer goes.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, SqlError>>;

/// What is on its way, as the outbox's one row of counts has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Events, dead letters included.
    pub rows: i64,
    /// Their payloads, bytes.
    pub bytes: i64,
    /// Dead letters.
    pub dead: i64,
}

/// A batch in the queue.
pub(crate) struct Queued {
    pub(crate) batch: Batch,
    pub(crate) size_bytes: usize,
    pub(crate) since: Instant,
    pub(crate) answer: Answer<Executed>,
}

/// A change of the outbox that may share a commit with batches.
#[derive(Debug)]
pub enum Change {
    /// These were dealt with.
    Acknowledge(Vec<DeliveryId>),
    /// This one failed.
    Fail {
        /// Which.
        id: DeliveryId,
        /// Why, of any length.
        error: String,
        /// When it is tried again.
        backoff: Duration,
        /// Whether it is given up.
        dead: bool,
    },
    /// These could not be tried.
    Release {
        /// Which.
        ids: Vec<DeliveryId>,
        /// When they are due again.
        pause: Duration,
    },
    /// A dead letter is tried again.
    Replay(DeliveryId),
    /// A dead letter is thrown away.
    Skip(DeliveryId),
}

/// Work for a lane.
pub(crate) enum Job {
    /// Statements and events.
    Batch(Box<Queued>),
    /// A change of the outbox; answers whether there was something to change.
    Change { subscriber: String, change: Change, answer: Answer<bool> },
    /// Events for a subscriber.
    Lease { subscriber: String, max: usize, lease: Duration, answer: Answer<Vec<Delivery>> },
}

/// When events that this process leased, failed or released are due again.
#[derive(Default)]
pub(crate) struct Dues(HashMap<DeliveryId, Instant>);

impl Dues {
    /// These are due then.
    pub(crate) fn set(&mut self, ids: impl IntoIterator<Item = DeliveryId>, at: Instant) {
        self.0.extend(ids.into_iter().map(|id| (id, at)));
    }

    /// These are gone.
    pub(crate) fn remove(&mut self, ids: &[DeliveryId]) {
        ids.iter().for_each(|id| {
            self.0.remove(id);
        });
    }

    /// What was due was asked for.
    pub(crate) fn forget_before(&mut self, now: Instant) {
        self.0.retain(|_, at| *at > now);
    }

    fn next(&self) -> Option<Instant> {
        self.0.values().min().copied()
    }
}

/// Shared by everything that belongs to one database.
pub struct Shared<S: Session> {
    /// The function.
    pub function: String,
    /// What its things are called on the server.
    pub names: S::Names,
    /// Its limits.
    pub limits: Limits,
    /// How the host's connections are made.
    pub host: S::Purpose,
    /// Names this process among those that share the database, for one life.
    pub owner: String,
    pub(crate) checked: CheckedTexts,
    pub(crate) heat: Heat,
    /// Whether it works.
    pub health: Mutex<Health>,
    pub(crate) backlog: Mutex<Backlog>,
    pub(crate) dues: Mutex<HashMap<String, Dues>>,
    /// Tokens of leases whose answer was lost: nobody knows what they hold, so it is given back.
    pub(crate) orphans: Mutex<Vec<String>>,
    /// Why nothing that needs room is taken: the database is as large as it may be.
    pub full: Mutex<Option<String>>,
    /// What the server said when its disk was full; none once a commit went through again.
    pub(crate) no_room: Mutex<Option<String>>,
    /// Why connecting took all the time it may: only the watch tries then, and nobody else waits for nothing.
    silent: Mutex<Option<String>>,
    /// Until when this process holds leases.
    pub(crate) leased_until: Mutex<Option<Instant>>,
    waiting: AtomicUsize,
    waiting_bytes: AtomicUsize,
    closed: AtomicBool,
}

impl<S: Session> Shared<S> {
    /// Nothing is connected yet.
    pub fn new(function: &str, names: S::Names, limits: Limits, host: S::Purpose, owner: String) -> Self {
        Self {
            function: function.to_owned(),
            names,
            limits,
            host,
            owner,
            checked: CheckedTexts::default(),
            heat: Heat::default(),
            health: Mutex::new(Health::Ok),
            backlog: Mutex::default(),
            dues: Mutex::default(),
            orphans: Mutex::default(),
            full: Mutex::default(),
            no_room: Mutex::default(),
            silent: Mutex::default(),
            leased_until: Mutex::default(),
            waiting: AtomicUsize::new(0),
            waiting_bytes: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
        }
    }

    /// Counts a batch as waiting, unless too much waits already.
    pub(crate) fn enter(&self, size_bytes: usize) -> Result<(), SqlError> {
        let count = self.waiting.fetch_add(1, Ordering::Relaxed);
        let bytes = self.waiting_bytes.fetch_add(size_bytes, Ordering::Relaxed);
        if count >= self.limits.queue_max || (count > 0 && bytes + size_bytes > self.limits.queue_size_max_bytes) {
            self.leave(size_bytes);
            return Err(SqlError::Busy(format!(
                "{count} batches wait for the database of {}; try again",
                self.function
            )));
        }
        Ok(())
    }

    /// A batch waits no more.
    pub(crate) fn leave(&self, size_bytes: usize) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        self.waiting_bytes.fetch_sub(size_bytes, Ordering::Relaxed);
    }

    /// From now on nothing is taken.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Whether nothing is taken any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// What is said when nobody is there to answer.
    pub(crate) fn gone(&self) -> SqlError {
        SqlError::Unavailable(format!("the database of {} is closed", self.function))
    }

    /// The server does what it is asked for; a database that is as large as it may be is no better for that.
    pub fn works(&self) {
        let reason = self.full.lock().clone().or_else(|| self.no_room.lock().clone());
        if let Some(reason) = reason {
            return self.fails(&reason);
        }
        let mut health = self.health.lock();
        if *health != Health::Ok {
            tracing::info!(function = %self.function, "the database takes writes again");
            *health = Health::Ok;
        }
    }

    /// The server does not, for now.
    pub fn fails(&self, reason: &str) {
        let mut health = self.health.lock();
        if *health == Health::Ok {
            tracing::error!(function = %self.function, %reason, "the database takes no writes for now");
        }
        *health = Health::ReadOnly(reason.to_owned());
    }

    /// A connection for the host's work. While the server is known not to answer at all, this fails at once.
    pub(crate) async fn connect(&self) -> Result<S, String> {
        self.connect_for(&self.host).await
    }

    /// The same, for another purpose.
    pub(crate) async fn connect_for(&self, purpose: &S::Purpose) -> Result<S, String> {
        if let Some(reason) = self.silent.lock().clone() {
            return Err(reason);
        }
        self.try_to_connect(purpose).await
    }

    /// Connects even so: the watch finds out by this that the server is back.
    pub(crate) async fn try_to_connect(&self, purpose: &S::Purpose) -> Result<S, String> {
        let started = Instant::now();
        let done = S::connect(purpose).await;
        *self.silent.lock() = done.as_ref().err().filter(|_| started.elapsed() > SILENT_FROM).cloned();
        done
    }

    /// Remembers what is on its way.
    pub fn remember(&self, state: State) {
        let mut backlog = self.backlog.lock();
        (backlog.rows, backlog.bytes, backlog.dead) =
            (unsigned(state.rows), unsigned(state.bytes), unsigned(state.dead));
        if backlog.rows <= backlog.dead {
            backlog.oldest_us = None;
        } else if backlog.oldest_us.is_none() {
            // The watch looks it up within a second; until then the first event's age is next to nothing.
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            backlog.oldest_us = Some(microseconds(since));
        }
    }

    /// When the next event of the subscriber is due that waits. While there are events, one looks every second: another
    /// process may have made them, or may have died with them in its hands.
    pub(crate) fn next_due(&self, subscriber: &str) -> Option<Duration> {
        let own = self.dues.lock().get(subscriber).and_then(Dues::next);
        let own = own.map(|at| at.saturating_duration_since(Instant::now()));
        let backlog = *self.backlog.lock();
        let others = (backlog.rows > backlog.dead).then_some(WATCH);
        own.into_iter().chain(others).min()
    }

    /// Changes what is known of a subscriber's events.
    pub(crate) fn with_dues(&self, subscriber: &str, change: impl FnOnce(&mut Dues)) {
        change(self.dues.lock().entry(subscriber.to_owned()).or_default());
    }
}
