//! The ports: what `sql`, `events`, `documents` and `keyvalue` mean on every engine. Types, errors, limits and rules; no I/O.
//!
//! An engine for `sql` and `events` implements [`Engine`] (opens databases), [`Sql`] (statements and batches), [`Outbox`]
//! (events on their way) and [`Registry`] (what Kontor itself has to remember); one for [`documents`] or [`keyvalue`] the
//! store that its module names. One place, [`error`], says what an error means; engines only translate.

pub mod doctor;
pub mod documents;
pub mod engine;
pub mod error;
pub mod finding;
pub mod keyvalue;
pub mod limits;
pub mod memory;
pub mod migration;
pub mod outbox;
pub mod outcomes;
pub mod registry;
pub mod rules;
pub mod sql;
pub mod statement;

use std::{future::Future, pin::Pin};

pub use engine::{Database, Engine, Health, OpenError};
pub use error::{DocumentError, KeyValueError, SqlError};
pub use finding::{Condition, Finding};
pub use limits::Limits;
pub use outbox::{Backlog, DeadLetter, Delivery, DeliveryId, NewEvent, Outbox, Waiting};
pub use registry::{
    DEPLOYMENTS_KEPT, Deployment, Desired, Registry, RegistryError, Run, Spent, Token, USAGE_KEPT_HOURS, Usage, Used,
};
pub use sql::{Batch, Executed, Idempotency, Outcome, Rows, Sql, Statement, Value, ValueType};

/// A future that a port returns.
pub type Async<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
