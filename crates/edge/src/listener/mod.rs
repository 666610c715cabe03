//! Takes connections, keeps their clocks, and lets them go in an orderly way. The public and the admin listener share
//! it.

mod accept;
mod connection;
mod drive;
mod routed;
mod stages;
mod watched;

#[cfg(test)]
pub(crate) use accept::serve_in;
pub use accept::{Answering, serve};
pub use connection::Connection;
pub use routed::Routed;
