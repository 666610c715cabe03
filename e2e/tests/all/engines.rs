//! The same shop on a server engine.

mod mongodb;
mod one_chain;
mod postgres;
