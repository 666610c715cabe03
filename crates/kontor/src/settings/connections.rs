//! Limits of connections as `kontor.toml` has them. The defaults are the edge's.

use kontor_edge::EdgeLimits;
use serde::{Deserialize, Serialize};

use super::units::{Size, Time};

/// Limits of the public listener's connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Connections {
    /// Connections at once; past it 503.
    pub max: u32,
    /// Request line and headers of one request; past it 431.
    pub headers_max: Size,
    /// How long a request's head may take.
    pub header_read_timeout: Time,
    /// How long a request's body may take; past it 408.
    pub body_read_timeout: Time,
    /// How long a client may not take a byte of its answer.
    pub write_timeout: Time,
    /// How long a connection may wait for its next request.
    pub idle_timeout: Time,
}

impl Default for Connections {
    fn default() -> Self {
        let edge = EdgeLimits::default();
        Self {
            max: u32::try_from(edge.connections_max).unwrap_or(u32::MAX),
            headers_max: Size(edge.headers_max_bytes as u64),
            header_read_timeout: Time(edge.header_read_timeout),
            body_read_timeout: Time(edge.body_read_timeout),
            write_timeout: Time(edge.write_timeout),
            idle_timeout: Time(edge.idle_timeout),
        }
    }
}

impl Connections {
    /// As the edge takes them.
    pub fn for_edge(&self, drain_deadline: Time) -> EdgeLimits {
        EdgeLimits {
            headers_max_bytes: self.headers_max.bytes(),
            header_read_timeout: self.header_read_timeout.0,
            body_read_timeout: self.body_read_timeout.0,
            write_timeout: self.write_timeout.0,
            idle_timeout: self.idle_timeout.0,
            connections_max: self.max as usize,
            drain_deadline: drain_deadline.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_as_default_is_what_the_edge_does() {
        let edge = EdgeLimits::default();
        assert_eq!(Connections::default().for_edge(Time(edge.drain_deadline)), edge);
    }
}
