//! An invoice's account, summed up from its history.

use kontor_rules::{
    Date, Document,
    ledger::{InvoiceAccount, State, Sums},
};
use kontor_sdk::{
    Problem, log, row,
    sql::{self, Statement, Timestamp},
};

use crate::registration::{Row, select};

row! {
    /// A row of the history.
    pub struct Change {
        version: i64,
        at: Timestamp,
        operation: String,
        state: String,
        by: String,
        why: String,
        document: Option<String>,
        receivable: i64,
        balance: i64,
        revenue: i64,
        vat: i64,
        cash: i64,
        rounding: i64,
    }
}

/// An invoice with all that happened to it.
pub struct Book {
    /// The invoice.
    pub document: Document,
    /// What happened, oldest first.
    pub changes: Vec<Change>,
    /// What came of it.
    pub account: InvoiceAccount,
    /// Seconds that the seller is ahead of UTC.
    pub utc_offset: i32,
}

impl Change {
    fn sums(&self) -> Sums {
        Sums { net: self.revenue, tax: self.vat, rounding: self.rounding }
    }
}

impl Book {
    /// Reads it; none if there is no such invoice.
    ///
    /// # Errors
    /// See [`sql::Error`]; 500 for a broken store.
    pub fn read(id: &str) -> Result<Option<Self>, Problem> {
        let Some(row) = Statement::new(select!("WHERE r.id = $1")).bind(id).first::<Row>()? else { return Ok(None) };
        let utc_offset = i32::try_from(row.utc_offset).unwrap_or_default();
        let document = row.into_document()?;
        let changes = Self::changes(id)?;
        let account = summed_up(&document, &changes, utc_offset).ok_or_else(|| {
            log::error(&format!("the history of invoice {id} cannot be read"));
            Problem::new(500, "function-failed", "The function failed")
        })?;
        Ok(Some(Self { document, changes, account, utc_offset }))
    }

    fn changes(id: &str) -> Result<Vec<Change>, sql::Error> {
        Statement::new(
            "SELECT version, at, operation, state, by_whom, why, document, receivable, balance, revenue, vat, cash, rounding \
             FROM history WHERE invoice = $1 ORDER BY version",
        )
        .bind(id)
        .rows()
    }

    /// The version of the newest row.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.changes.last().map_or(0, |change| change.version)
    }

    /// The state of a moment.
    #[must_use]
    pub fn state_at(&self, now: i64) -> State {
        self.account.state(self.day_of(now))
    }

    /// The day of a moment where the seller was when the invoice was issued.
    #[must_use]
    pub fn day_of(&self, now: i64) -> Date {
        Date::of_moment(now, self.utc_offset).unwrap_or(self.document.numbering.issued_on)
    }
}

/// Applies the rows from the first to the last. None if one of them is no operation there is.
fn summed_up(document: &Document, changes: &[Change], utc_offset: i32) -> Option<InvoiceAccount> {
    let nothing = Sums::default();
    let issued_on = document.numbering.issued_on;
    let sums = if document.invoice.kind.is_credit() { nothing } else { Sums::of(&document.invoice) };
    let mut account = InvoiceAccount {
        sums,
        credited: nothing,
        deducted: nothing,
        balance_used: document.numbering.balance_used,
        paid: 0,
        overpaid: 0,
        returned: 0,
        refunded: 0,
        refunded_before: 0,
        cancelled: false,
        due_on: document.due_on,
        changed_on: issued_on,
    };
    for change in changes {
        account.changed_on = account.changed_on.max(Date::of_moment(change.at.0, utc_offset)?);
        let back = change.sums();
        let plus = |one: Sums| Sums {
            net: one.net + back.net,
            tax: one.tax + back.tax,
            rounding: one.rounding + back.rounding,
        };
        match change.operation.as_str() {
            "registration" | "day_change" => {}
            "payment" => {
                account.paid += change.cash;
                account.overpaid -= change.balance;
            }
            "balance_use" => account.balance_used += change.balance,
            "refund" => account.refunded += change.balance,
            "chargeback" => account.paid += change.cash,
            "skonto" => account.deducted = plus(account.deducted),
            "correction" | "cancellation" => {
                account.credited = plus(account.credited);
                account.returned -= change.balance;
                if change.operation == "cancellation" {
                    account.cancelled = true;
                    account.refunded_before = account.refunded;
                }
            }
            _ => return None,
        }
    }
    Some(account)
}
