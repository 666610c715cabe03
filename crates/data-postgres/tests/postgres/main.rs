//! What only this engine does or only this server can, on a real one; what the ports promise is shown by the suite of every engine. A shop: sales, a running total, tickets of which each is sold once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod append_only;
mod documents;
mod events;
mod isolation;
mod killed;
mod limits;
mod outage;
mod processes;
mod proxy;
mod refused;
mod registry;
mod scarce;
mod server;
mod shop;
mod tls;
