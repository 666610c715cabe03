//! The host with a real component in it. The component is `tests/guests`: it does what its path says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test whose set-up fails shall end there and say why"
)]

mod calls;
mod data;
mod delivery;
mod deployments;
mod fairness;
mod hostile;
mod limits;
mod loading;
mod metering;
mod outbound;
mod pool;
mod sandbox;
mod schedules;
mod server;
mod setup;
mod standard;
mod stores;
mod streaming;
