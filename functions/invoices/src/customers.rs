//! Customers' numbers, for series that each customer has of his own.

use kontor_sdk::sql::{self, Batch, Statement};

use crate::register::SELLER;

/// The first number is one more.
const BEFORE_FIRST: i64 = 10_000;
/// How often it is tried again because another customer took the number.
const ATTEMPTS: usize = 100;

/// The customer's number; the next free one, if there was none before. It never changes, so it may be found before the
/// invoice is registered, and one that no invoice follows does no harm: only invoices' numbers are without gaps.
///
/// # Errors
/// See [`sql::Error`].
pub fn number_of(login: &str) -> Result<i64, sql::Error> {
    for _ in 0..ATTEMPTS {
        let known = Statement::new("SELECT number FROM customers WHERE seller = $1 AND login = $2");
        if let Some((number,)) = known.bind(SELLER).bind(login).first()? {
            return Ok(number);
        }
        let (last,) = Statement::new("SELECT coalesce(max(number), $2) FROM customers WHERE seller = $1")
            .bind(SELLER)
            .bind(BEFORE_FIRST)
            .one::<(i64,)>()?;
        let insert = Statement::new("INSERT INTO customers (seller, login, number) VALUES ($1, $2, $3)");
        match Batch::new().statement(insert.bind(SELLER).bind(login).bind(last + 1)).execute() {
            // The customer has one by now, or another one has the number.
            Err(sql::Error::Conflict { .. }) => {}
            Err(error) => return Err(error),
            Ok(_) => return Ok(last + 1),
        }
    }
    Err(sql::Error::Busy)
}
