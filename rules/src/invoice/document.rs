//! The whole invoice: what was frozen, and what its registration found.

use serde::{Deserialize, Serialize};

use super::object::{Invoice, Kind};
use crate::date::Date;

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

    /// Whether it can be cancelled and corrected: what takes back cannot itself be taken back.
    #[must_use]
    pub fn is_original(&self) -> bool {
        matches!(self.invoice.kind, Kind::Invoice | Kind::Corrected)
    }
}
