//! Payments, refunds, chargebacks and use of balance: one row each, guarded.

use kontor_rules::{
    Currency,
    ledger::{Account, Applied, Operation, Refusal, State, Why},
};
use kontor_sdk::{
    Caller, Created, Json, MandatoryKey, Path, Problem, Written,
    sql::{self, Batch, Executed, Idempotency, Statement, Timestamp},
    time,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Book, opening, refused};
use crate::{
    issue::{fingerprint, name_of},
    list::{InvoiceId, NotThere, unknown_invoice},
};

/// How often an operation is tried again because somebody else was first.
const ATTEMPTS: usize = 100;
/// Rows of one invoice: nobody pays a bill in more parts, and each of them is read every time.
const VERSIONS_MAX: i64 = 1_000;

/// An amount, and why.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 1900, "why": "bank statement of 2026-11-21"}))]
pub struct Money {
    /// Minor units, above zero.
    #[schema(inline)]
    pub amount: kontor_sdk::Bounded<1, { kontor_rules::money::AMOUNT_MAX }>,
    /// Why, for the history.
    #[schema(inline)]
    pub why: kontor_sdk::Text<1, 1000>,
}

/// What became of an invoice.
#[derive(Serialize, ToSchema)]
pub struct Settlement {
    /// The invoice's id.
    invoice: String,
    /// The row of the history that was added.
    version: i64,
    /// What was done.
    operation: String,
    /// The state before.
    state_before: State,
    /// The state now.
    state: State,
    /// What is still to be paid, minor units.
    open: i64,
    /// What came in as money, less what was charged back.
    paid: i64,
    /// What the balance paid.
    balance_used: i64,
    /// What can be given back as money.
    refundable: i64,
    /// By how much the customer's balance has changed.
    balance_change: i64,
}

/// Answers `recordPayment`. What is too much becomes balance.
pub fn pay(caller: Caller, Path(asked): Path<InvoiceId>, key: MandatoryKey, Json(money): Json<Money>) -> Answer {
    operate(&caller, &asked, key, &money, "recordPayment", Operation::Payment)
}

/// Answers `recordRefund`.
pub fn refund(caller: Caller, Path(asked): Path<InvoiceId>, key: MandatoryKey, Json(money): Json<Money>) -> Answer {
    operate(&caller, &asked, key, &money, "recordRefund", Operation::Refund)
}

/// Answers `recordChargeback`.
pub fn charge_back(
    caller: Caller,
    Path(asked): Path<InvoiceId>,
    key: MandatoryKey,
    Json(money): Json<Money>,
) -> Answer {
    operate(&caller, &asked, key, &money, "recordChargeback", Operation::Chargeback)
}

/// Answers `useBalance`.
pub fn use_balance(
    caller: Caller,
    Path(asked): Path<InvoiceId>,
    key: MandatoryKey,
    Json(money): Json<Money>,
) -> Answer {
    operate(&caller, &asked, key, &money, "useBalance", Operation::UseBalance)
}

type Answer = Result<Created<Written<Settlement>>, NotThere>;

fn operate(
    caller: &Caller,
    asked: &InvoiceId,
    key: MandatoryKey,
    money: &Money,
    name: &str,
    operation: fn(i64) -> Operation,
) -> Answer {
    let why = Why::new(name_of(caller), &money.why).map_err(|refusal| refused(&refusal))?;
    let request = serde_json::to_vec(&(&*asked.id, money)).unwrap_or_default();
    let idempotency = fingerprint(key, name, &request)?;
    for _ in 0..ATTEMPTS {
        let now = time::now_us();
        let book = Book::read(&asked.id)?.ok_or_else(|| unknown_invoice(&asked.id))?;
        let applied = match applied(&book, operation(money.amount.get()), now) {
            Ok(applied) => applied,
            Err(problem) => {
                return match repeated(&idempotency)? {
                    Some(executed) => Ok(Created(text_of(executed)?)),
                    None => Err(problem.into()),
                };
            }
        };
        let posted = Posted { book: &book, applied: &applied, why: &why, document: None, now };
        let answer = Written::new(&settlement(&book, &applied, &posted))
            .map_err(|error| sql::Error::Invalid(error.to_string()))?;
        match post(Batch::new(), &posted).answering(Some(idempotency.clone()), answer) {
            Ok(answer) => return Ok(Created(answer)),
            Err(error) => again(error, &book.document.invoice.login, book.document.invoice.currency)?,
        }
    }
    Err(sql::Error::Busy.into())
}

