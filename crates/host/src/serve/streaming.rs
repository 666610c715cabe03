//! The body of a long answer: reading it runs the call on.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::Stream;

use crate::{CallError, Response, metering::Charge, runtime::state::Outside};

/// A call under way.
pub(super) type Running = Pin<Box<dyn Future<Output = Result<Option<Response>, CallError>> + Send>>;

/// A body under way. Owns its call: dropping it ends the call.
pub(super) struct Reading {
    running: Option<Running>,
    /// Chunks that were taken already.
    taken: VecDeque<Bytes>,
    outside: Arc<Outside>,
    charge: Charge,
    over: bool,
}

impl Reading {
    /// Reads `taken`, then what `running` writes; none if the call is over and only what it left is to be read.
    pub(super) fn new(running: Option<Running>, taken: VecDeque<Bytes>, outside: Arc<Outside>, charge: Charge) -> Self {
        Self { running, taken, outside, charge, over: false }
    }

    /// The next chunk that is there.
    fn next(&mut self, context: &mut Context<'_>) -> Option<Bytes> {
        self.taken.pop_front().or_else(|| self.outside.exchange.take_chunk(context))
    }

    fn chunk(&self, chunk: Bytes) -> Poll<Option<Result<Bytes, CallError>>> {
        self.charge.sent_chunk(chunk.len());
        Poll::Ready(Some(Ok(chunk)))
    }

    /// The last item: nothing after an answer that was finished, an error after one that was not.
    fn end(&mut self, result: Result<(), CallError>) -> Poll<Option<Result<Bytes, CallError>>> {
        self.over = true;
        Poll::Ready(match result {
            Err(error) => Some(Err(error)),
            Ok(()) if self.outside.exchange.finished() => None,
            Ok(()) => {
                let fault = self.outside.exchange.take_fault();
                let why = fault.unwrap_or_else(|| "the answer was begun and not finished".to_owned());
                Some(Err(CallError::BadResponse(why)))
            }
        })
    }
}

impl Stream for Reading {
    type Item = Result<Bytes, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        if let Some(chunk) = self.next(context) {
            return self.chunk(chunk);
        }
        let result = match &mut self.running {
            None => return self.end(Ok(())),
            Some(running) => running.as_mut().poll(context),
        };
        let result = match result {
            Poll::Ready(result) => {
                self.running = None;
                Some(result.map(|_| ()))
            }
            Poll::Pending => None,
        };
        match (self.next(context), result) {
            (Some(chunk), Some(Ok(()))) | (Some(chunk), None) => self.chunk(chunk),
            (_, Some(result)) => self.end(result),
            (None, None) => Poll::Pending,
        }
    }
}
