//! Seals as this function sees them: it has their tables and shows proofs. It never makes one: that takes the signing key,
//! which only the host's side holds, and what this function might insert there has no good signature.

mod proof;
mod tables;

pub use proof::get_proof;
pub use tables::migration;
