//! The same shop on a server engine.

mod one_chain;
mod postgres;
