//! A lane takes whatever is queued, runs it in one transaction, commits once, and then answers everybody. There are two:
//! one for all, and one for batches that keep losing.

mod closing;
mod group;
mod keys;
mod slot;

use std::{
    collections::{HashSet, VecDeque},
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};

use kontor_data::SqlError;
use tokio::sync::mpsc;

use self::{
    closing::{refuse_events_past_the_limit, refuse_growth_past_the_limit},
    slot::Slot,
};
use crate::{Failure, Session, Shared, Writing, ids, shared::Job};

pub use closing::{Asking, Closed, Closing, Record};
pub use group::{Asked, Before, guarded};
pub use slot::Done;

/// Bytes of batches that share a commit.
const GROUP_SIZE_MAX_BYTES: usize = 8 << 20;
/// Tries of a group that others are in the way of, or whose connection breaks.
const TRIES: u32 = 8;
/// The first pause between two tries; it doubles, and is spread, so that two processes do not meet again and again.
const PAUSE: Duration = Duration::from_millis(5);
/// After a vain try to connect, everybody is told `unavailable` at once for so long.
const RECONNECT: Duration = Duration::from_millis(200);

/// How long one tries to find out what became of a commit.
const DOUBT_TIME_MAX: Duration = Duration::from_secs(1);

/// A lane's state, in its own task.
pub(crate) struct Lane<S: Writing> {
    shared: Arc<Shared<S>>,
    jobs: mpsc::UnboundedReceiver<Job>,
    session: Option<S>,
    /// When connecting was tried last, in vain, and why it was.
    failed: Option<(Instant, String)>,
}

/// How a try ended that did not end well.
enum Trouble {
    /// The transaction rolled back for sure.
    RolledBack(Failure),
    /// The connection broke while the commit of that id was under way; without batches there is none.
    InDoubt { id: Option<String>, reason: String },
}

/// What comes after trouble.
enum Next {
    Again,
    Done,
    Fail(SqlError),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::RolledBack(failure)
    }
}

impl<S: Writing> Lane<S> {
    /// A lane for what comes through `jobs`.
    pub(crate) fn new(shared: Arc<Shared<S>>, jobs: mpsc::UnboundedReceiver<Job>) -> Self {
        Self { shared, jobs, session: None, failed: None }
    }

    /// Works until nobody can send any more.
    pub(crate) async fn work(mut self) {
        let mut waiting = VecDeque::new();
        while waiting.front().is_some() || self.receive(&mut waiting).await {
            // Others may have batches to add and only lack the core that this task is on.
            tokio::task::yield_now().await;
            while let Ok(job) = self.jobs.try_recv() {
                waiting.push_back(Slot::of(job));
            }
            let group = self.take(&mut waiting);
            for deferred in self.commit(group).await.into_iter().rev() {
                waiting.push_front(deferred);
            }
        }
    }

    async fn receive(&mut self, waiting: &mut VecDeque<Slot<S>>) -> bool {
        let job = self.jobs.recv().await;
        let came = job.is_some();
        waiting.extend(job.map(Slot::of));
        came
    }

    fn take(&self, waiting: &mut VecDeque<Slot<S>>) -> Vec<Slot<S>> {
        let (mut group, mut size_bytes) = (Vec::new(), 0);
        while group.len() < self.shared.limits.group_max
            && let Some(next) = waiting.pop_front()
        {
            size_bytes += next.size_bytes();
            if size_bytes > GROUP_SIZE_MAX_BYTES && !group.is_empty() {
                waiting.push_front(next);
                break;
            }
            group.push(next);
        }
        group
    }

    /// Runs a group until each slot has its result, and answers. Gives back those that wait for another one of the same
    /// idempotency key.
    async fn commit(&mut self, mut group: Vec<Slot<S>>) -> Vec<Slot<S>> {
        let started = Instant::now();
        let mut deferred = HashSet::new();
        let mut tried = 0;
        while let Err(trouble) = self.attempt(&mut group, &mut deferred).await {
            tried += 1;
            match self.after(trouble, &mut group, tried).await {
                Next::Again => {}
                Next::Done => break,
                Next::Fail(error) => {
                    deferred.clear();
                    group.iter_mut().for_each(|slot| slot.fail(&error));
                    break;
                }
            }
        }
        let mut waits = Vec::new();
        for (place, slot) in group.into_iter().enumerate() {
            if deferred.contains(&place) && slot.result.is_none() {
                waits.push(slot);
                continue;
            }
            if slot.queued().is_some() {
                self.shared.leave(slot.size_bytes());
            }
            slot.answer(started);
        }
        waits
    }

    async fn attempt(&mut self, group: &mut [Slot<S>], deferred: &mut HashSet<usize>) -> Result<(), Trouble> {
        let shared = Arc::clone(&self.shared);
        self.connect().await.map_err(Failure::Lost)?;
        let Some(session) = self.session.as_mut() else { return Ok(()) };
        group.iter_mut().for_each(Slot::reset);
        session.get_ready().await?;
        group::prepare(session, &shared, group).await?;
        *deferred = keys::replay(session, &shared, group).await?;
        refuse_growth_past_the_limit(&shared, group);
        refuse_events_past_the_limit(&shared, group);
        let open = |(place, slot): (usize, &Slot<S>)| {
            (slot.open_batch().is_some() && !deferred.contains(&place)).then_some(place)
        };
        let places: Vec<usize> = group.iter().enumerate().filter_map(open).collect();
        let before = match places.is_empty() {
            true => None,
            false => Some(group::run(session, &shared, group, places).await?),
        };
        finish(session, &shared, group, before).await?;
        if before.is_some() {
            keys::look_again(session, &shared, group).await?;
            *shared.no_room.lock() = None;
        }
        shared.works();
        Ok(())
    }

