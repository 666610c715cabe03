//! What of an invoice is open.

use serde::{Deserialize, Serialize};

use super::{Refusal, State};
use crate::{date::Date, invoice::Invoice, money::AMOUNT_MAX};

/// The sums of an invoice that are posted, minor units. None is below zero but the rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sums {
    /// Without tax.
    pub net: i64,
    /// The tax.
    pub tax: i64,
    /// What cash rounding adds.
    pub rounding: i64,
}

impl Sums {
    /// The sums of an invoice, a cancellation or a credit.
    #[must_use]
    pub fn of(invoice: &Invoice) -> Self {
        Self { net: invoice.net, tax: invoice.tax, rounding: invoice.rounding }
    }

    /// All of it: what is to be paid, or taken back. Never below zero: rounding never makes a price negative.
    #[must_use]
    pub fn total(self) -> i64 {
        self.net.saturating_add(self.tax).saturating_add(self.rounding).max(0)
    }

    pub(super) fn plus(self, other: Self) -> Result<Self, Refusal> {
        let add = |one: i64, other: i64| one.checked_add(other).ok_or(Refusal::TooLarge);
        Ok(Self {
            net: add(self.net, other.net)?,
            tax: add(self.tax, other.tax)?,
            rounding: add(self.rounding, other.rounding)?,
        })
    }

    pub(super) fn minus(self, other: Self) -> Result<Self, Refusal> {
        self.plus(Self { net: -other.net, tax: -other.tax, rounding: -other.rounding })
    }

    /// Whether all of it is in some other sums.
    pub(super) fn is_within(self, other: Self) -> bool {
        self.net <= other.net && self.tax <= other.tax && self.total() <= other.total()
    }

    pub(super) fn checked(self) -> Result<Self, Refusal> {
        let fine = [self.net, self.tax].into_iter().all(|sum| (0..=AMOUNT_MAX).contains(&sum))
            && self.rounding.abs() <= AMOUNT_MAX
            && self.net + self.tax + self.rounding >= 0;
        if fine { Ok(self) } else { Err(Refusal::TooLarge) }
    }
}

/// The account of an invoice: what was asked for, and what happened since. Everything is summed up from the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceAccount {
    /// What the invoice asks for.
    pub sums: Sums,
    /// What corrections, or the cancellation, took back.
    pub credited: Sums,
    /// What was deducted as skonto, which needs no document of its own (section 17.1 (3) UStAE).
    pub deducted: Sums,
    /// What the customer's balance paid.
    pub balance_used: i64,
    /// Money that came in, less what was charged back.
    pub paid: i64,
    /// What of it was too much and became balance.
    pub overpaid: i64,
    /// What became balance because the invoice was corrected or cancelled after it was paid.
    pub returned: i64,
    /// What of both was given back as money.
    pub refunded: i64,
    /// What of that was given back before the cancellation.
    pub refunded_before: i64,
    /// Whether it was taken back whole.
    pub cancelled: bool,
    /// Until when to pay.
    pub due_on: Option<Date>,
    /// The day of its last change: states are never of a day before, whatever the clock does.
    pub changed_on: Date,
}

impl InvoiceAccount {
    /// What is still to be paid; it is what the entries on [`super::Account::Receivable`] sum to. Never below zero.
    #[must_use]
    pub fn open(&self) -> i64 {
        let settled = self.balance_used.saturating_add(self.paid).saturating_sub(self.overpaid);
        self.asked().saturating_sub(settled).saturating_add(self.returned)
    }

    /// What the invoice asks for after its corrections and skonto.
    #[must_use]
    pub fn asked(&self) -> i64 {
        self.sums.total().saturating_sub(self.credited.total()).saturating_sub(self.deducted.total())
    }

    /// What can be given back as money: what became balance, as far as it came in as money.
    #[must_use]
    pub fn refundable(&self) -> i64 {
        self.overpaid.saturating_add(self.returned).min(self.paid).saturating_sub(self.refunded).max(0)
    }

    /// The state on a day.
    #[must_use]
    pub fn state(&self, today: Date) -> State {
        let today = today.max(self.changed_on);
        let open = self.open();
        if self.cancelled {
            let given_back = self.refunded > self.refunded_before && self.refundable() == 0;
            return if given_back { State::Refunded } else { State::Cancelled };
        }
        match open {
            0 => State::Paid,
            _ if self.due_on.is_some_and(|due_on| today > due_on) => State::Overdue,
            _ if open < self.asked() => State::PartlyPaid,
            _ => State::Registered,
        }
    }
}
