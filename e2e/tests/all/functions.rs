//! Functions that come and go while the program serves.

mod deploy;
pub mod drop_in;
mod neighbours;
mod standard;
pub mod stores;
