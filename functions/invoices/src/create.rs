//! `POST /invoices`: an invoice that a service asks for.

use kontor_rules::{Accepted, Draft, Invoice, invoice, ledger::Sums};
use kontor_sdk::{
    Caller, JsonText, MandatoryKey, Problem, Query, Response, config,
    document::{OperationDocument, ResponseDocument},
    response::IntoResponse,
    time,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    issue::{Issue, fingerprint, name_of},
    ledger::balance_of,
    registration::RegisteredInvoice,
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
    let check = |now| invoice::check_json(&draft.text, shop.seller_at(now)).map_err(violations::problem);
    if how.preview == Some(Flag::True) {
        return preview(check(time::now_us())?).map(|preview| Made::Preview(Box::new(preview)));
    }
    let idempotency = fingerprint(key, "createInvoice", &draft.text)?;
    let issue = Issue { shop: &shop, by: name_of(&caller), why: "asked for by POST /invoices", idempotency };
    issue.register(check).map(|invoice| Made::Invoice(Box::new(invoice)))
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
