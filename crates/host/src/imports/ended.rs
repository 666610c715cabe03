//! What a call of a store leaves behind: a span of its trace, and a line of the log if the store is away.

use std::time::Instant;

use super::{HOST_CALL, outage::Outage};
use crate::runtime::State;

/// What refuses.
#[derive(Debug, Clone, Copy)]
pub(super) enum Port {
    Sql,
    Documents,
    KeyValue,
}

impl Port {
    /// As the contract calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Documents => "documents",
            Self::KeyValue => "keyvalue",
        }
    }
}

/// An error that may mean that a store is away.
pub(super) trait Refusal {
    /// Why the store is away, for the operator alone; none if the error is the function's own business.
    fn reason(&self) -> Option<&str>;
}

macro_rules! refusal {
    ($($error:ident),+) => {$(
        impl Refusal for kontor_data::$error {
            fn reason(&self) -> Option<&str> {
                match self {
                    Self::Unavailable(reason) | Self::Other(reason) => Some(reason),
                    _ => None,
                }
            }
        }
    )+};
}

refusal!(SqlError, DocumentError, KeyValueError);

impl State {
    /// A host call that began at `start` has ended: a span of its trace.
    pub(super) fn call_ended(&self, span: &'static str, start: Instant) {
        self.span(span, HOST_CALL, start, start.elapsed());
    }

    /// Passes a result on; the reason of an outage goes to the log.
    pub(super) fn heard<T, E: Refusal>(&self, port: Port, outage: &Outage, result: Result<T, E>) -> Result<T, E> {
        let (function, port) = (&self.facts.function, port.name());
        match &result {
            Ok(_) => {
                if let Some(refusals) = outage.worked() {
                    tracing::info!(%function, refusals, "{port} works again");
                }
            }
            Err(error) => {
                if let Some(reason) = error.reason()
                    && let Some(refusals) = outage.refused(Instant::now())
                {
                    let trace_id = self.current.trace_id.as_str();
                    tracing::warn!(%function, trace_id, reason, refusals, "{port} failed");
                }
            }
        }
        result
    }
}
