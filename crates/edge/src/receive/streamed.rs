//! A request's body for a component that reads it while it comes, within the limits of every other body.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderMap, header};
use hyper::body::{Body, Incoming};
use kontor_host::{BodyFault, RequestBody};

use super::{ReceiveError, discard_unless};
use crate::listener::Connection;

/// A body under way, and what became of it.
pub(crate) struct Streamed {
    /// For the component.
    pub(crate) body: RequestBody,
    /// Set once it had more bytes than allowed.
    pub(crate) too_large: Arc<AtomicBool>,
}

/// Lets the body be read while it comes.
///
/// # Errors
/// It is announced as too large.
pub(crate) fn streamed(
    headers: &HeaderMap,
    body: Incoming,
    max_bytes: usize,
    connection: &Arc<Connection>,
) -> Result<Streamed, ReceiveError> {
    let awaited = headers.contains_key(header::EXPECT);
    if body.size_hint().lower() > max_bytes as u64 {
        discard_unless(awaited, body);
        return Err(ReceiveError::TooLarge(max_bytes));
    }
    let too_large = Arc::<AtomicBool>::default();
    let (connection, noted) = (connection.clone(), too_large.clone());
    let reading = Reading { body: Some(body), awaited, left_bytes: max_bytes, max_bytes, connection, too_large: noted };
    Ok(Streamed { body: Box::pin(reading), too_large })
}

struct Reading {
    /// None once it is over.
    body: Option<Incoming>,
    /// Whether the client waits to be told to send it.
    awaited: bool,
    left_bytes: usize,
    max_bytes: usize,
    connection: Arc<Connection>,
    too_large: Arc<AtomicBool>,
}

impl Reading {
    fn ended(&mut self, fault: Option<BodyFault>) -> Poll<Option<Result<Bytes, BodyFault>>> {
        self.body = None;
        self.connection.working();
        Poll::Ready(fault.map(Err))
    }
}

impl Stream for Reading {
    type Item = Result<Bytes, BodyFault>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if self.connection.body_is_late() {
                return self.ended(Some(BodyFault::Broken));
            }
            let Some(body) = &mut self.body else { return Poll::Ready(None) };
            match Pin::new(body).poll_frame(context) {
                Poll::Pending => {
                    // Only while the component waits for it is it the client who is slow.
                    self.connection.awaiting_body();
                    return Poll::Pending;
                }
                Poll::Ready(None) => return self.ended(None),
                Poll::Ready(Some(Err(_))) => return self.ended(Some(BodyFault::Broken)),
                Poll::Ready(Some(Ok(frame))) => {
                    let Ok(data) = frame.into_data() else { continue };
                    self.connection.working();
                    let Some(left_bytes) = self.left_bytes.checked_sub(data.len()) else {
                        self.too_large.store(true, Relaxed);
                        let max_bytes = self.max_bytes;
                        return self.ended(Some(BodyFault::TooLarge(max_bytes)));
                    };
                    self.left_bytes = left_bytes;
                    return Poll::Ready(Some(Ok(data)));
                }
            }
        }
    }
}

impl Drop for Reading {
    /// What nobody read is read and thrown away, so that the client gets to see its answer.
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            discard_unless(self.awaited, body);
        }
    }
}
