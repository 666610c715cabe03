//! One connection's clock.
//!
//! Setting up a timer for each head, body and answer costs more than many requests do. So a connection only notes until
//! when the next thing must have happened, and its task looks at the note now and then.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{
            AtomicBool, AtomicU8, AtomicU64,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    time::{Duration, Instant},
};

use crate::{limits::EdgeLimits, room::Room};

/// Nothing is awaited.
const NEVER: u64 = u64::MAX;

/// What a connection is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    /// Waits for a request.
    Idle = 0,
    /// Reads a head.
    Head = 1,
    /// Reads a body.
    Body = 2,
    /// Makes the answer; the clock is the host's.
    Working = 3,
}

/// What the clock says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is late; look again at this time.
    Wait(Instant),
    /// The body is late: its reader is told, the request gets 408.
    BodyLate,
    /// The client is late in a way that leaves nothing to say.
    Close,
}

/// A connection: whose it is, and what it waits for until when.
#[derive(Debug)]
pub struct Connection {
    peer: SocketAddr,
    born: Instant,
    limits: EdgeLimits,
    room: Arc<Room>,
    phase: AtomicU8,
    /// µs since `born` until which the client must have sent what is awaited.
    read_due_us: AtomicU64,
    /// µs since `born` until which the client must have taken a byte.
    write_due_us: AtomicU64,
    body_late: AtomicBool,
}

impl Connection {
    pub(crate) fn new(peer: SocketAddr, limits: EdgeLimits, room: Arc<Room>) -> Self {
        let connection = Self {
            peer,
            born: Instant::now(),
            limits,
            room,
            phase: AtomicU8::new(Phase::Idle as u8),
            read_due_us: AtomicU64::new(NEVER),
            write_due_us: AtomicU64::new(NEVER),
            body_late: AtomicBool::new(false),
        };
        // Who connects and says nothing gets no longer than who says something slowly.
        connection.enter(Phase::Head, Some(connection.limits.header_read_timeout));
        connection
    }

    /// The other end. Behind a proxy this is the proxy.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The listener's limits.
    #[must_use]
    pub fn limits(&self) -> &EdgeLimits {
        &self.limits
    }

    /// The listener's room for large bodies.
    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    fn micros_from_now(&self, wait: Duration) -> u64 {
        u64::try_from((self.born.elapsed() + wait).as_micros()).unwrap_or(NEVER)
    }

    fn enter(&self, phase: Phase, wait: Option<Duration>) {
        self.phase.store(phase as u8, Relaxed);
        self.read_due_us.store(wait.map_or(NEVER, |wait| self.micros_from_now(wait)), Release);
    }

    /// Bytes came in.
    pub(super) fn received(&self) {
        if self.phase.load(Relaxed) == Phase::Idle as u8 {
            self.enter(Phase::Head, Some(self.limits.header_read_timeout));
        }
    }

    /// The request's body is awaited from now on.
    pub(crate) fn reading_body(&self) {
        self.enter(Phase::Body, Some(self.limits.body_read_timeout));
    }

    /// The request's body is awaited again, by somebody who reads it now and then: the time for it goes on.
    pub(crate) fn awaiting_body(&self) {
        if self.phase.load(Relaxed) != Phase::Body as u8 {
            self.reading_body();
        }
    }

    /// The body did not come in time.
    pub(crate) fn body_is_late(&self) -> bool {
        self.body_late.load(Acquire)
    }

    /// The request is complete; the client has nothing to do.
    pub(crate) fn working(&self) {
        self.enter(Phase::Working, None);
    }

    /// The answer is made; the next request is awaited.
    pub(crate) fn idle(&self) {
        self.enter(Phase::Idle, Some(self.limits.idle_timeout));
    }

    /// The answer's head is made. A body under way calls [`Connection::idle`] itself when it is done.
    pub(super) fn answered(&self, whole: bool) {
        if whole {
            self.idle();
        }
    }

