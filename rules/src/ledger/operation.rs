//! What can be done with an invoice's account, and the entries of it.

use super::{
    Account, Change, InvoiceAccount, Posting, Refusal, State, Sums, Why,
    balance::{enough, in_range},
};
use crate::{date::Date, money::AMOUNT_MAX};

/// Something that is done with a registered invoice. Amounts are in minor units and above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Money came in. What is too much becomes balance.
    Payment(i64),
    /// The customer's balance pays.
    UseBalance(i64),
    /// Money goes back to the customer, out of what became balance.
    Refund(i64),
    /// The bank took a payment back. All of it is open again; what became balance stays there, since it may be spent.
    Chargeback(i64),
    /// The customer deducted skonto, as agreed ([`crate::Document::skonto_on`] says how much); no more than is open.
    Skonto(Sums),
    /// A credit took a part back.
    Correction(Sums),
    /// It was taken back whole.
    Cancellation,
    /// The day changed.
    DayChange,
}

/// An operation that is allowed, and what comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The account afterwards.
    pub account: InvoiceAccount,
    /// The entries.
    pub posting: Posting,
    /// The state before; none for a new invoice.
    pub from: Option<State>,
    /// The state afterwards.
    pub to: State,
    operation: &'static str,
}

impl Applied {
    /// What was done, as the history says it.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The row for the history.
    #[must_use]
    pub fn change(&self, at_us: i64, why: Why) -> Change {
        Change::new(self.from, self.to, self.operation, at_us, why)
    }
}

/// Registers an invoice, of which the balance pays a part ([`super::balance_used`] says how much it may be).
///
/// # Errors
/// [`Refusal::ExceedsOpen`] if the balance pays more than the invoice asks for; [`Refusal::TooLarge`].
pub fn register(sums: Sums, balance_used: i64, due_on: Option<Date>, today: Date) -> Result<Applied, Refusal> {
    let sums = sums.checked()?;
    let total = sums.total();
    if !(0..=total).contains(&balance_used) {
        return Err(Refusal::ExceedsOpen { asked: balance_used, open: total });
    }
    let nothing = Sums::default();
    let account = InvoiceAccount {
        sums,
        credited: nothing,
        deducted: nothing,
        balance_used,
        paid: 0,
        overpaid: 0,
        returned: 0,
        refunded: 0,
        refunded_before: 0,
        cancelled: false,
        due_on,
        changed_on: today,
    };
    let posting = Posting::of(&[
        (Account::Receivable, total),
        (Account::Revenue, -sums.net),
        (Account::Vat, -sums.tax),
        (Account::Rounding, -sums.rounding),
        (Account::Balance, balance_used),
        (Account::Receivable, -balance_used),
    ]);
    Ok(Applied { to: account.state(today), account, posting, from: None, operation: "registration" })
}

impl InvoiceAccount {
    /// Does something with the account. `balance` is the customer's.
    ///
    /// # Errors
    /// Every [`Refusal`]; nothing has changed then.
    pub fn apply(&self, operation: Operation, balance: i64, today: Date) -> Result<Applied, Refusal> {
        let (name, (mut account, posting)) = match operation {
            Operation::Payment(amount) => ("payment", self.payment(amount)?),
            Operation::UseBalance(amount) => ("balance_use", self.use_balance(amount, balance)?),
            Operation::Refund(amount) => ("refund", self.refund(amount, balance)?),
            Operation::Chargeback(amount) => ("chargeback", self.chargeback(amount)?),
            Operation::Skonto(sums) => ("skonto", self.skonto(sums)?),
            Operation::Correction(sums) => ("correction", self.correction(sums)?),
            Operation::Cancellation => ("cancellation", self.cancellation()?),
            Operation::DayChange => ("day_change", (*self, Posting::default())),
        };
        let after = balance.checked_add(posting.balance_change()).filter(|after| *after <= AMOUNT_MAX);
        after.ok_or(Refusal::TooLarge)?;
        // The state before is the recorded one: the day only counts from now on.
        let from = self.state(self.changed_on);
        account.changed_on = self.changed_on.max(today);
        Ok(Applied { to: account.state(today), account, posting, from: Some(from), operation: name })
    }

