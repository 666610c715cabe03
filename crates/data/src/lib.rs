//! The ports: what `sql` and `events` mean on every engine. Types, errors, limits and rules; no I/O.
//!
//! An engine implements [`Engine`] (opens databases), [`Sql`] (statements and batches), [`Outbox`] (events on their way)
//! and [`Registry`] (what Kontor itself has to remember). One place, here, says what an error means; engines only
//! translate.

pub mod engine;
pub mod error;
pub mod limits;
pub mod outbox;
pub mod registry;
pub mod rules;
pub mod sql;
pub mod statement;

use std::{future::Future, pin::Pin};

pub use engine::{Database, Engine, Health, OpenError};
pub use error::SqlError;
pub use limits::Limits;
pub use outbox::{Backlog, DeadLetter, Delivery, DeliveryId, NewEvent, Outbox, Waiting};
pub use registry::{
    DEPLOYMENTS_KEPT, Deployment, Desired, Registry, RegistryError, Run, Spent, Token, USAGE_KEPT_HOURS, Usage, Used,
};
pub use sql::{Batch, Executed, Idempotency, Outcome, Rows, Sql, Statement, Value, ValueType};

/// A future that a port returns.
pub type Async<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
