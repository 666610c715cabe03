//! The contract between host and functions: the WIT package beside this crate for the calls, [`Manifest`] for what
//! `describe` returns, [`schema`] for the portable tables and [`collection`] for the documents a manifest asks for, [`Problem`]
//! for how errors look to clients. Types without behaviour; everybody may depend on this and it depends on nobody.

pub mod collection;
pub mod manifest;
pub mod problem;
pub mod schema;

pub use collection::{Collection, IndexedPath, PathType, Policy};
pub use manifest::{ConfigurationFault, ConfigurationKey, Manifest, SqlNeeds};
pub use problem::{Fault, Problem};
