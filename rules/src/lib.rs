//! The business without I/O: no clock, no database, no wasm. Everything in here is a pure function of its parameters.
//!
//! Money is integers in minor units of its currency everywhere; nothing is ever a floating-point number.
//!
//! - [`money`], [`tax`], [`decimal`], [`date`], [`category`], [`codes`]: what everything is made of
//! - [`draft`] → [`invoice`]: from what a caller sends to what is frozen, or every [`Violation`] at once
//! - [`seal`]: canonical JSON, Merkle trees, proofs and the chain of seals
//! - [`series`]: patterns of invoice numbers that cannot collide
//! - [`ledger`]: what happens to an invoice afterwards: entries that sum to zero, states with their history, the balance
//!
//! # An invoice, from draft to seal
//!
//! What a function does with it: check the draft, hash what is frozen, and commit registration, entries and history in one
//! batch, which finds number, time and the balance used.
//!
//! ```
//! use kontor_rules::{Seller, invoice, ledger, seal};
//!
//! let seller = Seller {
//!     name: "Beispiel GmbH".into(),
//!     street: "Musterweg 1".into(),
//!     zip: "10115".into(),
//!     city: "Berlin".into(),
//!     country: "DE".into(),
//!     vat_id: Some("DE123456789".into()),
//!     ..Seller::default()
//! };
//! let draft = br#"{
//!     "login": "guest-1", "currency": "EUR", "pricing": "gross", "delivery": {"date": "2026-11-21"},
//!     "lines": [{"name": "basic", "quantity": 4, "unit_price": "19.00", "rate": "19"}]
//! }"#;
//! let accepted = invoice::check_json(draft, &seller).expect("every rule is kept");
//! assert_eq!((accepted.invoice.net, accepted.invoice.tax, accepted.invoice.gross), (6387, 1213, 7600));
//!
//! let body = accepted.invoice.frozen().expect("its numbers are integers");
//! let hash = seal::Hash::of(body.as_bytes());
//!
//! let sums = ledger::Sums::of(&accepted.invoice);
//! let balance = 600;
//! let used = ledger::balance_used(accepted.request.use_balance, balance, sums.total()).expect("nothing is asked for");
//! let today = "2026-11-21".parse().expect("a date");
//! let registered = ledger::register(sums, used, None, today).expect("the sums are inside their limits");
//! assert_eq!((registered.posting.sum(), registered.to), (0, ledger::State::Registered));
//!
//! let wrong = br#"{"login": "guest-1", "currency": "EUR", "pricing": "gross", "lines": [{"name": "basic", "rate": "19"}]}"#;
//! let violations = invoice::check_json(wrong, &seller).expect_err("three things are missing");
//! let codes: Vec<_> = violations.iter().map(|violation| (violation.code, violation.pointer.as_str())).collect();
//! assert_eq!(codes, [("UStG-14-4-6", "/delivery"), ("BR-22", "/lines/0/quantity"), ("BR-26", "/lines/0/unit_price")]);
//! # let _ = hash;
//! ```

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
pub mod series;
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
