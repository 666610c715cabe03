//! What the engines on database servers share, whichever server it is.
//!
//! A function's batches wait for a lane ([`lane`]), which takes whatever is queued into one transaction, commits once and
//! then answers everybody; batches that keep losing have a lane of their own ([`heat`]). Queries run on a pool of
//! connections ([`pool`]). Leases of events are rows, so that processes share the deliveries, and a watch frees what dead
//! processes held ([`watch`]). [`ServerDatabase`] is the ports in front of all that.
//!
//! An engine says how its server is talked to ([`session`]): how one connects, how statements run and a transaction ends,
//! where events and records lie. It decides nothing about groups, retries or answers.

mod checked;
mod database;
mod failure;
mod heat;
pub mod ids;
mod lane;
mod pool;
mod readers;
pub mod session;
mod shared;
mod watch;

pub use checked::CheckedTexts;
pub use database::ServerDatabase;
pub use failure::{Failure, chain};
pub use lane::{Asked, Asking, Before, Closed, Closing, Done, Record, guarded};
pub use pool::Pool;
pub use session::{Keeping, Reading, Session, Writing};
pub use shared::{Change, Shared, State};
