//! `answer`: long answers, a chunk at a time.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use wasmtime::component::Resource;

use crate::{
    runtime::{
        State,
        bindings::kontor::function::answer::{Error, Host, HostSink},
        exchange::Exchange,
    },
    serve::head::checked,
};

/// Longer chunks are refused.
const CHUNK_MAX_BYTES: usize = 1 << 20;

/// An answer under way, as the guest holds it. There is at most one in a call.
pub struct Sink(());

impl Host for State {}

impl HostSink for State {
    fn begin(
        &mut self,
        status: u16,
        headers: Vec<(String, String)>,
    ) -> wasmtime::Result<Result<Resource<Sink>, Error>> {
        if !self.current.http || self.outside.exchange.begun() {
            return Ok(Err(Error::AlreadyBegun));
        }
        let head = match checked(status, headers) {
            Ok(head) => head,
            Err(why) => return Ok(Err(Error::Other(why))),
        };
        let sink = self.table.push(Sink(()))?;
        self.outside.exchange.begin(head);
        Ok(Ok(sink))
    }

    async fn write(&mut self, sink: Resource<Sink>, chunk: Vec<u8>) -> wasmtime::Result<Result<(), Error>> {
        self.table.get(&sink)?;
        if chunk.len() > CHUNK_MAX_BYTES {
            return Ok(Err(Error::Other(format!(
                "the chunk has {} bytes; write at most {CHUNK_MAX_BYTES} at once",
                chunk.len()
            ))));
        }
        if self.outside.exchange.finished() {
            return Ok(Err(Error::Closed));
        }
        if !chunk.is_empty() {
            Offer { exchange: &self.outside.exchange, chunk: Some(chunk.into()) }.await;
        }
        Ok(Ok(()))
    }

    fn finish(&mut self, sink: Resource<Sink>) -> wasmtime::Result<Result<(), Error>> {
        self.table.get(&sink)?;
        self.outside.exchange.finish();
        Ok(Ok(()))
    }

    fn drop(&mut self, sink: Resource<Sink>) -> wasmtime::Result<()> {
        self.table.delete(sink)?;
        Ok(())
    }
}

/// Hands a chunk over. It needs no waker: only the reader makes room, and only the reader polls the call.
struct Offer<'a> {
    exchange: &'a Exchange,
    chunk: Option<Bytes>,
}

impl Future for Offer<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<()> {
        let Some(chunk) = self.chunk.take() else { return Poll::Ready(()) };
        match self.exchange.offer(chunk) {
            Ok(()) => Poll::Ready(()),
            Err(chunk) => {
                self.chunk = Some(chunk);
                Poll::Pending
            }
        }
    }
}
