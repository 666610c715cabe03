//! Runs functions: load, check, pool, deadlines, memory, event delivery. Only here is wasmtime named.
//!
//! SKELETON: the signatures are the seam to `edge` and `kontor`.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use kontor_contract::Manifest;
use kontor_data::{Database, Engine};
use kontor_telemetry::{Endpoint, Gauge, Trace, Traces};

/// How the host is set up.
pub struct Settings {
    /// Where compiled code is kept, by hash and engine.
    pub cache_folder: PathBuf,
    /// Where functions' data lives.
    pub engine: Arc<dyn Engine>,
    /// Limits for functions that have none of their own.
    pub limits: Limits,
    /// Limits by function name.
    pub function_limits: BTreeMap<String, Limits>,
    /// Configuration by function name and key.
    pub configuration: BTreeMap<String, BTreeMap<String, String>>,
    /// Where done traces go.
    pub traces: Arc<Traces>,
}

/// Limits of one function. Defaults are the documented ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// All linear memories of an instance together, bytes.
    pub memory_max_bytes: usize,
    /// Wall clock of one call.
    pub deadline: Duration,
    /// CPU of one call.
    pub cpu: Duration,
    /// Request body, bytes; the edge checks it before the function sees a byte.
    pub request_max_bytes: usize,
    /// Response body, bytes.
    pub response_max_bytes: usize,
    /// Calls at once.
    pub in_flight_max: usize,
    /// Calls that wait; past it 503.
    pub queue_max: usize,
    /// Calls one instance serves, for functions whose reuse is granted; spread by up to a quarter.
    pub reuse_max: u32,
    /// The database's.
    pub data: kontor_data::Limits,
}

/// Whether a function came with the program or was put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Part of the program: everything it asks for is granted, reuse included.
    Bundled,
    /// Dropped in by the operator.
    Dropped,
}

/// The host.
pub struct Host {/* … */}

/// Everything that is live, in one piece: it never changes, it is replaced.
#[derive(Default, Clone)]
pub struct Live {
    /// By name.
    pub functions: BTreeMap<Arc<str>, Arc<Version>>,
}

/// One version of one function.
pub struct Version {/* … */}

impl Version {
    /// Its name.
    pub fn name(&self) -> &Arc<str> { todo!() }
    /// What it says of itself.
    pub fn manifest(&self) -> &Manifest { todo!() }
    /// SHA-256 of the component, hexadecimal.
    pub fn hash(&self) -> &str { todo!() }
    /// Its limits.
    pub fn limits(&self) -> &Limits { todo!() }
    /// Its database.
    pub fn database(&self) -> Option<&Arc<dyn Database>> { todo!() }
    /// Figures of one operation, by `operationId`; kept over versions.
    pub fn endpoint(&self, operation: &str) -> Arc<Endpoint> { todo!() }
    /// Figures of the instances.
    pub fn pool(&self) -> PoolFigures { todo!() }
}

/// Figures of a version's instances.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub struct PoolFigures {
    /// Instances that wait for work.
    pub idle: usize,
    /// Calls at work.
    pub in_flight: usize,
    /// Calls that wait.
    pub queued: usize,
    /// Instances made so far.
    pub made: u64,
    /// Traps, deadlines and memory refusals so far.
    pub retired: u64,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A visitor.
    Anonymous,
    /// A program with a service token: name and scopes.
    Service(Arc<Identity>),
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
    pub body: std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Bytes, CallError>> + Send>>,
}

/// Why a call gave no answer. What the client sees is the kind alone; what the log says stays inside.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// In-flight and queue limits are used up: 503.
    #[error("too many calls at once")]
    Overloaded,
    /// Wall clock: 504.
    #[error("the deadline of {0:?} passed")]
    Deadline(Duration),
    /// CPU: 504.
    #[error("used more than {0:?} of CPU")]
    Cpu(Duration),
    /// Trap: 500. The text is for the log alone.
    #[error("trapped: {0}")]
    Trap(String),
    /// No memory for an instance: 503.
    #[error("no room for an instance: {0}")]
    NoInstance(String),
    /// The response passed a limit or makes no sense: 500.
    #[error("bad response: {0}")]
    BadResponse(String),
    /// The host is stopping: 503.
    #[error("stopping")]
    Stopping,
}

/// Why a component does not go live. Each says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No component, or one that does not fit the world.
    #[error("{0}")]
    NotAFunction(String),
    /// `describe` failed or its manifest is wrong.
    #[error("{0}")]
    BadManifest(String),
    /// Its database does not open.
    #[error(transparent)]
    Data(#[from] kontor_data::OpenError),
    /// The cache cannot be used, or the engine not be made.
    #[error("{0}")]
    Host(String),
}

impl Host {
    /// Makes the engine. Cheap; no function is loaded yet.
    pub fn new(_settings: Settings) -> Result<Arc<Self>, LoadError> { todo!() }
    /// Hash, compile (cached), check, describe, open and migrate its database, swap in. The old version serves on until
    /// then, and finishes what it has.
    pub async fn put_live(self: &Arc<Self>, _component: Bytes, _origin: Origin) -> Result<Arc<Version>, LoadError> { todo!() }
    /// Takes a function out. Its database, its events and subscriptions stay. False if there was none.
    pub fn take_down(&self, _name: &str) -> bool { todo!() }
    /// What is live now, and a signal for each change.
    pub fn live(&self) -> tokio::sync::watch::Receiver<Arc<Live>> { todo!() }
    /// Calls a version. Cancel-safe: dropping the future ends the call and its instance; a batch that is queued commits.
    pub async fn handle(&self, _version: &Arc<Version>, _call: Call) -> Result<Answer, CallError> { todo!() }
    /// Databases by source, also of functions that are not live, for events and health.
    pub fn databases(&self) -> BTreeMap<String, Arc<dyn Database>> { todo!() }
    /// HTTP calls under way; event delivery yields to them.
    pub fn in_flight(&self) -> &Gauge { todo!() }
    /// Stops event delivery, refuses new calls, waits for those under way, closes the databases. At most `deadline`.
    pub async fn stop(&self, _deadline: Duration) { todo!() }
}
