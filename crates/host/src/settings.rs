//! How the host is set up, and what each function may use.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use kontor_data::{
    Engine,
    documents::{DocumentEngine, DocumentLimits},
    keyvalue::{KeyValueEngine, KeyValueLimits},
};
use kontor_telemetry::Traces;

use crate::Metering;

/// How the host is set up.
pub struct Settings {
    /// Where compiled code is kept, by hash and engine.
    pub cache_folder: PathBuf,
    /// Where functions' databases and events live.
    pub engine: Arc<dyn Engine>,
    /// Where their documents live.
    pub documents: Arc<dyn DocumentEngine>,
    /// Where their entries live.
    pub keyvalue: Arc<dyn KeyValueEngine>,
    /// Limits for functions that have none of their own.
    pub limits: Limits,
    /// Limits by function name.
    pub function_limits: BTreeMap<String, Limits>,
    /// Configuration by function name and key.
    pub configuration: BTreeMap<String, BTreeMap<String, String>>,
    /// Where done traces go.
    pub traces: Arc<Traces>,
    /// Prices and budgets.
    pub metering: Metering,
    /// What functions need for requests of their own.
    pub outbound: Outbound,
}

/// What functions need for requests of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outbound {
    /// Authorities that are trusted beside those that browsers trust: certificates (DER).
    pub trusted_certificates: Vec<Vec<u8>>,
    /// Scopes that a function has when it calls others, by its name.
    pub scopes: BTreeMap<String, Vec<String>>,
}

impl Settings {
    /// The limits that hold for a function.
    pub(crate) fn limits_of(&self, function: &str) -> &Limits {
        self.function_limits.get(function).unwrap_or(&self.limits)
    }
}

/// Limits of one function. Defaults are the documented ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// All linear memories and tables of an instance together, bytes.
    pub memory_max_bytes: usize,
    /// Wall clock of one call, waiting for its turn included.
    pub deadline: Duration,
    /// CPU of one call: the time in which its guest, or the host on its behalf, was at work. Waiting does not count.
    pub cpu: Duration,
    /// Request body, bytes; the edge checks it before the function sees a byte.
    pub request_max_bytes: usize,
    /// Response body, bytes.
    pub response_max_bytes: usize,
    /// Body of a request that the function sends, bytes.
    pub outbound_request_max_bytes: usize,
    /// Body of an answer that it gets, bytes.
    pub outbound_response_max_bytes: usize,
    /// Calls at once.
    pub in_flight_max: usize,
    /// Calls that wait; past it 503.
    pub queue_max: usize,
    /// Calls one instance serves, for functions whose reuse is granted; spread by up to a quarter.
    pub reuse_max: u32,
    /// The database's.
    pub data: kontor_data::Limits,
    /// The documents'.
    pub documents: DocumentLimits,
    /// The entries'.
    pub keyvalue: KeyValueLimits,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Self {
            memory_max_bytes: 64 * MIB,
            deadline: Duration::from_secs(10),
            cpu: Duration::from_secs(1),
            request_max_bytes: MIB,
            response_max_bytes: 8 * MIB,
            outbound_request_max_bytes: 8 * MIB,
            outbound_response_max_bytes: 8 * MIB,
            in_flight_max: 256,
            queue_max: 512,
            reuse_max: 1000,
            data: kontor_data::Limits::default(),
            documents: DocumentLimits::default(),
            keyvalue: KeyValueLimits::default(),
        }
    }
}

/// Whether a function came with the program or was put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Part of the program: everything it asks for is granted, reuse included.
    Bundled,
    /// Dropped in by the operator.
    Dropped,
}
