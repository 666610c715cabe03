//! Room for large bodies: each has a limit of its own, but ten thousand of them at once are a limit's ten thousandfold.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Bodies up to this size take no room: connections are limited, and their buffers hold as much anyway.
const FREE_BYTES: usize = 64 << 10;

/// Large bodies that one listener receives at the same time, bytes; past it 503.
pub(crate) const BODIES_MAX_BYTES: usize = 256 << 20;

/// Room for the bodies that a listener is receiving.
#[derive(Debug)]
pub(crate) struct Room {
    left_bytes: AtomicUsize,
}

/// What one body has taken; given back when dropped.
#[derive(Debug)]
pub(crate) struct Taken<'a> {
    room: &'a Room,
    bytes: usize,
}

impl Room {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { left_bytes: AtomicUsize::new(bytes) }
    }

    /// What is left, bytes.
    #[cfg(test)]
    pub(crate) fn left_bytes(&self) -> usize {
        self.left_bytes.load(Relaxed)
    }

    /// For one body, of which nothing is there yet.
    pub(crate) fn enter(&self) -> Taken<'_> {
        Taken { room: self, bytes: 0 }
    }
}

impl Taken<'_> {
    /// Takes room for a body that has grown to so many bytes; false if there is none.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> bool {
        if bytes <= FREE_BYTES || bytes <= self.bytes {
            return true;
        }
        let more = bytes - self.bytes;
        let fits = self.room.left_bytes.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(more)).is_ok();
        if fits {
            self.bytes = bytes;
        }
        fits
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.room.left_bytes.fetch_add(self.bytes, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_share_the_room_and_give_it_back() {
        let room = Room::new(300_000);
        let (mut first, mut second, mut small) = (room.enter(), room.enter(), room.enter());
        assert!(first.grow_to(100_000) && first.grow_to(200_000), "a body takes room as it grows, once for each byte");
        assert!(second.grow_to(100_000));
        assert!(!second.grow_to(100_001), "the room is full");
        assert!(small.grow_to(FREE_BYTES), "small bodies need none");
        drop(first);
        assert!(second.grow_to(300_000));
        drop(second);
        assert!(room.enter().grow_to(300_000));
    }
}
