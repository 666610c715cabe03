//! The same shop on a server engine.

mod postgres;
