//! Bodies of answers: whole, or under way.

use std::{
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::Stream;
use http::HeaderValue;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use kontor_host::CallError;

use crate::listener::Connection;

/// Chunks that a function makes while they are sent.
pub type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, CallError>> + Send>>;

/// The body of an answer.
pub enum Body {
    /// Everything at once; empty when it was sent.
    Whole(Bytes),
    /// Chunks as they come. An error breaks the connection off, so that the client can tell.
    Streaming(Streaming),
}

/// A body under way, and the connection whose idle time it holds up.
pub struct Streaming {
    chunks: Chunks,
    connection: Arc<Connection>,
    request_id: HeaderValue,
}

impl Body {
    /// No body.
    #[must_use]
    pub const fn empty() -> Self {
        Self::Whole(Bytes::new())
    }

    pub(crate) fn streaming(chunks: Chunks, connection: Arc<Connection>, request_id: HeaderValue) -> Self {
        connection.working();
        Self::Streaming(Streaming { chunks, connection, request_id })
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.connection.idle();
    }
}

impl<B: Into<Bytes>> From<B> for Body {
    fn from(bytes: B) -> Self {
        Self::Whole(bytes.into())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => write!(formatter, "Whole({} bytes)", bytes.len()),
            Self::Streaming(_) => formatter.write_str("Streaming"),
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = CallError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, CallError>>> {
        match self.get_mut() {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(mem::take(bytes))))),
            Self::Streaming(streaming) => {
                let chunk = streaming.chunks.as_mut().poll_next(context);
                if let Poll::Ready(Some(Err(error))) = &chunk {
                    tracing::error!(request = ?streaming.request_id, "an answer broke off: {error}");
                }
                chunk.map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Streaming(_) => SizeHint::default(),
        }
    }
}
