//! What this engine alone does. What every engine has to do is in `data-conformance`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod append_only;
mod events;
mod limits;
mod model;
mod refused;
mod shop;
mod types;
