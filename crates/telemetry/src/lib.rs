//! Traces and metrics, cheap enough for every request: no lock that is shared between requests on the way, no string
//! made for a number.

pub mod histogram;
pub mod metrics;
pub mod trace;

pub use histogram::Histogram;
pub use metrics::{Counter, Endpoint, Gauge, Work, gb_seconds, memory_page_us};
pub use trace::{FinishedTrace, Span, SpanName, Trace, TraceId, Traces};
