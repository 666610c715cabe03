//! Entries, and what they sum to.

use serde::{Deserialize, Serialize};

use crate::choice::choice;

choice! {
    /// An account of the ledger.
    Account {
        /// What the customer owes.
        Receivable = "receivable",
        /// What the seller owes the customer: the balance. A credit, so it stands below zero or at zero.
        Balance = "balance",
        /// Revenue without tax.
        Revenue = "revenue",
        /// Tax that the seller owes the tax office.
        Vat = "vat",
        /// Money in hand and at the bank.
        Cash = "cash",
        /// What cash rounding brought.
        Rounding = "rounding",
    }
}

/// One entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entry {
    /// Where.
    pub account: Account,
    /// Minor units; a debit is above zero, a credit below, and nothing is never posted.
    pub amount: i64,
}

/// The entries of one operation; they sum to zero.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Posting {
    entries: Vec<Entry>,
}

impl Posting {
    /// Entries of some amounts; entries of nothing are left out.
    pub(super) fn of(amounts: &[(Account, i64)]) -> Self {
        let entries = amounts.iter().filter(|(_, amount)| *amount != 0);
        let posting =
            Self { entries: entries.map(|(account, amount)| Entry { account: *account, amount: *amount }).collect() };
        debug_assert_eq!(posting.sum(), 0, "{posting:?}");
        posting
    }

    /// The entries.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What all entries sum to: zero.
    #[must_use]
    pub fn sum(&self) -> i128 {
        self.entries.iter().map(|entry| i128::from(entry.amount)).sum()
    }

    /// What the entries of one account sum to.
    #[must_use]
    pub fn sum_of(&self, account: Account) -> i64 {
        self.entries.iter().filter(|entry| entry.account == account).map(|entry| entry.amount).sum()
    }

    /// By how much the customer's balance rises; below zero if it falls.
    #[must_use]
    pub fn balance_change(&self) -> i64 {
        -self.sum_of(Account::Balance)
    }
}
