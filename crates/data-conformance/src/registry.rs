//! Cases of what Kontor itself remembers.

pub mod deployments;
pub mod tokens;
pub mod usage;
