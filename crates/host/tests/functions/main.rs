//! The host with a real component in it. The component is `tests/guests`: it does what its path says.

mod data;
mod delivery;
mod limits;
mod loading;
mod pool;
mod sandbox;
mod setup;
mod streaming;
