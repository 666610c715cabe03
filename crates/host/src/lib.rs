//! Runs functions: load, check, pool, deadlines, memory, event delivery. Only here is wasmtime named.
//!
//! [`Host::put_live`] takes a component through hash, compile (cached), type check, `describe`, its database and its
//! subscriptions, and swaps it in; [`Deployments`] decides what goes live. [`Host::handle`] calls it within its limits. Deliveries of events run by themselves
//! and yield to calls.

mod call;
mod delivery;
mod deployments;
mod error;
mod figures;
mod grants;
mod host;
mod imports;
mod load;
mod metering;
mod outbound;
mod runtime;
mod schedules;
mod serve;
mod settings;
mod stores;
mod version;

pub use call::{Answer, BodyFault, Call, Caller, Identity, RequestBody, Response, Streaming};
pub use deployments::{DeployError, Deployments, Failure, Granted, Installed};
pub use error::{CallError, LoadError};
pub use grants::{GRANTS, Grants, asks, is_grant};
pub use host::{Host, Live, Prepared};
pub use metering::{
    Accounts, Bill, Budget, BudgetRule, BudgetState, Metering, PICO, Tariff, UsedUp, VISITORS, WARN_PERCENT, Window,
    amount,
};
pub use outbound::{InternalCall, OutboundFigures, Router};
pub use schedules::{MISSED_MAX, ScheduleState, Schedules};
pub use settings::{Limits, Origin, Outbound, Settings};
pub use stores::StoreHealth;
pub use version::{PoolFigures, Version};
