//! The same shop on a server engine.

mod mongodb;
mod postgres;
