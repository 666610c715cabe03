//! Where data lives, if not in the data folder.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// Engines beside the embedded one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Engines {
    /// Statements, events, documents, keys and values, tokens and deployments are here if it is set, and any number of processes share
    /// them.
    pub postgres: Postgres,
    /// The same on a MariaDB or MySQL.
    pub mysql: Mysql,
    /// Documents are here if it is set.
    pub mongodb: Mongodb,
    /// Keys and values are here if it is set, and nowhere else.
    pub redis: Redis,
}

impl Engines {
    /// Whether other programs may have the same store.
    pub fn are_shared(&self) -> bool {
        self.postgres.is_set() || self.mysql.is_set()
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

/// A MongoDB of version 5 or later: a replica set or a sharded cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mongodb {
    /// Its address with the user that functions' documents are written as; empty if there is none.
    pub url: String,
    /// Its address with the user that makes collections, indexes and shards; empty: the one of `url` does it.
    pub setup_url: String,
    /// Connections to each of its servers, in each process.
    pub connections_max: u32,
}

/// A Redis of version 7 or later, or a Valkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// Its address; empty if there is none.
    pub url: String,
    /// What all keys begin with.
    pub prefix: String,
}

impl Default for Postgres {
    fn default() -> Self {
        Self { setup_url: String::new(), readers_max: 4, ca_file: String::new() }
    }
}

impl Default for Mongodb {
    fn default() -> Self {
        Self { url: String::new(), setup_url: String::new(), connections_max: 32 }
    }
}

impl Default for Redis {
    fn default() -> Self {
        Self { url: String::new(), prefix: "kontor".to_owned() }
    }
}

impl Postgres {
    /// Whether it is to be used.
    pub fn is_set(&self) -> bool {
        !self.setup_url.is_empty()
    }
}

/// A MariaDB of version 10.6 or later, or a MySQL of 8.0.16 or later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mysql {
    /// Its address with the user who makes databases, users and roles; empty if there is none.
    pub setup_url: String,
    /// Connections for queries of each function, in each process.
    pub readers_max: usize,
}

impl Default for Mysql {
    fn default() -> Self {
        Self { setup_url: String::new(), readers_max: 4 }
    }
}

impl Mysql {
    /// Whether it is to be used.
    pub fn is_set(&self) -> bool {
        !self.setup_url.is_empty()
    }
}

impl Mongodb {
    /// Whether it is to be used.
    pub fn is_set(&self) -> bool {
        !self.url.is_empty()
    }
}

impl Redis {
    /// Whether it is to be used.
    pub fn is_set(&self) -> bool {
        !self.url.is_empty()
    }
}

impl Engines {
    /// Checks what belongs together.
    ///
    /// # Errors
    /// Says which key is missing.
    pub(super) fn check(&self) -> Result<()> {
        if !self.mongodb.is_set() && !self.mongodb.setup_url.is_empty() {
            bail!(
                "engines.mongodb: there is a setup_url and no url; name the user that functions' documents are written as"
            );
        }
        if self.mongodb.connections_max == 0 {
            bail!("engines.mongodb: connections_max is 0; at least one connection is needed");
        }
        Ok(())
    }

    /// Hides addresses, which hold passwords.
    pub(super) fn hide(&mut self) {
        let addresses = [
            &mut self.postgres.setup_url,
            &mut self.mysql.setup_url,
            &mut self.mongodb.url,
            &mut self.mongodb.setup_url,
            &mut self.redis.url,
        ];
        for address in addresses.into_iter().filter(|address| !address.is_empty()) {
            "(hidden)".clone_into(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Engines, Mongodb, Redis};

    #[test]
    fn addresses_are_hidden_and_what_is_not_set_stays_so() {
        let mut engines = Engines {
            mongodb: Mongodb { url: "mongodb://web:secret@one".to_owned(), ..Mongodb::default() },
            redis: Redis { url: "redis://:secret@one".to_owned(), ..Redis::default() },
            ..Engines::default()
        };
        engines.hide();
        assert_eq!((engines.mongodb.url.as_str(), engines.redis.url.as_str()), ("(hidden)", "(hidden)"));
        assert!(!engines.postgres.is_set() && engines.mongodb.setup_url.is_empty());
    }

    #[test]
    fn a_setup_user_alone_is_not_enough() {
        let mut engines = Engines::default();
        engines.check().unwrap();
        engines.mongodb.setup_url.push_str("mongodb://root@one");
        assert!(engines.check().unwrap_err().to_string().contains("no url"));
    }
}
