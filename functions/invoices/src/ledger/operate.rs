//! Payments, refunds, chargebacks and use of balance: one row each, guarded.

use kontor_rules::{
    Currency, Date,
    ledger::{Account, Applied, Operation, Refusal, State, Sums, Why},
};
use kontor_sdk::{
    Caller, Created, Fault, Json, MandatoryKey, Path, Problem, Written, problem,
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

/// A payment.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 11662, "why": "bank statement of 2026-11-21", "received_on": "2026-11-20"}))]
pub struct Payment {
    /// Minor units, above zero.
    #[schema(inline)]
    amount: kontor_sdk::Bounded<1, { kontor_rules::money::AMOUNT_MAX }>,
    /// Why, for the history.
    #[schema(inline)]
    why: kontor_sdk::Text<1, 1000>,
    /// The day that it came in, which skonto depends on; today if it is left out, and never in the future.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    received_on: Option<Date>,
    /// `false` leaves open what was deducted as skonto.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    skonto: Option<bool>,
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
    /// What was deducted as skonto with this payment.
    skonto: i64,
}

/// Answers `recordPayment`. What is too much becomes balance, and what was deducted as agreed is skonto.
pub fn pay(caller: Caller, Path(asked): Path<InvoiceId>, key: MandatoryKey, Json(payment): Json<Payment>) -> Answer {
    let amount = payment.amount.get();
    let why = match payment.received_on {
        Some(day) => format!("{} (received on {day})", &*payment.why),
        None => payment.why.to_string(),
    };
    operate(&caller, &asked, key, &payment, ("recordPayment", &why), |book, today| {
        let day = payment.received_on.unwrap_or(today);
        if day > today {
            return Err(in_the_future(day));
        }
        let skonto = if payment.skonto == Some(false) { None } else { skonto(book, amount, day) };
        Ok(std::iter::once(Operation::Payment(amount)).chain(skonto).collect())
    })
}

/// What is missing and was agreed on: nobody has to be asked for it. After a correction or another deduction somebody has to
/// look, since what the percentage is of has changed.
fn skonto(book: &Book, amount: i64, day: Date) -> Option<Operation> {
    let Book { document, account, .. } = book;
    let is_whole = !account.cancelled && account.credited == Sums::default() && account.deducted == Sums::default();
    let most = document.skonto_on(day).filter(|_| is_whole)?.total();
    let missing = account.open() - amount;
    (1..=most).contains(&missing).then(|| Operation::Skonto(document.deducting(missing)))
}

fn in_the_future(day: Date) -> Problem {
    let fault = Fault {
        code: "out-of-range".to_owned(),
        pointer: "/received_on".to_owned(),
        detail: format!("{day} is in the future."),
        hint: Some("Send the day of the bank's statement, or leave it out.".to_owned()),
    };
    problem::invalid_body(vec![fault])
}

/// Answers `recordRefund`.
pub fn refund(caller: Caller, Path(asked): Path<InvoiceId>, key: MandatoryKey, Json(money): Json<Money>) -> Answer {
    operate(&caller, &asked, key, &money, ("recordRefund", &money.why), |_, _| {
        Ok(vec![Operation::Refund(money.amount.get())])
    })
}

/// Answers `recordChargeback`.
pub fn charge_back(
    caller: Caller,
    Path(asked): Path<InvoiceId>,
    key: MandatoryKey,
    Json(money): Json<Money>,
) -> Answer {
    operate(&caller, &asked, key, &money, ("recordChargeback", &money.why), |_, _| {
        Ok(vec![Operation::Chargeback(money.amount.get())])
    })
}

/// Answers `useBalance`.
pub fn use_balance(
    caller: Caller,
    Path(asked): Path<InvoiceId>,
    key: MandatoryKey,
    Json(money): Json<Money>,
) -> Answer {
    operate(&caller, &asked, key, &money, ("useBalance", &money.why), |_, _| {
        Ok(vec![Operation::UseBalance(money.amount.get())])
    })
}

type Answer = Result<Created<Written<Settlement>>, NotThere>;

fn operate(
    caller: &Caller,
    asked: &InvoiceId,
    key: MandatoryKey,
    request: &impl Serialize,
    (name, why): (&str, &str),
    plan: impl Fn(&Book, Date) -> Result<Vec<Operation>, Problem>,
) -> Answer {
    let why = Why::new(name_of(caller), why).map_err(|refusal| refused(&refusal))?;
    let request = serde_json::to_vec(&(&*asked.id, request)).unwrap_or_default();
    let idempotency = fingerprint(key, name, &request)?;
    for _ in 0..ATTEMPTS {
        let now = time::now_us();
        let book = Book::read(&asked.id)?.ok_or_else(|| unknown_invoice(&asked.id))?;
        let steps = match plan(&book, book.day_of(now)).and_then(|plan| all_applied(&book, &plan, now)) {
            Ok(steps) => steps,
            Err(problem) => {
                return match repeated(&idempotency)? {
                    Some(executed) => Ok(Created(text_of(executed)?)),
                    None => Err(problem.into()),
                };
            }
        };
        let answer = Written::new(&settlement(&book, &steps).ok_or_else(problem::unavailable)?)
            .map_err(|error| sql::Error::Invalid(error.to_string()))?;
        let batch = steps.iter().zip(1..).fold(Batch::new(), |batch, (applied, place)| {
            post(batch, &Posted { book: &book, applied, place, why: &why, document: None, now })
        });
        match batch.answering(Some(idempotency.clone()), answer) {
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
    all_applied(book, &[operation], now)?.pop().ok_or_else(problem::unavailable)
}

/// What comes of operations that are posted together, each on what the one before it left.
fn all_applied(book: &Book, operations: &[Operation], now: i64) -> Result<Vec<Applied>, Problem> {
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
    let mut balance = super::balance_of(&document.invoice.login, document.invoice.currency)?;
    let (mut account, mut steps) = (*account, Vec::with_capacity(operations.len()));
    for operation in operations {
        let asks = matches!(operation, Operation::UseBalance(_)) && account.cancelled;
        let applied =
            if asks { Err(Refusal::AlreadyCancelled) } else { account.apply(*operation, balance, book.day_of(now)) };
        let applied = applied.map_err(|refusal| refused(&refusal))?;
        balance += applied.posting.balance_change();
        account = applied.account;
        steps.push(applied);
    }
    Ok(steps)
}

/// An operation that is to be committed.
#[derive(Clone, Copy)]
pub(crate) struct Posted<'a> {
    /// On which invoice.
    pub book: &'a Book,
    /// What comes of it.
    pub applied: &'a Applied,
    /// Its place among the rows that are added at once, from 1.
    pub place: i64,
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
    .bind(book.version() + posted.place)
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

fn settlement(book: &Book, steps: &[Applied]) -> Option<Settlement> {
    let (first, last) = (steps.first()?, steps.last()?);
    let account = &last.account;
    Some(Settlement {
        invoice: book.document.numbering.id.clone(),
        version: book.version() + i64::try_from(steps.len()).ok()?,
        operation: first.operation().to_owned(),
        state_before: first.from.unwrap_or(first.to),
        state: last.to,
        open: account.open(),
        paid: account.paid,
        balance_used: account.balance_used,
        refundable: account.refundable(),
        balance_change: steps.iter().map(|step| step.posting.balance_change()).sum(),
        skonto: account.deducted.total() - book.account.deducted.total(),
    })
}
