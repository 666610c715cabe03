//! What the ports promise, shown on a real server. A shop: sales, a running total, tickets of which each is sold once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod append_only;
mod atomicity;
mod events;
mod idempotency;
mod isolation;
mod killed;
mod limits;
mod migrations;
mod model;
mod outage;
mod processes;
mod proxy;
mod refused;
mod registry;
mod scarce;
mod server;
mod shop;
mod types;
