//! The same shop on a server engine.

mod mariadb;
mod one_chain;
mod postgres;
