//! The seam to the host: in a component the contract's imports, natively whatever a test puts behind [`Backend`].

#[cfg(not(target_family = "wasm"))]
mod native;

#[cfg(not(target_family = "wasm"))]
pub use native::{
    Backend, Sink, begin_answer, config, documents, execute, install, keyvalue, log, now_us, publish, query, send,
};

#[cfg(target_family = "wasm")]
pub use crate::wasm::imports::{Sink, begin_answer, config, execute, log, now_us, publish, query, send};
#[cfg(target_family = "wasm")]
pub(crate) use crate::wasm::imports::{documents, keyvalue};
