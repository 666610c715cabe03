//! The ledger: double entry in minor units, for each currency and customer by itself.
//!
//! Every operation posts entries that sum to zero ([`Posting`]); debits are above zero. An invoice's account
//! ([`InvoiceAccount`]) says what of it is open, and from it follows its [`State`], which nobody sets: each operation adds a
//! [`Change`] to the history, with when, who and why. A customer's balance is what the seller owes him; no operation takes
//! it below zero, and a refusal names what there is.
//!
//! Nothing is stored here. Whoever applies an operation commits account, entries and change together, guarded by the
//! account's version and by the balance, because others may do the same at the same time.

mod account;
mod balance;
mod operation;
mod posting;
mod refusal;
mod state;

pub use account::{InvoiceAccount, Sums};
pub use balance::{balance_used, deposit, pay_out};
pub use operation::{Applied, Operation, register};
pub use posting::{Account, Entry, Posting};
pub use refusal::Refusal;
pub use state::{Change, State, Why};
