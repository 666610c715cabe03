//! What a listener counts besides the functions' own endpoints.

use kontor_telemetry::{Counter, Endpoint, Gauge};

/// Figures of a listener, for `/metrics` and the dashboard. What matched an operation is counted there
/// (`Version::endpoint`), and nowhere twice.
#[derive(Debug, Default)]
pub struct Figures {
    /// Connections that are open.
    pub connections: Gauge,
    /// Connections turned away because there were too many.
    pub connections_refused: Counter,
    /// Pages, documentation and their files.
    pub pages: Endpoint,
    /// What reached neither a function nor a page: unknown hosts and paths, wrong methods, heads too large.
    pub unmatched: Endpoint,
}
