//! Issuing an invoice for a caller, whoever asks for it in whatever way.

use kontor_rules::{Accepted, Date, Invoice, invoice::Request, seal::Hash};
use kontor_sdk::{
    Caller, Fault, MandatoryKey, Problem, id, log, problem,
    sql::{self, Batch, Executed, Idempotency, Statement},
    time,
};
use serde_json::Value;

use crate::{
    ledger::balance_too_small,
    register::{self, ATTEMPTS, Author, Entry, NotCommitted, Registration, Source, Unfit},
    registration::{Found, RegisteredInvoice, select_found},
    seller::Shop,
};

/// Who asks; the edge lets services in alone.
pub fn name_of(caller: &Caller) -> &str {
    match caller {
        Caller::Service(identity) | Caller::User(identity) => &identity.name,
        Caller::Anonymous => "nobody",
    }
}

/// The key with a fingerprint of the body, whose order and blanks do not count.
///
/// # Errors
/// If the body is no JSON.
pub fn fingerprint(key: MandatoryKey, operation: &str, body: &[u8]) -> Result<Idempotency, Problem> {
    let body: Value = serde_json::from_slice(body).map_err(|error| problem::not_json(&error))?;
    let hash = |bytes: &[u8]| Hash::of(bytes).0.to_vec();
    key.into_key().of(operation, &body, hash)?.ok_or_else(problem::unavailable)
}

/// An invoice that is to be issued for a caller.
pub struct Issue<'a> {
    /// Seller and series.
    pub shop: &'a Shop,
    /// Who asks.
    pub by: &'a str,
    /// Why.
    pub why: &'a str,
    /// So that a repeat does nothing again.
    pub idempotency: Idempotency,
}

impl Issue<'_> {
    /// Registers what `check` makes of a draft as of a moment, and answers with the whole invoice. A repeat is answered from
    /// what the first time found.
    ///
    /// # Errors
    /// What `check` says; 409 for a source, an id or a balance; 422 for an unknown series.
    pub fn register(&self, check: impl Fn(i64) -> Result<Accepted, Problem>) -> Result<RegisteredInvoice, Problem> {
        let mut now = time::now_us();
        for _ in 0..ATTEMPTS {
            let accepted = check(now)?;
            let id = accepted.request.id.clone().unwrap_or_else(|| mint(&accepted.invoice.login));
            let asked = Asked { accepted: &accepted, id: &id, now, elsewhere: None };
            match self.commit(&asked, |batch| batch)? {
                Ok(invoice) => return Ok(invoice),
                Err(NotCommitted::Later(later)) => now = later,
                Err(NotCommitted::Database(error)) => return Err(self.explained(error, &accepted)),
            }
        }
        Err(sql::Error::Busy.into())
    }

    /// Registers one invoice, with what `more` adds to the batch. The inner error is one that the next attempt may not meet.
    ///
    /// # Errors
    /// 422 for what cannot be registered whatever the database says.
    pub fn commit(
        &self,
        asked: &Asked<'_>,
        more: impl Fn(Batch) -> Batch,
    ) -> Result<Result<RegisteredInvoice, NotCommitted>, Problem> {
        let Asked { accepted: Accepted { invoice, request, .. }, id, now, elsewhere } = *asked;
        fits(invoice, request)?;
        let source = match elsewhere {
            Some(Elsewhere { number, day, .. }) => Source::Elsewhere(number, day),
            None => self
                .shop
                .series_named(request.series.as_deref())
                .map(Source::Series)
                .ok_or_else(|| unknown_series(self.shop, request))?,
        };
        // What callers name never meets what events name.
        let named = format!("api/{}", request.source.as_deref().unwrap_or(id));
        let author = Author { by: self.by, why: self.why };
        let is_paid = elsewhere.is_some_and(|elsewhere| elsewhere.is_paid);
        let entry = Entry { id, source: &named, receipt_hash: "", use_balance: request.use_balance, is_paid, author };
        let registration = Registration::new(entry, invoice, self.shop, source, now).map_err(unfit)?;
        let committed = registration.commit(|batch| {
            let read = Statement::new(select_found!("WHERE r.id = $1")).bind(id).returning::<Found>().expect_rows(1);
            Batch { idempotency: Some(self.idempotency.clone()), ..more(batch).statement(read) }
        });
        match committed {
            // What was committed now is the invoice at hand; what was committed before may have had another draft's blanks.
            Ok(executed) if executed.replayed => Ok(Ok(found(executed)?.with_stored()?)),
            Ok(executed) => Ok(Ok(found(executed)?.with(invoice.clone())?)),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Why the database refused it.
    pub fn explained(&self, error: sql::Error, accepted: &Accepted) -> Problem {
        let Accepted { invoice, request, .. } = accepted;
        match error {
            sql::Error::Conflict { constraint, .. }
                if constraint == "registrations_source" && request.source.is_some() =>
            {
                taken(
                    "source-taken",
                    "source",
                    request.source.as_deref(),
                    "The invoice of this source is registered already.",
                )
            }
            // Without a source of its own, the id is the source.
            sql::Error::Conflict { constraint, .. }
                if constraint == "registrations_pkey" || constraint == "registrations_source" =>
            {
                taken("id-taken", "id", request.id.as_deref(), "Another invoice has this id.")
            }
            sql::Error::Conflict { constraint, .. } if constraint == "registrations_number" => {
                // Nobody else asks for numbers: this one was given by another series, or came from elsewhere.
                log::error("the configured series gives a number that another series has given; change its pattern");
                Problem::new(503, "misconfigured", "The function's configuration is wrong")
                    .detail("The configuration key series gives a number that is given already.")
                    .hint("The operator has to change the pattern of this series.")
            }
            sql::Error::TooLarge(what) => fault(
                "",
                "too-large",
                &format!("The invoice does not fit one commit: {what}."),
                "Make several invoices of it.",
            ),
            sql::Error::Guard { statement: register::BALANCE, .. } => {
                balance_too_small(&invoice.login, invoice.currency, request.use_balance)
            }
            other => other.into(),
        }
    }
}

/// What a committed registration found, from the batch's last statement.
///
/// # Errors
/// If it is not there.
pub fn found(mut executed: Executed) -> Result<Found, sql::Error> {
    let last = executed.outcomes.len().saturating_sub(1);
    let row = executed.rows::<Found>(last)?.into_iter().next();
    row.ok_or_else(|| sql::Error::Invalid("a registration that was committed is not there".to_owned()))
}

/// What is to be registered.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The invoice.
    pub accepted: &'a Accepted,
    /// Its id.
    pub id: &'a str,
    /// As of when, µs since 1970 UTC.
    pub now: i64,
    /// If it was issued elsewhere.
    pub elsewhere: Option<Elsewhere<'a>>,
}

