//! Cancellations and corrections: new invoices of their own numbers, whose postings are on the original's account, in the
//! one batch that registers them.

use kontor_rules::{
    Accepted, Draft, Invoice,
    invoice::{self, Earlier},
    ledger::{Operation, Sums, Why},
};
use kontor_sdk::{
    Caller, JsonText, MandatoryKey, Path, Problem, config,
    sql::{self, Batch, Statement},
    time,
};

use crate::{
    create::Issued,
    issue::{Asked, Issue, fingerprint, found, mint, name_of},
    ledger::{Book, Posted, again, applied, post, refused, repeated},
    list::{InvoiceId, NotThere, unknown_invoice},
    register::NotCommitted,
    registration::{RegisteredInvoice, Row, select},
    seller::{self, Shop},
    violations,
};

/// How often it is tried again because somebody else was first.
const ATTEMPTS: usize = 100;

/// Answers `cancelInvoice`.
pub fn cancel_invoice(
    caller: Caller,
    Path(asked): Path<InvoiceId>,
    key: MandatoryKey,
    request: JsonText<Draft>,
) -> Result<Issued, NotThere> {
    issue(&caller, &asked, key, &request.text, What::Cancellation)
}

/// Answers `correctInvoice`: a credit for a part of an invoice, or the corrected invoice of one that is cancelled.
pub fn correct_invoice(
    caller: Caller,
    Path(asked): Path<InvoiceId>,
    key: MandatoryKey,
    draft: JsonText<Draft>,
) -> Result<Issued, NotThere> {
    issue(&caller, &asked, key, &draft.text, What::Correction)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Cancellation,
    Correction,
}

impl What {
    fn operation(self) -> &'static str {
        if self == Self::Cancellation { "cancelInvoice" } else { "correctInvoice" }
    }
}

fn issue(caller: &Caller, asked: &InvoiceId, key: MandatoryKey, body: &[u8], what: What) -> Result<Issued, NotThere> {
    let shop = config::cached::<Shop>().map_err(|error| seller::no_seller(&error))?;
    let of_invoice = format!("{}/{}", what.operation(), &*asked.id);
    let idempotency = fingerprint(key, &of_invoice, body)?;
    let (by, mut now) = (name_of(caller), time::now_us());
    for _ in 0..ATTEMPTS {
        let book = Book::read(&asked.id)?.ok_or_else(|| unknown_invoice(&asked.id))?;
        let why = format!("{} {}", what.operation(), book.document.numbering.number);
        let issue = Issue { shop: &shop, by, why: &why, idempotency: idempotency.clone() };
        match attempt(&issue, &book, body, (what, now)) {
            Ok(Ok(invoice)) => return Ok(Issued(Box::new(invoice))),
            Ok(Err(NotCommitted::Later(later))) => now = later,
            Ok(Err(NotCommitted::Database(error))) => {
                let frozen = &book.document.invoice;
                again(error, &frozen.login, frozen.currency)?;
            }
            Err(problem) => {
                let before = repeated(&idempotency)?.map(|executed| found(executed)?.with_stored()).transpose()?;
                return before.map(|invoice| Issued(Box::new(invoice))).ok_or_else(|| problem.into());
            }
        }
    }
    Err(sql::Error::Busy.into())
}

/// One attempt. The inner error is one that the next attempt may not meet.
fn attempt(
    issue: &Issue<'_>,
    book: &Book,
    body: &[u8],
    (what, now): (What, i64),
) -> Result<Result<RegisteredInvoice, NotCommitted>, Problem> {
    let credits = credits_of(&book.document.numbering.id)?;
    let earlier = Earlier { cancelled: book.account.cancelled, credits: &credits };
    let (original, seller) = (&book.document, issue.shop.seller_at(now));
    let made = match what {
        What::Cancellation => invoice::cancel(original, &earlier, seller, body),
        What::Correction if earlier.cancelled => invoice::replace(original, &earlier, seller, body),
        What::Correction => invoice::correct(original, &earlier, seller, body),
    };
    let accepted = made.map_err(violations::problem)?;
    let id = accepted.request.id.clone().unwrap_or_else(|| mint(&accepted.invoice.login));
    let asked = Asked { accepted: &accepted, id: &id, now, elsewhere: None };
    let operation = match what {
        What::Cancellation => Operation::Cancellation,
        // The corrected invoice asks for its money itself.
        What::Correction if earlier.cancelled => {
            return match issue.commit(&asked, |batch| batch)? {
                Err(NotCommitted::Database(error)) => Err(issue.explained(error, &accepted)),
                done => Ok(done),
            };
        }
        What::Correction => Operation::Correction(Sums::of(&accepted.invoice)),
    };
    let applied = applied(book, operation, now)?;
    let reason = accepted.invoice.reason.as_deref().unwrap_or(issue.why);
    let why = Why::new(issue.by, reason).map_err(|refusal| refused(&refusal))?;
    let posted = Posted { book, applied: &applied, place: 1, why: &why, document: Some(&id), now };
    match issue.commit(&asked, |batch: Batch| post(batch, &posted))? {
        Err(NotCommitted::Database(error)) => explained(issue, error, &accepted),
        done => Ok(done),
    }
}

/// What another attempt may not meet stays an error of the database; the rest is told.
fn explained<T>(issue: &Issue<'_>, error: sql::Error, accepted: &Accepted) -> Result<Result<T, NotCommitted>, Problem> {
    match &error {
        sql::Error::Guard { .. } => Ok(Err(error.into())),
        sql::Error::Conflict { constraint, .. } if constraint == "history_pkey" => Ok(Err(error.into())),
        _ => Err(issue.explained(error, accepted)),
    }
}

/// The credits that took parts of an invoice back before.
fn credits_of(id: &str) -> Result<Vec<Invoice>, Problem> {
    let read = Statement::new(select!(
        "JOIN history c ON c.document = r.id WHERE c.invoice = $1 AND c.operation = 'correction' ORDER BY c.version"
    ));
    let rows = read.bind(id).rows::<Row>()?;
    rows.into_iter().map(|row| row.into_document().map(|document| document.invoice)).collect()
}
