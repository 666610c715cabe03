//! Why an operation is not done.

/// Why an operation is not done. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An amount that is not from 1 to the largest one.
    #[error("{amount} is out of range; from 1 to {most} minor units are allowed")]
    OutOfRange {
        /// What was asked for.
        amount: i64,
        /// The largest amount.
        most: i64,
    },
    /// More of the balance than there is.
    #[error("the balance is {balance}, and {asked} are asked for; ask for less, or for all")]
    BalanceTooSmall {
        /// What was asked for.
        asked: i64,
        /// What there is.
        balance: i64,
    },
    /// More of the balance than the invoice takes.
    #[error("{open} are open, and {asked} of the balance are asked for; ask for no more than what is open")]
    ExceedsOpen {
        /// What was asked for.
        asked: i64,
        /// What is open.
        open: i64,
    },
    /// More is to be given back than came in and is not needed.
    #[error("{refundable} can be given back, and {asked} are asked for; correct or cancel the invoice first")]
    ExceedsRefundable {
        /// What was asked for.
        asked: i64,
        /// What can be given back.
        refundable: i64,
    },
    /// More is charged back than was paid.
    #[error("{paid} were paid, and {asked} are charged back; name the payment's invoice")]
    ExceedsPaid {
        /// What was asked for.
        asked: i64,
        /// What was paid.
        paid: i64,
    },
    /// A correction takes more back than is left of the invoice.
    #[error("the correction takes more back than is left of the invoice; take back less")]
    ExceedsOriginal,
    /// The invoice is cancelled.
    #[error("the invoice is cancelled; its history names the cancellation")]
    AlreadyCancelled,
    /// A part of the invoice was taken back before.
    #[error("a part of the invoice was taken back before; correct what is left of it")]
    AlreadyCorrected,
    /// Sums past what is counted here.
    #[error("the account's sums would be past 10^13 minor units")]
    TooLarge,
    /// Nobody, or no reason, or one too long.
    #[error("{what} has {length} characters; from 1 to {most} are needed")]
    NotSaid {
        /// Which of both.
        what: &'static str,
        /// How long it is.
        length: usize,
        /// How long it may be.
        most: usize,
    },
}

impl Refusal {
    /// Stable, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfRange { .. } => "out-of-range",
            Self::BalanceTooSmall { .. } => "balance-too-small",
            Self::ExceedsOpen { .. } => "exceeds-open",
            Self::ExceedsRefundable { .. } => "exceeds-refundable",
            Self::ExceedsPaid { .. } => "exceeds-paid",
            Self::ExceedsOriginal => "correction-exceeds-original",
            Self::AlreadyCancelled => "already-cancelled",
            Self::AlreadyCorrected => "already-corrected",
            Self::TooLarge => "too-large",
            Self::NotSaid { .. } => "not-said",
        }
    }

    /// Whether the request itself is wrong (422) and not the state that it meets (409).
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        matches!(self, Self::OutOfRange { .. } | Self::NotSaid { .. })
    }
}
