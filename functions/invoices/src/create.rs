//! `POST /invoices`: an invoice that a service asks for.

use kontor_rules::{
    Accepted, Draft, Invoice,
    invoice::{self, Request},
    ledger::Sums,
    seal::Hash,
};
use kontor_sdk::{
    Caller, Fault, JsonText, MandatoryKey, Problem, Query, Response,
    config::{self},
    document::{OperationDocument, ResponseDocument},
    id, log, problem,
    response::IntoResponse,
    sql::{self, Batch, Idempotency, Statement},
    time,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    ledger::{balance_of, balance_too_small},
    register::{self, Author, Entry, Registration, Unfit},
    registration::{RegisteredInvoice, Row, select},
    seller::{self, Shop},
    violations,
};

/// How to be asked.
#[derive(Deserialize, ToSchema)]
pub struct How {
    /// `true` checks and computes, and registers nothing: no number is taken.
    #[schema(inline)]
    preview: Option<Flag>,
}

/// True or false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Flag {
    /// Yes.
    True,
    /// No.
    False,
}

/// What an invoice would be.
#[derive(Serialize, ToSchema)]
pub struct Preview {
    /// What would be frozen.
    pub invoice: Invoice,
    /// What would be left to pay, minor units; the balance may change until the invoice is registered.
    pub due: i64,
    /// What the customer's balance would pay.
    pub balance_used: i64,
    /// What looks wrong and may be right.
    pub warnings: Vec<Warning>,
}

/// What looks wrong and may be right.
#[derive(Serialize, ToSchema)]
pub struct Warning {
    /// Stable, for programs.
    code: String,
    /// JSON pointer into the draft.
    pointer: String,
    /// What it is.
    detail: String,
    /// What to do.
    hint: String,
}

/// What `POST /invoices` answers.
pub enum Made {
    /// It is registered.
    Invoice(Box<RegisteredInvoice>),
    /// It was only looked at.
    Preview(Box<Preview>),
}

impl IntoResponse for Made {
    fn into_response(self) -> Response {
        match self {
            Self::Invoice(invoice) => made(*invoice),
            Self::Preview(preview) => kontor_sdk::Json(*preview).into_response(),
        }
    }

    fn document(operation: &mut OperationDocument) {
        operation.response(200, ResponseDocument::json::<Preview>("The preview; nothing is registered."));
        operation.response(201, ResponseDocument::json::<RegisteredInvoice>("Registered."));
    }
}

/// 201, and where it is.
fn made(invoice: RegisteredInvoice) -> Response {
    let location = format!("/invoices/{}", invoice.document.numbering.id);
    let response = kontor_sdk::Json(invoice).into_response();
    Response { status: 201, ..response }.header("location", location)
}

/// 201 with a registered invoice.
pub struct Issued(pub Box<RegisteredInvoice>);

impl IntoResponse for Issued {
    fn into_response(self) -> Response {
        made(*self.0)
    }

    fn document(operation: &mut OperationDocument) {
        operation.response(201, ResponseDocument::json::<RegisteredInvoice>("Registered."));
    }
}

/// Answers `createInvoice`.
pub fn create_invoice(
    caller: Caller,
    Query(how): Query<How>,
    key: MandatoryKey,
    draft: JsonText<Draft>,
) -> Result<Made, Problem> {
    let shop = config::cached::<Shop>().map_err(|error| seller::no_seller(&error))?;
    let accepted = invoice::check_json(&draft.text, &shop.seller).map_err(violations::problem)?;
    if how.preview == Some(Flag::True) {
        return preview(accepted).map(|preview| Made::Preview(Box::new(preview)));
    }
    let idempotency = fingerprint(key, "createInvoice", &draft.text)?;
    let issue = Issue { shop: &shop, by: name_of(&caller), why: "asked for by POST /invoices", idempotency };
    issue.register(&accepted, |batch| batch).map(|invoice| Made::Invoice(Box::new(invoice)))
}

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

fn preview(accepted: Accepted) -> Result<Preview, Problem> {
    let Accepted { invoice, request, warnings } = accepted;
    let total = Sums::of(&invoice).total();
    let balance = balance_of(&invoice.login, invoice.currency)?;
    let used = kontor_rules::ledger::balance_used(request.use_balance, balance, total);
    let balance_used = used.map_err(|refusal| crate::ledger::refused(&refusal))?;
    let warning = |violation: kontor_rules::Violation| Warning {
        code: violation.code.to_owned(),
        pointer: violation.pointer,
        detail: violation.detail,
        hint: violation.hint,
    };
    let warnings = warnings.into_iter().map(warning).collect();
    Ok(Preview { due: total - balance_used, balance_used, warnings, invoice })
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
    /// Registers it, with what `more` adds to the batch, and answers with the whole invoice. A repeat is answered from the
    /// rows of the first time.
    ///
    /// # Errors
    /// 409 for a source, an id or a balance; 422 for an unknown series.
    pub fn register(&self, accepted: &Accepted, more: impl Fn(Batch) -> Batch) -> Result<RegisteredInvoice, Problem> {
        let id = accepted.request.id.clone().unwrap_or_else(|| mint(&accepted.invoice.login));
        self.commit(accepted, &id, more)?.map_err(|error| self.explained(error, accepted))
    }

    /// As [`Self::register`], with an id that is minted already; the inner error is the database's.
    ///
    /// # Errors
    /// 422 for what cannot be registered whatever the database says.
    pub fn commit(
        &self,
        accepted: &Accepted,
        id: &str,
        more: impl Fn(Batch) -> Batch,
    ) -> Result<Result<RegisteredInvoice, sql::Error>, Problem> {
        let Accepted { invoice, request, .. } = accepted;
        let series =
            self.shop.series_named(request.series.as_deref()).ok_or_else(|| unknown_series(self.shop, request))?;
        fits(invoice, request)?;
        // What callers name never meets what events name.
        let source = format!("api/{}", request.source.as_deref().unwrap_or(id));
        let author = Author { by: self.by, why: self.why };
        let use_balance = request.use_balance;
        let entry = Entry { id, source: &source, receipt_hash: "", use_balance, is_paid: false, author };
        let registration = Registration::new(entry, invoice, self.shop, series, time::now_us()).map_err(unfit)?;
        let committed = registration.commit(|batch| {
            let read = Statement::new(select!("WHERE r.id = $1")).bind(id).returning::<Row>().expect_rows(1);
            Batch { idempotency: Some(self.idempotency.clone()), ..more(batch).statement(read) }
        });
        let read = committed.and_then(|mut executed| {
            let last = executed.outcomes.len().saturating_sub(1);
            let row = executed.rows::<Row>(last)?.into_iter().next();
            row.ok_or_else(|| sql::Error::Invalid("a registration that was committed is not there".to_owned()))
        });
        match read {
            Ok(row) => row.into_invoice().map(Ok),
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

fn taken(code: &'static str, field: &str, value: Option<&str>, detail: &str) -> Problem {
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

fn fault(pointer: &str, code: &str, detail: &str, hint: &str) -> Problem {
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
