//! The same shop on a server engine.

mod mariadb;
mod mongodb;
mod one_chain;
mod postgres;
