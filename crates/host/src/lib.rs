//! Runs functions: load, check, pool, deadlines, memory, event delivery. Only here is wasmtime named.
//!
//! [`Host::put_live`] takes a component through hash, compile (cached), type check, `describe`, its database and its
//! subscriptions, and swaps it in. [`Host::handle`] calls it within its limits. Deliveries of events run by themselves
//! and yield to calls.

mod call;
mod delivery;
mod error;
mod figures;
mod host;
mod imports;
mod load;
mod runtime;
mod serve;
mod settings;
mod version;

pub use call::{Answer, Call, Caller, Identity, Response, Streaming};
pub use error::{CallError, LoadError};
pub use host::{Host, Live};
pub use settings::{Limits, Origin, Settings};
pub use version::{PoolFigures, Version};
