//! Invoices: from what a caller sends to what is frozen.
//!
//! [`check_json`] takes a draft and the seller and gives the whole [`Invoice`], or every [`Violation`] at once. What only
//! the registering batch knows (number, issue time, balance used) joins it in a [`Document`]. [`cancel`], [`correct`] and
//! [`replace`] make the invoices that are about another one.
//!
//! Rules are sorted into files by what they are about: `parties`, `delivery`, `lines`, `allowances`, `groups` and
//! `categories`, `payment`, `small_amount`; `pricing` is the arithmetic. Each rule has a stable code: those of EN 16931
//! (`BR-…`), of the law (`UStG-…`, `UStDV-…`), or words of Kontor's own.
//!
//! Of § 14 (4) UStG, numbers 1, 2 and 5 to 9 are rules here; 3 and 4, date and number, are what the registration finds.
//! Number 10 is about invoices that a buyer makes out to himself ("Gutschrift", type 389): a shop sells, so there are none,
//! and the word is on no invoice of these.

mod allowances;
mod cancellation;
mod categories;
mod check;
mod correction;
mod delivery;
mod document;
mod frozen;
mod groups;
mod head;
pub mod limits;
mod lines;
mod make;
pub mod object;
mod parties;
pub mod party;
mod payment;
mod pricing;
mod small_amount;
mod totals;
mod vat_id;

pub use cancellation::cancel;
pub use correction::{Earlier, correct, replace};
pub use document::{Document, Numbering};
pub use head::Request;
pub use make::{Accepted, Defaults, check, check_json, check_json_with};
pub use object::{Invoice, Kind};
pub use party::{Buyer, Seller};
pub use pricing::Group;

use crate::category::Category;

/// The categories of some groups, each once.
fn categories_of(groups: &[Group]) -> impl Iterator<Item = Category> + '_ {
    Category::ALL.into_iter().filter(|category| groups.iter().any(|group| group.category == *category))
}