    fn payment(&self, amount: i64) -> Result<(Self, Posting), Refusal> {
        in_range(amount)?;
        let over = amount - amount.min(self.open());
        let account = Self { paid: add(self.paid, amount)?, overpaid: add(self.overpaid, over)?, ..*self };
        let posting =
            Posting::of(&[(Account::Cash, amount), (Account::Receivable, over - amount), (Account::Balance, -over)]);
        Ok((account, posting))
    }

    fn use_balance(&self, amount: i64, balance: i64) -> Result<(Self, Posting), Refusal> {
        in_range(amount)?;
        if amount > self.open() {
            return Err(Refusal::ExceedsOpen { asked: amount, open: self.open() });
        }
        enough(amount, balance)?;
        let account = Self { balance_used: add(self.balance_used, amount)?, ..*self };
        Ok((account, Posting::of(&[(Account::Balance, amount), (Account::Receivable, -amount)])))
    }

    fn refund(&self, amount: i64, balance: i64) -> Result<(Self, Posting), Refusal> {
        in_range(amount)?;
        if amount > self.refundable() {
            return Err(Refusal::ExceedsRefundable { asked: amount, refundable: self.refundable() });
        }
        enough(amount, balance)?;
        let account = Self { refunded: add(self.refunded, amount)?, ..*self };
        Ok((account, Posting::of(&[(Account::Balance, amount), (Account::Cash, -amount)])))
    }

    fn chargeback(&self, amount: i64) -> Result<(Self, Posting), Refusal> {
        in_range(amount)?;
        if amount > self.paid {
            return Err(Refusal::ExceedsPaid { asked: amount, paid: self.paid });
        }
        let account = Self { paid: self.paid - amount, ..*self };
        add(account.open(), 0)?;
        Ok((account, Posting::of(&[(Account::Cash, -amount), (Account::Receivable, amount)])))
    }

    fn skonto(&self, sums: Sums) -> Result<(Self, Posting), Refusal> {
        let (sums, open) = (sums.checked()?, self.open());
        if self.cancelled {
            return Err(Refusal::AlreadyCancelled);
        }
        in_range(sums.total())?;
        if sums.total() > open {
            return Err(Refusal::ExceedsOpen { asked: sums.total(), open });
        }
        let deducted = self.deducted.plus(sums)?;
        self.has(self.credited.plus(deducted)?)?;
        Ok((Self { deducted, ..*self }, self.taken_back(sums, 0)))
    }

    fn correction(&self, sums: Sums) -> Result<(Self, Posting), Refusal> {
        let sums = sums.checked()?;
        if self.cancelled {
            return Err(Refusal::AlreadyCancelled);
        }
        let credited = self.credited.plus(sums)?;
        self.has(credited.plus(self.deducted)?)?;
        Ok(self.take_back(credited, sums))
    }

    /// The cancellation takes all back; what was deducted before is gone already.
    fn cancellation(&self) -> Result<(Self, Posting), Refusal> {
        if self.cancelled {
            return Err(Refusal::AlreadyCancelled);
        }
        if self.credited != Sums::default() {
            return Err(Refusal::AlreadyCorrected);
        }
        let rest = self.sums.minus(self.deducted)?;
        let (account, posting) = self.take_back(rest, rest);
        Ok((Self { cancelled: true, refunded_before: self.refunded, ..account }, posting))
    }

    /// Whether that much can be taken back of the invoice in all.
    fn has(&self, taken: Sums) -> Result<(), Refusal> {
        if taken.is_within(self.sums) { Ok(()) } else { Err(Refusal::ExceedsOriginal) }
    }

    /// Takes sums back: what is open falls by them, and what was paid already becomes balance.
    fn take_back(&self, credited: Sums, sums: Sums) -> (Self, Posting) {
        let total = sums.total();
        let back = total - total.min(self.open());
        (Self { credited, returned: self.returned + back, ..*self }, self.taken_back(sums, back))
    }

    /// The entries of sums that are taken back, of which a part becomes balance.
    fn taken_back(&self, sums: Sums, back: i64) -> Posting {
        Posting::of(&[
            (Account::Revenue, sums.net),
            (Account::Vat, sums.tax),
            (Account::Rounding, sums.rounding),
            (Account::Receivable, back - sums.total()),
            (Account::Balance, -back),
        ])
    }
}

fn add(sum: i64, amount: i64) -> Result<i64, Refusal> {
    sum.checked_add(amount).filter(|sum| (0..=AMOUNT_MAX).contains(sum)).ok_or(Refusal::TooLarge)
}