    /// The client takes no bytes.
    pub(super) fn write_stalled(&self) {
        if self.write_due_us.load(Relaxed) == NEVER {
            self.write_due_us.store(self.micros_from_now(self.limits.write_timeout), Relaxed);
        }
    }

    /// The client took bytes. Who takes a long answer slowly has not begun to be idle.
    pub(super) fn write_went_on(&self) {
        if self.write_due_us.load(Relaxed) != NEVER {
            self.write_due_us.store(NEVER, Relaxed);
            if self.phase.load(Relaxed) == Phase::Idle as u8 {
                self.idle();
            }
        }
    }

    /// What is late at `now`.
    pub(super) fn check(&self, now: Instant) -> Verdict {
        let now_us = u64::try_from(now.saturating_duration_since(self.born).as_micros()).unwrap_or(NEVER);
        let (read_us, write_us) = (self.read_due_us.load(Acquire), self.write_due_us.load(Relaxed));
        if write_us <= now_us {
            return Verdict::Close;
        }
        if read_us <= now_us {
            if self.phase.load(Relaxed) != Phase::Body as u8 {
                return Verdict::Close;
            }
            self.body_late.store(true, Release);
            self.read_due_us.store(NEVER, Release);
            return Verdict::BodyLate;
        }
        // Whatever is noted from now on is due no earlier than the shortest wait from now.
        let due_us = read_us.min(write_us);
        let due_in = Duration::from_micros(due_us.saturating_sub(now_us));
        Verdict::Wait(now + due_in.min(self.limits.shortest_wait()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        Connection::new(([127, 0, 0, 1], 1).into(), EdgeLimits::default(), Arc::new(Room::new(0)))
    }

    /// What the connection is at, how it got there, and the verdict so many seconds later; none to wait on.
    type Case = (&'static str, fn(&Connection), u64, Option<Verdict>);

    #[test]
    fn each_phase_has_its_own_patience() {
        let cases: [Case; 9] = [
            ("new and silent", |_| {}, 11, Some(Verdict::Close)),
            ("new and young", |_| {}, 5, None),
            ("idle", |connection| connection.idle(), 60, None),
            ("idle for long", |connection| connection.idle(), 80, Some(Verdict::Close)),
            ("half a head", |connection| (connection.idle(), connection.received()).1, 11, Some(Verdict::Close)),
            ("half a body", |connection| connection.reading_body(), 31, Some(Verdict::BodyLate)),
            ("at work", |connection| connection.working(), 10_000, None),
            (
                "takes nothing",
                |connection| (connection.working(), connection.write_stalled()).1,
                31,
                Some(Verdict::Close),
            ),
            (
                "takes again",
                |connection| (connection.working(), connection.write_stalled(), connection.write_went_on()).2,
                31,
                None,
            ),
        ];
        for (name, prepare, seconds, expected) in cases {
            let connection = connection();
            prepare(&connection);
            let found = connection.check(Instant::now() + Duration::from_secs(seconds));
            match expected {
                Some(expected) => assert_eq!(found, expected, "{name}"),
                None => assert!(matches!(found, Verdict::Wait(_)), "{name}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_long_answer_that_is_taken_slowly_is_not_idleness() {
        let connection = connection();
        connection.idle();
        connection.read_due_us.store(0, Relaxed);
        assert_eq!(connection.check(Instant::now()), Verdict::Close);
        connection.write_stalled();
        connection.write_went_on();
        assert!(matches!(connection.check(Instant::now()), Verdict::Wait(_)));
    }

    #[test]
    fn the_clock_is_looked_at_before_anything_noted_later_can_be_due() {
        let connection = connection();
        connection.idle();
        let now = Instant::now();
        let Verdict::Wait(until) = connection.check(now) else { panic!("nothing is late yet") };
        assert!(until <= now + EdgeLimits::default().header_read_timeout);
    }
}
