//! The whole invoice: what was frozen, and what its registration found.

use serde::{Deserialize, Serialize};

use super::object::{Invoice, Kind, Skonto};
use crate::{
    date::Date,
    ledger::Sums,
    money::{divide_rounded, share},
    tax::{self, Split},
};

/// Years that an invoice has to be kept.
const RETENTION_YEARS: u16 = 8;

/// What the registering batch finds, and the caller cannot choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Numbering {
    /// Unique; rises with time.
    pub id: String,
    /// The series that the number is from.
    pub series: String,
    /// The part of the series that is counted by itself, for example the year.
    pub period: String,
    /// Its place there, from 1 without gaps.
    pub sequence: i64,
    /// BT-1: the invoice's number.
    pub number: String,
    /// When it was issued: µs since 1970 UTC; never before the one before it in its series.
    pub issued_at_us: i64,
    /// BT-2: the day of that moment where the seller is.
    pub issued_on: Date,
    /// BT-113: what the customer's balance paid.
    pub balance_used: i64,
}

/// An invoice as clients see it and as the archive keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Document {
    /// What the registration found.
    #[serde(flatten)]
    pub numbering: Numbering,
    /// BT-115: gross − balance used + rounding. Of a cancellation or a credit: what is taken back.
    pub due: i64,
    /// BT-9, counted from the issue date if it was given in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
    /// What was frozen before.
    #[serde(flatten)]
    pub invoice: Invoice,
}

impl Document {
    /// Joins both.
    #[must_use]
    pub fn join(numbering: Numbering, invoice: Invoice) -> Self {
        let payment = &invoice.payment;
        let in_days = payment.due_in_days.and_then(|days| numbering.issued_on.plus_days(days));
        let due_on = payment.due_on.or(in_days).filter(|_| !invoice.kind.is_credit());
        let due = invoice.gross + invoice.rounding - numbering.balance_used;
        Self { numbering, due, due_on, invoice }
    }

    /// Until when it has to be kept: eight years from the end of the year that it was issued in (§ 14b (1) sentences 1 and 3
    /// UStG, as of 2025). Nothing deletes it before. None if that is past the calendar.
    #[must_use]
    pub fn keep_until(&self) -> Option<Date> {
        self.numbering.issued_on.end_of_year_after(RETENTION_YEARS)
    }

    /// What may be deducted by who pays all of it on a day, out of the skonto that was agreed on: the largest one that is
    /// still given.
    #[must_use]
    pub fn skonto_on(&self, day: Date) -> Option<Sums> {
        let given = |skonto: &&Skonto| self.numbering.issued_on.plus_days(skonto.days).is_some_and(|last| day <= last);
        let deduction = |skonto: &Skonto| {
            let base = skonto.base.unwrap_or(self.due).clamp(0, self.due.max(0));
            divide_rounded(i128::from(base) * i128::from(skonto.percent.hundredths()), 10_000)
        };
        let most = self.invoice.payment.skonto.iter().filter(given).map(deduction).max()?;
        Some(self.deducting(i64::try_from(most).ok()?)).filter(|sums| sums.total() > 0)
    }

    /// A deduction of that much, minor units, shared out over the tax groups: the tax falls with the price (§ 17 (1) UStG).
    #[must_use]
    pub fn deducting(&self, amount: i64) -> Sums {
        let groups = &self.invoice.taxes;
        let weights: Vec<i64> = groups.iter().map(|group| group.gross).collect();
        let shares = share(amount, &weights);
        shares.into_iter().zip(groups).fold(Sums::default(), |sums, (share, group)| {
            let Split { net: _, tax } = tax::from_gross(share, group.rate.unwrap_or_default());
            let tax = tax.min(group.tax);
            Sums { net: sums.net + share - tax, tax: sums.tax + tax, rounding: 0 }
        })
    }

    /// Whether it can be cancelled and corrected: what takes back cannot itself be taken back.
    #[must_use]
    pub fn is_original(&self) -> bool {
        matches!(self.invoice.kind, Kind::Invoice | Kind::Corrected)
    }
}
