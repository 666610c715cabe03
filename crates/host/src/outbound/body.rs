//! Bodies under way, and where they end.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use hyper::body::{Body, Frame, SizeHint};

/// Why a body ends early.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    /// It has more bytes than are allowed.
    #[error("the body has more than {0} bytes")]
    TooLarge(usize),
    /// Whoever sends it broke it off.
    #[error("the body broke off: {0}")]
    Broken(String),
}

/// A body, whole or under way.
pub(crate) type AnyBody = UnsyncBoxBody<Bytes, BodyError>;

/// A body of so many bytes at most.
struct Limited<B> {
    body: B,
    left_bytes: usize,
    max_bytes: usize,
}

/// Ends the body with an error once it has more bytes.
pub(crate) fn limited<B>(body: B, max_bytes: usize) -> AnyBody
where
    B: Body<Data = Bytes, Error: std::fmt::Display> + Send + Unpin + 'static,
{
    Limited { body, left_bytes: max_bytes, max_bytes }.boxed_unsync()
}

impl<B> Body for Limited<B>
where
    B: Body<Data = Bytes, Error: std::fmt::Display> + Unpin,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(context)) else { return Poll::Ready(None) };
        let frame = frame.map_err(|error| BodyError::Broken(error.to_string()));
        Poll::Ready(Some(frame.and_then(|frame| {
            let size = frame.data_ref().map_or(0, Bytes::len);
            self.left_bytes = self.left_bytes.checked_sub(size).ok_or(BodyError::TooLarge(self.max_bytes))?;
            Ok(frame)
        })))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    #[tokio::test]
    async fn a_body_ends_at_its_limit() {
        let body = |max_bytes| limited(Full::new(Bytes::from_static(b"12345")), max_bytes).collect();
        assert_eq!(body(5).await.unwrap().to_bytes(), "12345");
        assert_eq!(body(4).await.map(drop).unwrap_err(), BodyError::TooLarge(4));
    }
}
