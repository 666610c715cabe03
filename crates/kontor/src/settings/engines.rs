//! Where data lives, if not in the data folder.

use serde::{Deserialize, Serialize};

/// Engines beside the embedded one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Engines {
    /// Statements, events, documents, keys and values, tokens and deployments are here if it is set, and any number of processes share
    /// them.
    pub postgres: Postgres,
}

impl Engines {
    /// Whether other programs may have the same store.
    pub fn are_shared(&self) -> bool {
        self.postgres.is_set()
    }
}

/// A PostgreSQL of version 14 or later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Postgres {
    /// Its address with the role that makes schemas and roles; empty if there is none.
    pub setup_url: String,
    /// Connections for queries of each function, in each process.
    pub readers_max: usize,
    /// A file with the authority whose certificates are believed; empty: the system's authorities.
    pub ca_file: String,
}

impl Default for Postgres {
    fn default() -> Self {
        Self { setup_url: String::new(), readers_max: 4, ca_file: String::new() }
    }
}

impl Postgres {
    /// Whether it is to be used.
    pub fn is_set(&self) -> bool {
        !self.setup_url.is_empty()
    }
}
