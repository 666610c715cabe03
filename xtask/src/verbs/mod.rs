//! One file per verb.

pub mod bench;
pub mod build;
pub mod engines;
pub mod function;
pub mod lint;
pub mod serve;
pub mod test;
pub mod torture;
