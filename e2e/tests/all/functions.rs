//! Functions that come and go while the program serves.

mod deploy;
mod drop_in;
mod neighbours;