/// What comes of an operation.
///
/// # Errors
/// 409 if the state does not allow it.
pub(crate) fn applied(book: &Book, operation: Operation, now: i64) -> Result<Applied, Problem> {
    let Book { document, account, .. } = book;
    if !document.is_original() {
        let detail = format!("{} takes back another invoice, and has nothing to be paid.", document.numbering.number);
        let hint = "Name the invoice that it is about.";
        return Err(Problem::new(409, "not-an-original", "The state does not allow it").detail(detail).hint(hint));
    }
    if book.version() >= VERSIONS_MAX {
        let detail = format!("An invoice has at most {VERSIONS_MAX} operations.");
        return Err(Problem::new(409, "too-many-operations", "The state does not allow it").detail(detail));
    }
    let balance = super::balance_of(&document.invoice.login, document.invoice.currency)?;
    let asks = matches!(operation, Operation::UseBalance(_)) && account.cancelled;
    let applied =
        if asks { Err(Refusal::AlreadyCancelled) } else { account.apply(operation, balance, book.day_of(now)) };
    applied.map_err(|refusal| refused(&refusal))
}

/// An operation that is to be committed.
#[derive(Clone, Copy)]
pub(crate) struct Posted<'a> {
    /// On which invoice.
    pub book: &'a Book,
    /// What comes of it.
    pub applied: &'a Applied,
    /// By whom, and why.
    pub why: &'a Why,
    /// The cancellation or the credit that did it.
    pub document: Option<&'a str>,
    /// When.
    pub now: i64,
}

/// Adds the row, and what it does to the balance. Fails with a conflict if somebody else was first, and with a guard if the
/// balance is too small, too large or not there.
pub(crate) fn post(batch: Batch, posted: &Posted<'_>) -> Batch {
    let Posted { book, applied, document, .. } = posted;
    let last = book.changes.last().map_or(posted.now, |change| change.at.0);
    let change = applied.change(posted.now.max(last), posted.why.clone());
    let sum = |account| applied.posting.sum_of(account);
    let row = Statement::new(
        "INSERT INTO history (invoice, version, at, operation, state, by_whom, why, document, \
         receivable, balance, revenue, vat, cash, rounding) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(&book.document.numbering.id)
    .bind(book.version() + 1)
    .bind(Timestamp(change.at_us))
    .bind(change.operation)
    .bind(change.to.name())
    .bind(change.by)
    .bind(change.why)
    .bind(document.map(str::to_owned))
    .bind(sum(Account::Receivable))
    .bind(sum(Account::Balance))
    .bind(sum(Account::Revenue))
    .bind(sum(Account::Vat))
    .bind(sum(Account::Cash))
    .bind(sum(Account::Rounding));
    let batch = batch.statement(row);
    let invoice = &book.document.invoice;
    match applied.posting.balance_change() {
        0 => batch,
        by => batch.statement(super::balance::changed(&invoice.login, invoice.currency, by)),
    }
}

/// Whether it is to be tried again: somebody else was first, or the balance has no row yet. If it is too small by now, the
/// next try says so.
///
/// # Errors
/// Every other error.
pub(crate) fn again(error: sql::Error, login: &str, currency: Currency) -> Result<(), sql::Error> {
    match error {
        sql::Error::Conflict { constraint, .. } if constraint == "history_pkey" => Ok(()),
        sql::Error::Guard { .. } => opening(login, currency).execute().map(|_| ()),
        other => Err(other),
    }
}

/// What the first request with this key was answered from, if there was one: what it did may be the very reason why the
/// repeat would be refused. The batch never writes anything: no seller is named so.
///
/// # Errors
/// [`sql::Error::KeyReused`] if the key came with another request.
pub(crate) fn repeated(idempotency: &Idempotency) -> Result<Option<Executed>, sql::Error> {
    let nothing = Statement::new("SELECT period FROM series WHERE seller = ''").returning::<(String,)>().expect_rows(1);
    let batch = Batch { idempotency: Some(idempotency.clone()), ..Batch::new().statement(nothing) };
    match batch.execute() {
        Ok(executed) => Ok(Some(executed)),
        Err(sql::Error::Guard { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The text that a batch was answered with.
pub(crate) fn text_of<T>(mut executed: Executed) -> Result<Written<T>, sql::Error> {
    let last = executed.outcomes.len().saturating_sub(1);
    let text = executed.rows::<(String,)>(last)?.into_iter().next();
    text.map(|(text,)| Written::from_json(text)).ok_or_else(|| sql::Error::Invalid("an answer is not there".to_owned()))
}

fn settlement(book: &Book, applied: &Applied, posted: &Posted<'_>) -> Settlement {
    let account = &applied.account;
    Settlement {
        invoice: book.document.numbering.id.clone(),
        version: book.version() + 1,
        operation: applied.change(posted.now, posted.why.clone()).operation,
        state_before: applied.from.unwrap_or(applied.to),
        state: applied.to,
        open: account.open(),
        paid: account.paid,
        balance_used: account.balance_used,
        refundable: account.refundable(),
        balance_change: applied.posting.balance_change(),
    }
}
