//! A call of `handle` and its answer, as the edge sees them.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use futures_util::Stream;
use kontor_telemetry::Trace;

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
    /// The whole body.
    pub body: Bytes,
    /// Who asks.
    pub caller: Caller,
    /// The request's trace; the host adds its spans.
    pub trace: Arc<Trace>,
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
