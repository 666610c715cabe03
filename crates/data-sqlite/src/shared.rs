//! What the writer thread shares with everybody else: its queue, its health, and whose turn events are.

use std::{
    collections::BTreeMap,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence},
    },
    thread::Thread,
};

use crossbeam_queue::SegQueue;
use kontor_contract::SqlNeeds;
use kontor_data::{Batch, DeadLetter, Executed, Health, Limits, OpenError, SqlError, Waiting};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::outbox::Window;

/// Where an answer goes.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, SqlError>>;

/// A batch in the queue.
pub(crate) struct Queued {
    pub(crate) batch: Batch,
    pub(crate) size_bytes: usize,
    pub(crate) since: std::time::Instant,
    pub(crate) answer: Answer<Executed>,
}

/// A change of the outbox that may share a commit with batches.
pub(crate) enum Change {
    /// These were dealt with.
    Acknowledge(Vec<u64>),
    /// This one failed.
    Fail { id: u64, error: String, backoff: std::time::Duration, dead: bool },
    /// A dead letter is tried again.
    Replay(u64),
    /// A dead letter is thrown away.
    Skip(u64),
}

/// Work for the writer.
pub(crate) enum Job {
    /// Statements and events.
    Batch(Box<Queued>),
    /// A change of the outbox; answers whether there was something to change.
    Outbox { subscriber: String, change: Change, answer: Answer<bool> },
    /// What a subscriber wants.
    Subscribe { subscriber: String, names: Vec<String>, answer: Answer<()> },
    /// Reads more events into a subscriber's window.
    Load { subscriber: String, answer: Option<Answer<()>> },
    /// Counts what waits for each subscriber.
    Waiting { answer: Answer<Vec<Waiting>> },
    /// Lists what failed.
    Failed { max: usize, answer: Answer<Vec<DeadLetter>> },
    /// Brings the schema forward.
    Migrate { needs: Box<SqlNeeds>, answer: oneshot::Sender<Result<(), OpenError>> },
    /// Ends the writer.
    Stop { answer: oneshot::Sender<()> },
}

/// Counts of what is on its way.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) rows: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) dead: AtomicU64,
}

/// Shared by the writer thread and its callers.
pub(crate) struct Shared {
    pub(crate) function: String,
    pub(crate) limits: Limits,
    queue: SegQueue<Job>,
    waiting: AtomicUsize,
    waiting_bytes: AtomicUsize,
    sleeping: AtomicBool,
    closed: AtomicBool,
    pub(crate) thread: OnceLock<Thread>,
    pub(crate) health: Mutex<Health>,
    pub(crate) windows: Mutex<BTreeMap<String, Window>>,
    pub(crate) counts: Counts,
}

impl Shared {
    pub(crate) fn new(function: &str, limits: Limits) -> Self {
        Self {
            function: function.to_owned(),
            limits,
            queue: SegQueue::new(),
            waiting: AtomicUsize::new(0),
            waiting_bytes: AtomicUsize::new(0),
            sleeping: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            thread: OnceLock::new(),
            health: Mutex::new(Health::Ok),
            windows: Mutex::new(BTreeMap::new()),
            counts: Counts::default(),
        }
    }

    /// Queues a batch, unless too much waits already.
    pub(crate) fn push_batch(&self, queued: Box<Queued>) -> Result<(), SqlError> {
        let size = queued.size_bytes;
        let count = self.waiting.fetch_add(1, Ordering::Relaxed);
        let bytes = self.waiting_bytes.fetch_add(size, Ordering::Relaxed);
        if count >= self.limits.queue_max || (count > 0 && bytes + size > self.limits.queue_size_max_bytes) {
            self.left(1, size);
            return Err(SqlError::Busy(format!(
                "{count} batches wait for the database of {}; try again",
                self.function
            )));
        }
        self.push(Job::Batch(queued));
        Ok(())
    }

    /// Queues other work. There is little of it, and none comes from clients.
    pub(crate) fn push(&self, job: Job) {
        self.queue.push(job);
        // Pairs with the fence in `wait`: either the writer sees the job, or we see that it sleeps.
        fence(Ordering::SeqCst);
        if self.closed.load(Ordering::Relaxed) {
            // Nobody will come for it; dropping it tells its caller.
            while self.queue.pop().is_some() {}
        } else if self.sleeping.load(Ordering::Relaxed)
            && self.sleeping.swap(false, Ordering::Relaxed)
            && let Some(thread) = self.thread.get()
        {
            thread.unpark();
        }
    }

    /// The next job, if there is one.
    pub(crate) fn pop(&self) -> Option<Job> {
        self.queue.pop()
    }

    /// Waits until there may be a job, or for at most `most`; true if nobody came.
    pub(crate) fn wait(&self, most: std::time::Duration) -> bool {
        let started = std::time::Instant::now();
        self.sleeping.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if self.queue.is_empty() {
            std::thread::park_timeout(most);
        }
        self.sleeping.store(false, Ordering::Relaxed);
        self.queue.is_empty() && started.elapsed() >= most
    }

    /// Batches left the queue.
    pub(crate) fn left(&self, count: usize, bytes: usize) {
        self.waiting.fetch_sub(count, Ordering::Relaxed);
        self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// From now on nothing is taken; who waits is told.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        while self.queue.pop().is_some() {}
    }

    /// Whether nothing is taken any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// What is said when the writer has gone.
    pub(crate) fn gone(&self) -> SqlError {
        match &*self.health.lock() {
            Health::Stopped(reason) | Health::ReadOnly(reason) => SqlError::Unavailable(reason.clone()),
            Health::Ok => SqlError::Unavailable(format!("the database of {} is closed", self.function)),
        }
    }
}
