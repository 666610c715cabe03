//! Functions that come and go while the program serves.

mod deploy;
pub mod drop_in;
mod neighbours;
pub mod stores;
