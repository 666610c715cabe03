//! Everything around one instance of a component: the engine it runs on, its store, and what bounds it.

pub(crate) mod bindings;
pub(crate) mod engine;
pub(crate) mod exchange;
pub(crate) mod instance;
pub(crate) mod lines;
pub(crate) mod memory;
pub(crate) mod meter;
pub(crate) mod program;
pub(crate) mod slices;
mod standard;
pub(crate) mod state;
mod ticker;

pub(crate) use engine::Runtime;
pub(crate) use instance::Instance;
pub(crate) use program::{Exports, Program};
pub(crate) use state::{Facts, State};