    async fn connect(&mut self) -> Result<(), String> {
        if self.session.as_ref().is_some_and(|session| !session.is_broken()) {
            return Ok(());
        }
        self.session = None;
        if let Some((at, reason)) = &self.failed
            && at.elapsed() < RECONNECT
        {
            return Err(reason.clone());
        }
        match self.shared.connect().await {
            Ok(session) => {
                self.session = Some(session);
                self.failed = None;
                Ok(())
            }
            Err(reason) => {
                self.shared.fails(&reason);
                self.failed = Some((Instant::now(), reason.clone()));
                Err(reason)
            }
        }
    }

    /// What to do after a try that did not end well.
    async fn after(&mut self, trouble: Trouble, group: &mut [Slot<S>], tried: u32) -> Next {
        let failure = match trouble {
            Trouble::RolledBack(failure) => failure,
            Trouble::InDoubt { id: None, reason } => Failure::Lost(reason),
            Trouble::InDoubt { id: Some(id), reason } => match self.decide(&id).await {
                Some(true) => return self.committed(group).await,
                Some(false) => Failure::Lost(reason),
                None => return Next::Fail(in_doubt(&reason)),
            },
        };
        match &failure {
            Failure::Stale => self.session.iter_mut().for_each(Session::forget),
            Failure::Full(reason) => {
                *self.shared.no_room.lock() = Some(reason.clone());
                self.shared.fails(reason);
            }
            _ => {}
        }
        let is_lost = matches!(failure, Failure::Lost(_));
        if is_lost || !self.roll_back().await {
            self.session = self.session.take().filter(|session| !is_lost && !session.is_broken());
        }
        let goes_on = is_lost || matches!(failure, Failure::Again(_) | Failure::Stale);
        if !goes_on || tried >= TRIES || self.failed.is_some() {
            return Next::Fail(failure.answer());
        }
        tokio::time::sleep(spread(PAUSE * (1 << tried.min(5)))).await;
        Next::Again
    }

    async fn roll_back(&mut self) -> bool {
        let Some(session) = &mut self.session else { return false };
        let is_clean = session.roll_back().await;
        if !is_clean {
            self.session = None;
        }
        is_clean
    }

    /// Whether the transaction of that id was committed; none if it cannot be found out now. Its id is inserted anew: if
    /// the old transaction is still under way, the server lets this one wait for its end; and if it never came, it never
    /// will, since it would meet this one's id.
    async fn decide(&mut self, id: &str) -> Option<bool> {
        self.session = None;
        let started = Instant::now();
        loop {
            self.failed = None;
            if self.connect().await.is_ok()
                && let Some(session) = &mut self.session
                && let Ok(committed) = session.decide(id).await
            {
                return Some(committed);
            }
            self.session = None;
            if started.elapsed() > DOUBT_TIME_MAX {
                return None;
            }
            tokio::time::sleep(RECONNECT / 2).await;
        }
    }

    /// The commit stands though its answer was lost: so do the results that came before it.
    async fn committed(&mut self, group: &mut [Slot<S>]) -> Next {
        for slot in group.iter_mut().filter(|slot| slot.result.is_none()) {
            match slot.work {
                slot::Work::Change { .. } => slot.result = Some(Ok(Done::Changed(true))),
                slot::Work::Lease { .. } => {
                    slot.fail(&SqlError::Unavailable("the answer to a lease was lost".to_owned()))
                }
                slot::Work::Batch(_) => {}
            }
        }
        if let Some(session) = &mut self.session
            && keys::look_again(session, &self.shared, group).await.is_err()
        {
            self.session = None;
        }
        Next::Done
    }
}

fn in_doubt(reason: &str) -> SqlError {
    SqlError::Unavailable(format!(
        "{reason}; whether it was committed is not known yet: repeat it with its idempotency key, which decides it"
    ))
}

/// Adds what the host has to say, and commits.
async fn finish<S: Writing>(
    session: &mut S,
    shared: &Shared<S>,
    group: &mut [Slot<S>],
    before: Option<Before>,
) -> Result<(), Trouble> {
    let id = ids::fresh_id()?;
    let closing = Closing::of(shared, group, &id)?;
    if closing.is_empty() {
        if before.is_some() && !session.roll_back().await {
            return Err(Failure::Lost(format!("{} did not roll back", S::SERVER)).into());
        }
        return Ok(());
    }
    let (tokens, has_batches) = (closing.tokens(), closing.id.is_some());
    match session.close(shared, &closing, before.unwrap_or(Before::Begin)).await {
        Ok(closed) => {
            closed.settle(shared, group);
            Ok(())
        }
        Err(Failure::Lost(reason)) => {
            shared.orphans.lock().extend(tokens);
            Err(Trouble::InDoubt { id: has_batches.then_some(id), reason })
        }
        Err(failure) => Err(Trouble::RolledBack(failure)),
    }
}

/// Between half of it and one and a half.
fn spread(pause: Duration) -> Duration {
    // Every new one is keyed at random.
    let random = RandomState::new().hash_one(()) % 1024;
    pause / 2 + pause * u32::try_from(random).unwrap_or(0) / 1024
}
