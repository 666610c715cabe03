//! Where a long answer passes from the guest to whoever reads it.
//!
//! One chunk fits. The reader itself polls the call, so no task and no waker are needed: a guest whose chunk is not yet
//! taken waits, and goes on when the reader comes for the next one.

use bytes::Bytes;
use parking_lot::Mutex;

/// Status and headers of a long answer.
pub(crate) type Head = (u16, Vec<(String, String)>);

#[derive(Debug, Default)]
struct Inner {
    head: Option<Head>,
    chunk: Option<Bytes>,
    begun: bool,
    finished: bool,
}

/// The answer that the call under way sends by itself, if it does.
#[derive(Debug, Default)]
pub(crate) struct Exchange(Mutex<Inner>);

impl Exchange {
    /// The guest begins an answer; false if it has begun one before.
    pub(crate) fn begin(&self, head: Head) -> bool {
        let mut inner = self.0.lock();
        if inner.begun {
            return false;
        }
        *inner = Inner { head: Some(head), chunk: None, begun: true, finished: false };
        true
    }

    /// The guest hands a chunk over; the chunk comes back if the last one is not taken yet.
    pub(crate) fn offer(&self, chunk: Bytes) -> Result<(), Bytes> {
        let mut inner = self.0.lock();
        if inner.chunk.is_some() {
            return Err(chunk);
        }
        inner.chunk = Some(chunk);
        Ok(())
    }

    /// The guest is done.
    pub(crate) fn finish(&self) {
        self.0.lock().finished = true;
    }

    /// The reader takes the head, once.
    pub(crate) fn take_head(&self) -> Option<Head> {
        self.0.lock().head.take()
    }

    /// The reader takes what is there.
    pub(crate) fn take_chunk(&self) -> Option<Bytes> {
        self.0.lock().chunk.take()
    }

    /// Whether an answer was begun in this call.
    pub(crate) fn begun(&self) -> bool {
        self.0.lock().begun
    }

    /// Whether it was ended properly.
    pub(crate) fn finished(&self) -> bool {
        self.0.lock().finished
    }
}
