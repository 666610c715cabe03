//! What happens to invoices after their registration, and customers' balances.
//!
//! A row of the history is a posting and a change of state at once. An invoice's account is summed up from its rows each
//! time: there is no second truth beside them. Whoever adds a row names its version, so two that have read the same account
//! cannot both go on from it; the later one reads again. Balances are guarded by themselves, in the same batch.

mod account;
mod balance;
mod history;
mod operate;

pub use account::Book;
pub use balance::{balance_of, balance_too_small, book_balance, get_balance, opening};
pub use history::get_history;
pub(crate) use operate::{Posted, again, applied, post, repeated};
pub use operate::{charge_back, pay, refund, use_balance};

use kontor_rules::ledger::Refusal;
use kontor_sdk::{Fault, Problem};

/// Why the ledger refuses: 422 if the request is wrong, 409 if it is the state that it meets.
#[must_use]
pub fn refused(refusal: &Refusal) -> Problem {
    let (status, title) = if refusal.is_invalid() {
        (422, "The request is not what this takes")
    } else {
        (409, "The state does not allow it")
    };
    let detail = format!("{refusal}.");
    let fault = Fault {
        code: refusal.code().to_owned(),
        pointer: if matches!(refusal, Refusal::NotSaid { .. }) { "/why" } else { "/amount" }.to_owned(),
        detail: detail.clone(),
        hint: None,
    };
    let problem = Problem::new(status, refusal.code(), title).detail(detail);
    if status == 422 { problem.faults(vec![fault]) } else { problem }
}
