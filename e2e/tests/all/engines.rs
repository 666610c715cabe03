//! The same shop on a server engine.

mod mariadb;
mod postgres;
