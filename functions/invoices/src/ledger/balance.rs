//! Customers' balances: what the seller owes them.

use kontor_rules::{
    Currency,
    choice::UseBalance,
    codes,
    ledger::{self, Refusal, Why},
    money::AMOUNT_MAX,
};
use kontor_sdk::{
    Bounded, Caller, Created, Fault, Json, MandatoryKey, Path, Problem, Text, id, problem,
    sql::{self, Batch, Statement, Timestamp},
    time,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::refused;
use crate::issue::{fingerprint, name_of};

/// Makes the row of a customer's balance, unless somebody else has.
pub fn opening(login: &str, currency: Currency) -> Batch {
    let insert = Statement::new(
        "INSERT INTO balances (login, currency, amount, last_used) SELECT $1, $2, 0, 0 FROM (SELECT 1 AS one) AS once \
         WHERE NOT EXISTS (SELECT 1 FROM balances WHERE login = $1 AND currency = $2)",
    );
    Batch::new().statement(insert.bind(login).bind(currency.code()))
}

/// What the customer has.
///
/// # Errors
/// See [`sql::Error`].
pub fn balance_of(login: &str, currency: Currency) -> Result<i64, sql::Error> {
    let read = Statement::new("SELECT amount FROM balances WHERE login = $1 AND currency = $2");
    Ok(read.bind(login).bind(currency.code()).first::<(i64,)>()?.map_or(0, |(amount,)| amount))
}

/// Changes a balance; the guard keeps it from falling below zero and from growing past what is counted.
pub(super) fn changed(login: &str, currency: Currency, by: i64) -> Statement {
    let text = "UPDATE balances SET amount = amount + $1 WHERE login = $2 AND currency = $3 AND amount + $1 >= 0 AND amount + $1 <= $4";
    Statement::new(text).bind(by).bind(login).bind(currency.code()).bind(AMOUNT_MAX).expect_rows(1)
}

/// 409 with the balance: a registration asked for more of it than there is.
pub fn balance_too_small(login: &str, currency: Currency, asked: UseBalance) -> Problem {
    match (balance_of(login, currency), asked) {
        (Ok(balance), UseBalance::Amount(asked)) => refused(&Refusal::BalanceTooSmall { asked, balance }),
        (Ok(_), _) => problem::unavailable(),
        (Err(error), _) => error.into(),
    }
}

/// Names a customer.
#[derive(Deserialize, ToSchema)]
pub struct Customer {
    /// The customer's login.
    #[schema(inline)]
    login: Text<1, 200>,
}

/// What a customer has.
#[derive(Serialize, ToSchema)]
pub struct Balances {
    /// The customer's login.
    login: String,
    /// One for each currency; none if there never was any.
    balances: Vec<Balance>,
}

/// A balance.
#[derive(Serialize, ToSchema)]
pub struct Balance {
    /// ISO 4217 code.
    #[schema(example = "EUR")]
    currency: String,
    /// Minor units; never below zero.
    amount: i64,
}

/// Answers `getBalance`. Whoever has none has nothing: there is no list of customers to be unknown in.
pub fn get_balance(Path(customer): Path<Customer>) -> Result<Json<Balances>, Problem> {
    let read = Statement::new("SELECT currency, amount FROM balances WHERE login = $1 ORDER BY currency");
    let rows = read.bind(&*customer.login).rows::<(String, i64)>()?;
    let balances = rows.into_iter().map(|(currency, amount)| Balance { currency, amount }).collect();
    Ok(Json(Balances { login: customer.login.into_string(), balances }))
}

/// Money for the balance, or out of it, and for no invoice.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"operation": "deposit", "currency": "EUR", "amount": 5000, "why": "voucher 17"}))]
pub struct Booking {
    /// Whether it comes in or goes back to the customer.
    operation: Direction,
    /// ISO 4217 code.
    #[schema(inline)]
    currency: Text<3, 3>,
    /// Minor units, above zero.
    #[schema(inline)]
    amount: Bounded<1, { kontor_rules::money::AMOUNT_MAX }>,
    /// Why.
    #[schema(inline)]
    why: Text<1, 1000>,
}

/// Whether money comes in or goes out.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It comes in.
    Deposit,
    /// It goes back to the customer.
    PayOut,
}

/// Answers `bookBalance`.
pub fn book_balance(
    caller: Caller,
    Path(customer): Path<Customer>,
    key: MandatoryKey,
    Json(booking): Json<Booking>,
) -> Result<Created<Json<Balance>>, Problem> {
    let (login, amount) = (&*customer.login, booking.amount.get());
    let currency = currency(&booking.currency)?;
    if login.len() > LOGIN_SIZE_MAX_BYTES {
        return Err(problem::invalid_parameters(vec![fault(
            "#/path/login",
            "too-long",
            "The login has more than 255 bytes.",
        )]));
    }
    let why = Why::new(name_of(&caller), &booking.why).map_err(|refusal| refused(&refusal))?;
    let asked = serde_json::to_vec(&(login, &booking)).unwrap_or_default();
    let idempotency = fingerprint(key, "bookBalance", &asked)?;
    let mut opened = false;
    loop {
        let batch = batch(login, currency, &booking, &why);
        match (Batch { idempotency: Some(idempotency.clone()), ..batch }).execute() {
            Ok(mut executed) => {
                let (amount,) = executed.rows::<(i64,)>(2)?.into_iter().next().unwrap_or_default();
                return Ok(Created(Json(Balance { currency: currency.code().to_owned(), amount })));
            }
            Err(sql::Error::Guard { .. }) if !opened => {
                opened = true;
                opening(login, currency).execute()?;
            }
            Err(sql::Error::Guard { .. }) => {
                let balance = balance_of(login, currency)?;
                let checked = match booking.operation {
                    Direction::Deposit => ledger::deposit(amount, balance),
                    Direction::PayOut => ledger::pay_out(amount, balance),
                };
                // If it would do by now, somebody has just changed it.
                return Err(checked.err().map_or_else(problem::unavailable, |refusal| refused(&refusal)));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The login's column is bytes in UTF-8.
const LOGIN_SIZE_MAX_BYTES: usize = 255;

fn batch(login: &str, currency: Currency, booking: &Booking, why: &Why) -> Batch {
    let now = time::now_us();
    let (name, by) = match booking.operation {
        Direction::Deposit => ("deposit", booking.amount.get()),
        Direction::PayOut => ("pay_out", -booking.amount.get()),
    };
    let entry = Statement::new(
        "INSERT INTO balance_entries (login, currency, id, at, operation, by_whom, why, balance, cash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(login)
    .bind(currency.code())
    .bind(id::ulid_at(now))
    .bind(Timestamp(now))
    .bind(name)
    .bind(why.by())
    .bind(why.why())
    .bind(-by)
    .bind(by);
    let read = Statement::new("SELECT amount FROM balances WHERE login = $1 AND currency = $2");
    let read = read.bind(login).bind(currency.code()).returning::<(i64,)>().expect_rows(1);
    Batch::new().statement(changed(login, currency, by)).statement(entry).statement(read)
}

fn currency(code: &str) -> Result<Currency, Problem> {
    let known = code.parse::<Currency>().ok().filter(|currency| codes::contains(codes::CURRENCIES, currency.code()));
    known.ok_or_else(|| {
        problem::invalid_body(vec![fault("/currency", "not-one-of", "This is no currency of ISO 4217.")])
    })
}

fn fault(pointer: &str, code: &str, detail: &str) -> Fault {
    Fault { code: code.to_owned(), pointer: pointer.to_owned(), detail: detail.to_owned(), hint: None }
}
