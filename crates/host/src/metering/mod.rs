//! Who used how much, what it costs, and when it is enough.
//!
//! A call adds to a few counters of its operation ([`kontor_telemetry::Work`]) and of its budgets, without a lock.
//! [`Accounts`] brings what was added to the registry from time to time.

mod accounts;
mod budget;
mod charge;
mod tariff;

pub use accounts::{Accounts, Bill};
pub use budget::{Budget, BudgetRule, BudgetState, UsedUp, VISITORS, WARN_PERCENT, Window};
pub(crate) use charge::Charge;
pub use tariff::{PICO, Tariff, amount};

/// Prices and budgets.
#[derive(Debug, Clone, Default)]
pub struct Metering {
    /// What calls cost.
    pub tariff: Tariff,
    /// What is allowed. At most 64 for each function; further ones do not hold.
    pub budgets: Vec<BudgetRule>,
}

/// Deliveries of events, beside the operations.
pub(crate) const ON_EVENT: &str = "(on-event)";
/// Scheduled runs, beside the operations.
pub(crate) const ON_SCHEDULE: &str = "(on-schedule)";
