//! Which events are whose turn, in memory. The rows themselves are in `kontor_outbox`; leases are here alone, since one
//! process owns the folder and a dead process's leases die with it.
//!
//! For each subscriber there is a bounded *window* of the oldest events on their way. Fresh events enter it straight from
//! the commit that stored them, so that the usual event is never read back; when the window is full, or keys are blocked,
//! events stay in the table and are loaded later, in order.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use kontor_data::Delivery;

/// Events of a subscriber that are kept in memory.
const WINDOW_MAX: usize = 16_384;
/// Their payloads, bytes.
const WINDOW_SIZE_MAX_BYTES: usize = 8 << 20;
/// Events of one key that are kept in memory, so that a busy key does not fill the window.
const KEY_MAX: usize = 1_024;

/// What came of offering an event to the window.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// It is in the window, or need not be now.
    Taken,
    /// There is no room; it has to be offered again.
    NoRoom,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The first of the queue may be leased.
    Free,
    /// The first of the queue is leased, or waits to be tried again, until then.
    Until(Instant),
    /// This event is given up and blocks the key.
    Dead(u64),
}

#[derive(Debug)]
struct Key {
    queue: VecDeque<u64>,
    state: State,
    /// The first event of this key that is not in the window though it was seen; all later ones are not either.
    skipped: Option<u64>,
}

/// The window of one subscriber.
#[derive(Debug, Default)]
pub(crate) struct Window {
    events: BTreeMap<u64, Arc<Delivery>>,
    keys: HashMap<String, Key>,
    ready: BTreeSet<u64>,
    timers: BTreeSet<(Instant, u64)>,
    /// Failed tries and when the next is due, of events that failed; also of those that are not in the window.
    failed: HashMap<u64, (u32, Instant)>,
    size_bytes: usize,
    /// Every event up to this id was seen.
    seen: u64,
    /// Whether the table holds events behind `seen`.
    behind: bool,
    /// Whether somebody loads already.
    pub(crate) loading: bool,
}

impl Window {
    /// A window onto a table that may hold events already.
    pub(crate) fn onto_table() -> Self {
        Self { behind: true, ..Self::default() }
    }

    /// Remembers a failed try from before the start.
    pub(crate) fn remember_failed(&mut self, id: u64, failed: u32, next: Instant) {
        self.failed.insert(id, (failed, next));
    }

    /// Remembers a dead letter from before the start.
    pub(crate) fn remember_dead(&mut self, id: u64, key: String) {
        self.keys.insert(key, Key { queue: VecDeque::new(), state: State::Dead(id), skipped: None });
    }

    /// A fresh event, right after its commit.
    pub(crate) fn push(&mut self, event: Delivery) {
        if !self.behind {
            let id = event.id;
            match self.offer(event) {
                Offered::Taken => self.seen = id,
                Offered::NoRoom => self.behind = true,
            }
        }
    }

    /// Where to load from, if there is something to load and room for it.
    pub(crate) fn load_from(&self) -> Option<u64> {
        (self.behind && self.has_room()).then_some(self.seen)
    }

    /// Whether the window runs low while the table has more.
    pub(crate) fn is_low(&self) -> bool {
        self.behind && !self.loading && self.events.len() < WINDOW_MAX / 2 && self.has_room()
    }

    /// Takes events read from the table in order; `whole` says that there were no more.
    pub(crate) fn load(&mut self, events: Vec<Delivery>, whole: bool) {
        for event in events {
            let id = event.id;
            if self.offer(event) == Offered::NoRoom {
                return;
            }
            self.seen = self.seen.max(id);
        }
        self.behind = !whole;
    }

    fn has_room(&self) -> bool {
        self.events.is_empty() || (self.events.len() < WINDOW_MAX && self.size_bytes < WINDOW_SIZE_MAX_BYTES)
    }

    fn offer(&mut self, mut event: Delivery) -> Offered {
        let id = event.id;
        if self.events.contains_key(&id) {
            return Offered::Taken;
        }
        let has_room = self.has_room();
        let waiting = self.failed.get(&id).copied();
        let key = match self.keys.get_mut(&event.key) {
            Some(key) => key,
            None if !has_room => return Offered::NoRoom,
            None => self.keys.entry(event.key.clone()).or_insert(Key {
                queue: VecDeque::new(),
                state: State::Free,
                skipped: None,
            }),
        };
        if key.state == State::Dead(id) {
            return Offered::Taken;
        }
        if key.must_skip(id, &self.failed) {
            key.skipped = Some(key.skipped.map_or(id, |first| first.min(id)));
            return Offered::Taken;
        }
        if !has_room {
            return Offered::NoRoom;
        }
        key.skipped = None;
        key.queue.push_back(id);
        if key.queue.len() == 1 {
            match waiting {
                None => {
                    key.state = State::Free;
                    self.ready.insert(id);
                }
                Some((_, next)) => {
                    key.state = State::Until(next);
                    self.timers.insert((next, id));
                }
            }
        }
        event.failed = waiting.map_or(0, |(failed, _)| failed);
        self.size_bytes += event.payload.len() + event.key.len();
        self.events.insert(id, Arc::new(event));
        Offered::Taken
    }

    /// Up to `max` events whose turn it is, oldest first, leased until `now + lease`.
    pub(crate) fn lease(&mut self, now: Instant, max: usize, lease: Duration) -> Vec<Arc<Delivery>> {
        self.wake(now);
        let mut leased = Vec::new();
        while leased.len() < max
            && let Some(id) = self.ready.pop_first()
        {
            let Some(event) = self.events.get(&id).map(Arc::clone) else { continue };
            self.block(&event.key, id, now + lease);
            leased.push(event);
        }
        leased
    }

