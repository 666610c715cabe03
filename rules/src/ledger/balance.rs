//! The customer's balance: what the seller owes him.

use super::{Account, Posting, Refusal};
use crate::{choice::UseBalance, money::AMOUNT_MAX};

/// How much of the balance a new invoice uses. The same is computed in SQL inside the batch that registers; this says what
/// has to come of it.
///
/// # Errors
/// [`Refusal::BalanceTooSmall`] with the balance, [`Refusal::ExceedsOpen`] if more is asked for than the invoice takes,
/// [`Refusal::OutOfRange`].
pub fn balance_used(asked: UseBalance, balance: i64, payable: i64) -> Result<i64, Refusal> {
    let payable = payable.max(0);
    match asked {
        UseBalance::None => Ok(0),
        UseBalance::All => Ok(balance.clamp(0, payable)),
        UseBalance::Amount(amount) => {
            in_range(amount)?;
            if amount > payable {
                return Err(Refusal::ExceedsOpen { asked: amount, open: payable });
            }
            enough(amount, balance)?;
            Ok(amount)
        }
    }
}

/// Money that comes in for the balance and for no invoice.
///
/// # Errors
/// [`Refusal::OutOfRange`]; [`Refusal::TooLarge`] if the balance would be past the largest amount.
pub fn deposit(amount: i64, balance: i64) -> Result<Posting, Refusal> {
    in_range(amount)?;
    if balance > AMOUNT_MAX - amount {
        return Err(Refusal::TooLarge);
    }
    Ok(Posting::of(&[(Account::Cash, amount), (Account::Balance, -amount)]))
}

/// Money from the balance back to the customer, for no invoice.
///
/// # Errors
/// [`Refusal::BalanceTooSmall`] with the balance, [`Refusal::OutOfRange`].
pub fn pay_out(amount: i64, balance: i64) -> Result<Posting, Refusal> {
    in_range(amount)?;
    enough(amount, balance)?;
    Ok(Posting::of(&[(Account::Balance, amount), (Account::Cash, -amount)]))
}

pub(super) fn in_range(amount: i64) -> Result<(), Refusal> {
    let fine = (1..=AMOUNT_MAX).contains(&amount);
    if fine { Ok(()) } else { Err(Refusal::OutOfRange { amount, most: AMOUNT_MAX }) }
}

pub(super) fn enough(asked: i64, balance: i64) -> Result<(), Refusal> {
    if asked <= balance { Ok(()) } else { Err(Refusal::BalanceTooSmall { asked, balance }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registration_uses_what_it_asks_for_and_never_more_than_there_is() {
        use UseBalance::{All, Amount, None};
        let too_small = Err(Refusal::BalanceTooSmall { asked: 60, balance: 50 });
        let cases = [
            (None, 50, 100, Ok(0)),
            (All, 50, 100, Ok(50)),
            (All, 150, 100, Ok(100)),
            (All, 0, 100, Ok(0)),
            (All, 50, 0, Ok(0)),
            (Amount(50), 50, 100, Ok(50)),
            (Amount(60), 50, 100, too_small),
            (Amount(101), 500, 100, Err(Refusal::ExceedsOpen { asked: 101, open: 100 })),
            (Amount(0), 50, 100, Err(Refusal::OutOfRange { amount: 0, most: AMOUNT_MAX })),
            (Amount(i64::MIN), 50, 100, Err(Refusal::OutOfRange { amount: i64::MIN, most: AMOUNT_MAX })),
        ];
        for (asked, balance, payable, wanted) in cases {
            assert_eq!(balance_used(asked, balance, payable), wanted, "{asked} of {balance} for {payable}");
        }
    }

    #[test]
    fn money_comes_in_and_goes_out_of_the_balance() {
        let posting = deposit(500, 0).unwrap();
        assert_eq!((posting.balance_change(), posting.sum_of(Account::Cash), posting.sum()), (500, 500, 0));
        let posting = pay_out(200, 500).unwrap();
        assert_eq!((posting.balance_change(), posting.sum_of(Account::Cash), posting.sum()), (-200, -200, 0));
        assert_eq!(pay_out(501, 500), Err(Refusal::BalanceTooSmall { asked: 501, balance: 500 }));
        assert_eq!(deposit(1, AMOUNT_MAX), Err(Refusal::TooLarge));
    }
}
