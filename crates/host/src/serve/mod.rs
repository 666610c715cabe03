//! Calls of functions: their turn, their instance, their limits, their end.

mod admission;
pub(crate) mod deliver;
mod handle;
pub(crate) mod head;
mod idle;
mod standard;
mod streaming;

pub(crate) use admission::Admission;
pub(crate) use idle::Idle;
