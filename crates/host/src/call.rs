//! A call of `handle` and its answer, as the edge sees them.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use futures_util::Stream;
use kontor_telemetry::Trace;
use tokio::time::Instant as Deadline;

use crate::CallError;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A visitor.
    Anonymous,
    /// A program with a service token: name and scopes.
    Service(Arc<Identity>),
}

impl Caller {
    /// The name that idempotency keys belong to; empty for visitors, which no token can be called.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Anonymous => "",
            Self::Service(identity) => &identity.name,
        }
    }
}

/// A caller's name and scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Unique name.
    pub name: String,
    /// Scopes; `*` stands for all.
    pub scopes: Vec<String>,
}

/// A request's body under way. Reading it is what lets more of it come.
pub type RequestBody = Pin<Box<dyn Stream<Item = Result<Bytes, BodyFault>> + Send>>;

/// Why a body under way ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFault {
    /// It has more than so many bytes.
    TooLarge(usize),
    /// The client went away, was too slow, or broke the framing.
    Broken,
}

/// One call of `handle`.
pub struct Call {
    /// The operation that matched.
    pub operation: Arc<str>,
    /// Upper case.
    pub method: String,
    /// Path as sent, without query.
    pub path: String,
    /// What followed `?`.
    pub query: Option<String>,
    /// Decoded.
    pub path_parameters: Vec<(String, String)>,
    /// Names in lower case; the edge has taken credentials and hop-by-hop headers away.
    pub headers: Vec<(String, String)>,
    /// The whole body; empty if it is still under way.
    pub body: Bytes,
    /// The body while it comes, for components that read it so. Others get none of it.
    pub stream: Option<RequestBody>,
    /// Who asks.
    pub caller: Caller,
    /// The request's trace; the host adds its spans.
    pub trace: Arc<Trace>,
    /// How many calls between functions lead here; 0 from outside.
    pub depth: u8,
    /// When whoever waits for the answer gives up, if that may be before the function's own deadline.
    pub deadline: Option<Deadline>,
}

/// What `handle` gave.
pub enum Answer {
    /// Everything at once.
    Whole(Response),
    /// Head now, chunks as the function makes them.
    Streaming(Streaming),
}

/// A whole response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// 200 to 599.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// A response under way.
pub struct Streaming {
    /// 200 to 599.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its chunks. Polling it runs the function on; dropping it ends the call. An error means: break the connection off.
    pub body: Pin<Box<dyn Stream<Item = Result<Bytes, CallError>> + Send>>,
}
