//! Cases of the port `sql`.

pub mod append_only;
pub mod atomicity;
pub mod idempotency;
pub mod isolation;
pub mod limits;
pub mod model;
pub mod network;
pub mod refused;
pub mod restart;
pub mod types;
