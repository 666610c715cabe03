//! What a function says of itself.

use serde::{Deserialize, Serialize};

use crate::{collection::Collection, schema::Migration};

/// What `describe` returns, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The function's name: also its virtual host, its database and its event source. `[a-z][a-z0-9-]{0,39}`.
    pub name: String,
    /// The function's own version, for people; the host tells versions apart by their hash.
    pub version: String,
    /// OpenAPI 3.1. Its paths are the function's routes, its `operationId`s the operations' names; an operation's
    /// `security` with the scheme `service` names the scopes that a caller must have.
    pub openapi: serde_json::Value,
    /// Names of the events that `on-event` wants. The subscription outlives the component.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<Subscription>,
    /// When `on-schedule` is called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<Schedule>,
    /// The database the function needs; none if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<SqlNeeds>,
    /// Collections of documents of the function's own. A later version may add some, and paths and indexes to those that are
    /// there; a policy, a shard key and the type of a path never change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<Collection>,
    /// Names of the function's own buckets of keys and values: `[a-z][a-z0-9_]{0,49}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<String>,
    /// Configuration keys that the function may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configuration: Vec<ConfigurationKey>,
    /// Hosts that the function sends requests to: `api.example.com`, `*.example.com`, `api.example.com:8443`,
    /// `10.0.0.5:8080`. Without a port it is the usual one of `http` and `https`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<String>,
    /// Functions that it calls at `http://NAME.internal/`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<String>,
    /// Whether one instance may serve several calls, one after the other. A wish: the operator grants it.
    #[serde(default)]
    pub reuse: bool,
    /// What of its configuration the function cannot use. `describe` is called twice: first with nothing at hand, which
    /// says which keys there are, and if there are any, once more with their values. The second answer counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub misconfigured: Vec<ConfigurationFault>,
}

/// An event that a function wants to get.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The function whose event it is, for example `sales`.
    pub source: String,
    /// The event's name, for example `sale.made`.
    pub name: String,
}

/// Something that a function does at certain times.
///
/// Each moment is begun once, over restarts too. Of moments that were missed, the last one is made up for within 24 hours.
/// Runs of one schedule never overlap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// What `on-schedule` is told; unique within the function, at most 100 bytes.
    pub name: String,
    /// Minute, hour, day of the month, month, day of the week, as in crontab(5): for example `30 2 * * 1-5`.
    pub cron: String,
    /// IANA name of the time zone that the expression is meant in, for example `Europe/Berlin`.
    pub time_zone: String,
}

/// The database that a function needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlNeeds {
    /// Numbered from 1 without gaps, forward only. A migration that ran must never change.
    pub migrations: Vec<Migration>,
}

/// A configuration key of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigurationKey {
    /// For example `currency`. `[a-z][a-z0-9_]{0,59}`.
    pub key: String,
    /// What it means, its unit and shape; shown to the operator.
    pub description: String,
    /// Used if the operator sets nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// A configuration key that a function cannot use as it is. If the operator set it, the function does not go live; if
/// nobody did, it goes live and what needs the key waits, and the operator is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigurationFault {
    /// One of the manifest's keys.
    pub key: String,
    /// What is wrong, and what to write instead.
    pub what: String,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// What is wrong and where, if the text is no manifest.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}
