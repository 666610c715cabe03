//! The business without I/O: no clock, no database, no wasm. Everything in here is a pure function of its parameters.
//!
//! Money is integers in minor units of its currency everywhere; nothing is ever a floating-point number.

pub mod money;
pub mod tax;

pub use money::{Currency, MoneyError};
pub use tax::{Rate, Split};
