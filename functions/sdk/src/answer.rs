//! A long answer, sent while it is made. What the handler returns afterwards is dropped by the host.

use crate::seam;

/// Why a long answer could not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The client went away, or the deadline passed.
    #[error("the client went away or the deadline passed")]
    Closed,
    /// An answer was already begun, or this is no HTTP request.
    #[error("an answer was already begun in this call, or this call is no HTTP request")]
    AlreadyBegun,
    /// Something else.
    #[error("{0}")]
    Other(String),
}

/// A long answer under way. Dropping it without `finish` breaks the connection off, so that the client can tell.
pub struct Answer {
    sink: seam::Sink,
}

impl Answer {
    /// Sends status and headers; names are given in lower case.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn begin(status: u16, headers: Vec<(String, String)>) -> Result<Self, Error> {
        seam::begin_answer(status, headers).map(|sink| Self { sink })
    }

    /// Sends one chunk of at most 1 MiB; waits while the client is slow.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.sink.write(chunk)
    }

    /// Ends the answer properly.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn finish(self) -> Result<(), Error> {
        self.sink.finish()
    }
}
