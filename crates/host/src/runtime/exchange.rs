//! Where a long answer passes from the guest to whoever reads it.
//!
//! One chunk fits. The reader itself polls the call, so no task and no waker are needed: a guest whose chunk is not yet
//! taken waits, and goes on when the reader comes for the next one. The answer of a component of the standard world brings a
//! body of its own, which is read in the same way.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::Body;
use parking_lot::Mutex;
use wasmtime_wasi_http::WasiBody;

/// Status and headers of a long answer.
pub(crate) type Head = (u16, Vec<(String, String)>);

#[derive(Default)]
struct Inner {
    head: Option<Head>,
    chunk: Option<Bytes>,
    body: Option<WasiBody>,
    begun: bool,
    finished: bool,
    /// Why the guest's answer is none.
    fault: Option<String>,
}

/// The answer that the call under way sends by itself, if it does.
#[derive(Default)]
pub(crate) struct Exchange(Mutex<Inner>);

impl Exchange {
    /// The guest begins an answer; false if it has begun one before.
    pub(crate) fn begin(&self, head: Head) -> bool {
        let mut inner = self.0.lock();
        if inner.begun {
            return false;
        }
        *inner = Inner { head: Some(head), begun: true, ..Inner::default() };
        true
    }

    /// The guest begins an answer whose body it writes by itself.
    pub(crate) fn begin_with(&self, head: Head, body: WasiBody) {
        if self.begin(head) {
            self.0.lock().body = Some(body);
        }
    }

    /// What the guest gave is no answer.
    pub(crate) fn fail(&self, why: String) {
        self.0.lock().fault = Some(why);
    }

    /// Why what the guest gave is no answer.
    pub(crate) fn take_fault(&self) -> Option<String> {
        self.0.lock().fault.take()
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

    /// The reader takes what is there. Of a body that is under way it is woken when there is more.
    pub(crate) fn take_chunk(&self, context: &mut Context<'_>) -> Option<Bytes> {
        let mut inner = self.0.lock();
        if let Some(chunk) = inner.chunk.take() {
            return Some(chunk);
        }
        loop {
            let body = inner.body.as_mut()?;
            match Pin::new(body).poll_frame(context) {
                Poll::Pending => return None,
                // Trailers are not passed on.
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(chunk) if !chunk.is_empty() => return Some(chunk),
                    _ => {}
                },
                Poll::Ready(end) => {
                    inner.body = None;
                    match end {
                        None => inner.finished = true,
                        Some(_) => inner.fault = Some("the answer's body broke off".to_owned()),
                    }
                }
            }
        }
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
