//! The business without I/O: no clock, no database, no wasm. Everything in here is a pure function of its parameters.
//!
//! Money is integers in minor units of its currency everywhere; nothing is ever a floating-point number.
//!
//! - [`money`], [`tax`], [`decimal`], [`date`], [`category`], [`codes`]: what everything is made of
//! - [`draft`] → [`invoice`]: from what a caller sends to what is frozen, or every [`Violation`] at once
//! - [`seal`]: canonical JSON, Merkle trees, proofs and the chain of seals
//! - [`ledger`]: what happens to an invoice afterwards: entries that sum to zero, states with their history, the balance

pub mod category;
pub mod choice;
pub mod codes;
pub mod date;
pub mod decimal;
pub mod draft;
pub mod invoice;
pub mod ledger;
pub mod money;
mod read;
pub mod seal;
pub mod tax;
mod text_form;
pub mod violation;

pub use category::Category;
pub use date::Date;
pub use decimal::Decimal;
pub use draft::Draft;
pub use invoice::{Accepted, Document, Invoice, Seller};
pub use money::{Currency, MoneyError};
pub use tax::{Rate, Split};
pub use violation::Violation;
