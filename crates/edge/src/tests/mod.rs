//! A whole edge on a real socket, with stand-ins for the functions.

mod client;
mod connections;
mod fake;
mod internal;
mod requests;
