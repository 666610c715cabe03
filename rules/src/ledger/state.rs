//! States, and their history.

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::choice::choice;

choice! {
    /// What has become of an invoice. It follows from its account and the day, and nobody sets it.
    State {
        /// It is there, and nothing is paid.
        Registered = "registered",
        /// A part is paid.
        PartlyPaid = "partly_paid",
        /// Nothing is open any more.
        Paid = "paid",
        /// Something is open, and the due date is over.
        Overdue = "overdue",
        /// It was taken back whole.
        Cancelled = "cancelled",
        /// It was taken back whole, and what had been paid for it was given back.
        Refunded = "refunded",
    }
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Registered, Self::PartlyPaid, Self::Paid, Self::Overdue, Self::Cancelled, Self::Refunded];

    /// Whether an operation, or the day, may bring this state after another one; after none, for a new invoice. What was
    /// cancelled never comes back to life, and what is overdue stays so until it is paid or cancelled. A refunded invoice
    /// is merely cancelled again if more money comes in for it.
    #[must_use]
    pub fn may_follow(self, before: Option<Self>) -> bool {
        use State::{Cancelled, Overdue, PartlyPaid, Refunded};
        match before {
            None => !matches!(self, Cancelled | Refunded),
            Some(before) if before == self => true,
            Some(Cancelled) => self == Refunded,
            Some(Refunded) => self == Cancelled,
            Some(Overdue) => matches!(self, Self::Paid | Cancelled),
            Some(Self::Registered | PartlyPaid | Self::Paid) => self != Refunded,
        }
    }
}

/// Characters of who did something.
const BY_MAX: usize = 200;
/// Characters of why.
const WHY_MAX: usize = 1_000;

/// Who does something, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    by: String,
    why: String,
}

impl Why {
    /// Both have to be said.
    ///
    /// # Errors
    /// [`Refusal::NotSaid`] if one is blank or too long.
    pub fn new(by: &str, why: &str) -> Result<Self, Refusal> {
        for (what, text, most) in [("who does it", by, BY_MAX), ("why it is done", why, WHY_MAX)] {
            let length = text.trim().chars().count();
            if !(1..=most).contains(&length) {
                return Err(Refusal::NotSaid { what, length, most });
            }
        }
        Ok(Self { by: by.trim().to_owned(), why: why.trim().to_owned() })
    }

    /// Who.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }

    /// Why.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }
}

/// A row of an invoice's history. The newest one says its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// The state before; none for a new invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<State>,
    /// The state after.
    pub to: State,
    /// What was done: `registration`, `payment`, `overdue`, …
    pub operation: String,
    /// When: µs since 1970 UTC.
    pub at_us: i64,
    /// By whom.
    pub by: String,
    /// Why.
    pub why: String,
}

impl Change {
    pub(super) fn new(from: Option<State>, to: State, operation: &str, at_us: i64, why: Why) -> Self {
        Self { from, to, operation: operation.to_owned(), at_us, by: why.by, why: why.why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_follow_each_other_as_the_table_says() {
        use State::{Cancelled, Overdue, Paid, PartlyPaid, Refunded, Registered};
        let alive = vec![Registered, PartlyPaid, Paid, Overdue];
        let not_refunded = vec![Registered, PartlyPaid, Paid, Overdue, Cancelled];
        let table = [
            (None, alive),
            (Some(Registered), not_refunded.clone()),
            (Some(PartlyPaid), not_refunded.clone()),
            (Some(Paid), not_refunded),
            (Some(Overdue), vec![Overdue, Paid, Cancelled]),
            (Some(Cancelled), vec![Cancelled, Refunded]),
            (Some(Refunded), vec![Refunded, Cancelled]),
        ];
        for (before, after) in table {
            for state in State::ALL {
                assert_eq!(state.may_follow(before), after.contains(&state), "{before:?} → {state:?}");
            }
        }
    }

    #[test]
    fn somebody_does_it_and_says_why() {
        let why = Why::new(" shop-service ", "order 7").unwrap();
        let change = Change::new(None, State::Registered, "registration", 1, why);
        assert_eq!((change.by.as_str(), change.why.as_str()), ("shop-service", "order 7"));
        for (by, why) in [("", "x"), ("x", "  "), (&*"x".repeat(201), "x"), ("x", &*"x".repeat(1001))] {
            assert_eq!(Why::new(by, why).unwrap_err().code(), "not-said");
        }
    }
}