/// An invoice that was issued elsewhere.
#[derive(Clone, Copy)]
pub struct Elsewhere<'a> {
    /// Its number there.
    pub number: &'a str,
    /// The day of its issue.
    pub day: Date,
    /// Whether it is paid already.
    pub is_paid: bool,
}

/// 409: something unique is there already.
pub fn taken(code: &'static str, field: &str, value: Option<&str>, detail: &str) -> Problem {
    Problem::new(409, code, "It is registered already")
        .detail(format!("{detail} The {field} is {:?}.", value.unwrap_or_default()))
        .hint("Look the invoice up with listInvoices; repeat a request with its own idempotency key.")
        .pointer(format!("/{field}"))
}

fn unfit(error: Unfit) -> Problem {
    match error {
        Unfit::Refused(refusal) => crate::ledger::refused(&refusal),
        Unfit::NotCanonical(why) => fault("", "out-of-range", &why.to_string(), "Send smaller numbers."),
        Unfit::Clock => problem::unavailable(),
        Unfit::Database(error) => error.into(),
    }
}

fn unknown_series(shop: &Shop, request: &Request) -> Problem {
    let known: Vec<&str> = shop.series.iter().map(|series| series.name.as_str()).collect();
    let asked = request.series.as_deref().unwrap_or_default();
    fault(
        "/series",
        "unknown-series",
        &format!("There is no series {asked:?}."),
        &format!("Known are {}.", known.join(", ")),
    )
}

/// The columns are bytes in UTF-8, and the rules count characters.
const LOGIN_SIZE_MAX_BYTES: usize = 255;
const SOURCE_SIZE_MAX_BYTES: usize = 250;

fn fits(invoice: &Invoice, request: &Request) -> Result<(), Problem> {
    let source = request.source.as_deref().unwrap_or_default();
    for (field, text, most) in
        [("/login", invoice.login.as_str(), LOGIN_SIZE_MAX_BYTES), ("/source", source, SOURCE_SIZE_MAX_BYTES)]
    {
        if text.len() > most {
            let detail = format!("This has {} bytes in UTF-8; at most {most} are allowed.", text.len());
            return Err(fault(field, "too-long", &detail, "Shorten it."));
        }
    }
    Ok(())
}

/// 422 with one fault.
pub fn fault(pointer: &str, code: &str, detail: &str, hint: &str) -> Problem {
    let fault = Fault {
        code: code.to_owned(),
        pointer: pointer.to_owned(),
        detail: detail.to_owned(),
        hint: Some(hint.to_owned()),
    };
    Problem::new(422, "invalid-invoice", "The invoice breaks rules").detail(detail.to_owned()).faults(vec![fault])
}

/// A ULID, and behind it 30 bits of a hash of the login, as the function `sales` mints it: unique over shards that are split
/// by login, and the login cannot be read from it.
pub fn mint(login: &str) -> String {
    let mut id = id::ulid();
    let hash = Hash::of_parts(&[b"kontor invoice id\n", login.as_bytes()]);
    let bits = hash.0.iter().take(4).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    id::push_base32(bits, 6, &mut id);
    id
}
