//! Functions that come and go while the program serves.

mod deploy;
mod documents;
pub mod drop_in;
mod elsewhere;
mod neighbours;
pub mod new;
mod signed;
mod standard;
pub mod stores;
