//! Events between functions, as the world outside sees them.

mod forged;
mod waiting;
