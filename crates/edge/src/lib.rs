//! HTTP in: listeners, virtual hosts, static pages, limits, identity, problem responses.
//!
//! The way of a request: [`listener`] takes the connection and keeps its clock; [`Edge`] finds the host and the
//! operation, checks who asks, reads the body, calls the function and writes its answer. What no function answers is a
//! page, the documentation, or a problem that says what to do.

mod access;
pub mod address;
pub mod admin;
mod authority;
pub mod body;
mod codings;
mod conditional;
mod dispatch;
mod documents;
mod edge;
pub mod figures;
mod forwarded;
pub mod functions;
mod identity;
mod internal;
pub mod limits;
pub mod listener;
mod marks;
pub mod network;
pub mod pages;
pub mod problem;
pub mod receive;
mod room;
mod routes;
mod security;
pub mod settings;
mod site;
mod target;
#[cfg(test)]
mod tests;
pub mod tokens;
mod translate;
pub mod waiting;

pub use access::scopes;
pub use address::Address;
pub use body::Body;
pub use edge::Edge;
pub use figures::Figures;
pub use limits::EdgeLimits;
pub use listener::{Answering, Connection, Routed, serve};
pub use network::Network;
pub use pages::{File, Page, Pages};
pub use settings::{Mount, Settings};
pub use tokens::Tokens;
