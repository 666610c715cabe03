//! What a guest can call: one file per interface of the contract.

pub(crate) mod answer;
mod config;
mod documents;
mod ended;
mod events;
mod http;
mod keyvalue;
mod log;
pub(crate) mod outage;
mod sql;
pub(crate) mod stdio;
mod value;

/// How deep a host call is in a trace: below the edge and the function.
pub(crate) const HOST_CALL: u8 = 2;

/// The interface of shapes alone: it has no functions.
impl crate::runtime::bindings::kontor::function::types::Host for crate::runtime::State {}
