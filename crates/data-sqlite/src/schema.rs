//! Portable migrations on SQLite: rendered, run once, and never changed afterwards.

mod catalogue;
mod migrate;
mod protection;
mod render;

pub(crate) use catalogue::Catalogue;
pub(crate) use migrate::migrate;
pub(crate) use protection::unprotected;
pub(crate) use render::append_only;
