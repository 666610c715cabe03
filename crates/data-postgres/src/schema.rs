//! What is made with the setup identity: roles, schemas, the host's own tables, and a function's tables.

mod migrate;
mod provision;
mod render;

pub(crate) use migrate::migrate;
pub(crate) use provision::{LAYOUT, lock, prepare_database, provision, was_in_the_way};
