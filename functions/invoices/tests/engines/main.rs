//! What has to be so on every engine that invoices can lie in.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "the whole file is a test"
)]

mod books;
mod clerk;
mod hostile;
mod model;
mod stand;
