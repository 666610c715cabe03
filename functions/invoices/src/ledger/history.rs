//! `GET /invoices/{id}/history`.

use kontor_rules::ledger::{Account, Entry, State};
use kontor_sdk::{Json, Path, Problem, log, time};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Book, account::Change};
use crate::list::{InvoiceId, NotThere, unknown_invoice};

/// What happened to an invoice.
#[derive(Serialize, ToSchema)]
pub struct History {
    /// The invoice's id.
    invoice: String,
    /// Its number.
    number: String,
    /// The state now: what the newest change says, or overdue by the clock.
    state: State,
    /// What is still to be paid, minor units.
    open: i64,
    /// Oldest first.
    changes: Vec<Event>,
}

/// A change.
#[derive(Serialize, ToSchema)]
pub struct Event {
    /// From 1 without gaps.
    version: i64,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    at: String,
    /// What was done.
    #[schema(example = "payment")]
    operation: String,
    /// The state since then.
    state: State,
    /// By whom.
    by: String,
    /// Why.
    why: String,
    /// The id of the cancellation or the credit that did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    /// What was posted, minor units; debits are above zero, and all of them sum to zero.
    entries: Vec<Entry>,
}

/// Answers `getInvoiceHistory`.
pub fn get_history(Path(asked): Path<InvoiceId>) -> Result<Json<History>, NotThere> {
    let book = Book::read(&asked.id)?.ok_or_else(|| unknown_invoice(&asked.id))?;
    let state = if book.document.is_original() { book.state_at(time::now_us()) } else { State::Registered };
    let open = book.account.open();
    let Book { document, changes, .. } = book;
    let numbering = document.numbering;
    let changes = changes.into_iter().map(event).collect::<Result<_, Problem>>()?;
    Ok(Json(History { invoice: numbering.id, number: numbering.number, state, open, changes }))
}

fn event(change: Change) -> Result<Event, Problem> {
    let accounts = [
        (Account::Receivable, change.receivable),
        (Account::Balance, change.balance),
        (Account::Revenue, change.revenue),
        (Account::Vat, change.vat),
        (Account::Cash, change.cash),
        (Account::Rounding, change.rounding),
    ];
    let entries = accounts.into_iter().filter(|(_, amount)| *amount != 0);
    let state = change.state.parse().map_err(|error| {
        log::error(&format!("a history has a state that is none: {error}"));
        Problem::new(500, "function-failed", "The function failed")
    })?;
    Ok(Event {
        version: change.version,
        at: time::rfc3339(change.at.0),
        operation: change.operation,
        state,
        by: change.by,
        why: change.why,
        document: change.document,
        entries: entries.map(|(account, amount)| Entry { account, amount }).collect(),
    })
}