    /// Frees the keys whose lease or pause ended.
    fn wake(&mut self, now: Instant) {
        while let Some((due, id)) = self.timers.first().copied().filter(|(due, _)| *due <= now) {
            self.timers.remove(&(due, id));
            let Some(event) = self.events.get(&id) else { continue };
            if let Some(key) = self.keys.get_mut(&event.key)
                && key.state == State::Until(due)
            {
                key.state = State::Free;
                self.ready.insert(id);
            }
        }
    }

    fn block(&mut self, key: &str, id: u64, until: Instant) {
        if let Some(key) = self.keys.get_mut(key) {
            if let State::Until(before) = key.state {
                self.timers.remove(&(before, id));
            }
            key.state = State::Until(until);
            self.ready.remove(&id);
            self.timers.insert((until, id));
        }
    }

    /// The event, if it is in the window.
    pub(crate) fn get(&self, id: u64) -> Option<&Arc<Delivery>> {
        self.events.get(&id)
    }

    /// Whether the event failed before.
    pub(crate) fn has_failed(&self, id: u64) -> bool {
        self.failed.contains_key(&id)
    }

    /// The event is gone; its key goes on.
    pub(crate) fn remove(&mut self, id: u64, key_of_dead: Option<&str>) {
        self.failed.remove(&id);
        self.ready.remove(&id);
        let name = match (self.events.remove(&id), key_of_dead) {
            (Some(event), _) => {
                self.size_bytes = self.size_bytes.saturating_sub(event.payload.len() + event.key.len());
                event.key.clone()
            }
            (None, Some(key)) if self.keys.get(key).is_some_and(|key| key.state == State::Dead(id)) => key.to_owned(),
            (None, _) => return,
        };
        let Some(key) = self.keys.get_mut(&name) else { return };
        if let State::Until(due) = key.state {
            self.timers.remove(&(due, id));
        }
        key.queue.retain(|queued| *queued != id);
        key.state = State::Free;
        match (key.queue.front(), key.skipped) {
            (Some(next), _) => {
                self.ready.insert(*next);
            }
            (None, Some(first)) => self.look_again_from(first),
            (None, None) => {
                self.keys.remove(&name);
            }
        }
    }

    fn look_again_from(&mut self, id: u64) {
        self.seen = self.seen.min(id.saturating_sub(1));
        self.behind = true;
    }

    /// The event failed and is tried again then.
    pub(crate) fn fail(&mut self, id: u64, next: Instant) {
        let Some(event) = self.events.get_mut(&id) else { return };
        let failed = event.failed + 1;
        Arc::make_mut(event).failed = failed;
        let name = event.key.clone();
        self.failed.insert(id, (failed, next));
        self.unload(&name, 1);
        self.block(&name, id, next);
    }

    /// The event is given up: its key is blocked, and what waits behind it leaves the window.
    pub(crate) fn give_up(&mut self, id: u64) {
        let Some(event) = self.events.get(&id).map(Arc::clone) else { return };
        let name = event.key.clone();
        self.unload(&name, 1);
        self.size_bytes = self.size_bytes.saturating_sub(event.payload.len() + event.key.len());
        self.events.remove(&id);
        self.failed.remove(&id);
        self.ready.remove(&id);
        if let Some(key) = self.keys.get_mut(&name) {
            if let State::Until(due) = key.state {
                self.timers.remove(&(due, id));
            }
            key.queue.clear();
            key.state = State::Dead(id);
        }
    }

    /// A dead letter is tried again: it is loaded like a new one.
    pub(crate) fn replay(&mut self, id: u64, name: &str) {
        if let Some(key) = self.keys.get_mut(name) {
            key.state = State::Free;
            key.skipped = Some(id);
        }
        self.look_again_from(id);
    }

    /// The event could not be tried: due again then, without a failed try.
    pub(crate) fn release(&mut self, id: u64, until: Instant) {
        let Some(event) = self.events.get(&id) else { return };
        let name = event.key.clone();
        // Only who holds the key can release it: a lease that ran out may be somebody else's now, who waits longer.
        if self
            .keys
            .get(&name)
            .is_some_and(|key| key.queue.front() == Some(&id) && matches!(key.state, State::Until(_)))
        {
            self.block(&name, id, until);
        }
    }

    fn unload(&mut self, name: &str, keep: usize) {
        let Some(key) = self.keys.get_mut(name) else { return };
        while key.queue.len() > keep
            && let Some(id) = key.queue.pop_back()
        {
            if let Some(event) = self.events.remove(&id) {
                self.size_bytes = self.size_bytes.saturating_sub(event.payload.len() + event.key.len());
            }
            key.skipped = Some(key.skipped.map_or(id, |first| first.min(id)));
        }
    }

    /// How long until the next lease or pause ends.
    pub(crate) fn next_due(&self, now: Instant) -> Option<Duration> {
        self.timers.first().map(|(due, _)| due.saturating_duration_since(now))
    }

    /// When the oldest event in the window was made.
    pub(crate) fn oldest_us(&self) -> Option<i64> {
        self.events.values().next().map(|event| event.time_us)
    }
}

impl Key {
    /// Whether an event has to stay in the table: an earlier one of its key did, or the key is blocked or full.
    fn must_skip(&self, id: u64, failed: &HashMap<u64, (u32, Instant)>) -> bool {
        let waiting = self.queue.front().is_some_and(|first| failed.contains_key(first));
        let most = if waiting { 1 } else { KEY_MAX };
        // With nothing queued, loading goes on from `skipped` itself: meeting a later one first means that it is gone.
        let out_of_turn = !self.queue.is_empty() && self.skipped.is_some_and(|first| first < id);
        matches!(self.state, State::Dead(_)) || self.queue.len() >= most || out_of_turn
    }
}
