//! How much of anything one listener takes.

use std::time::Duration;

/// Limits of a listener. All are on by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeLimits {
    /// Request line and header fields of one request together, bytes; past it 431.
    pub headers_max_bytes: usize,
    /// From a request's first byte to the end of its head, and from the connection to the first byte; past it the
    /// connection is closed.
    pub header_read_timeout: Duration,
    /// From the end of the head to the end of the body; past it 408.
    pub body_read_timeout: Duration,
    /// How long a client may not take a byte of its answer; past it the connection is closed.
    pub write_timeout: Duration,
    /// How long a connection may wait for its next request; past it the connection is closed.
    pub idle_timeout: Duration,
    /// Connections at once; past it a new one is answered 503 and closed.
    pub connections_max: usize,
    /// How long requests under way may take to finish when the listener stops; then they are broken off.
    pub drain_deadline: Duration,
}

impl Default for EdgeLimits {
    fn default() -> Self {
        Self {
            headers_max_bytes: 64 << 10,
            header_read_timeout: Duration::from_secs(10),
            body_read_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            connections_max: 10_000,
            drain_deadline: Duration::from_secs(10),
        }
    }
}

impl EdgeLimits {
    /// The shortest of the waits: how often a connection has to look at its clock.
    pub(crate) fn shortest_wait(&self) -> Duration {
        [self.header_read_timeout, self.body_read_timeout, self.write_timeout, self.idle_timeout]
            .into_iter()
            .min()
            .unwrap_or(self.header_read_timeout)
    }
}
