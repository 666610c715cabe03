//! A receipt: one invoice for whoever has its link.

mod language;
mod page;

use kontor_sdk::{
    Json, Path, Problem, Request, Response, RetryAfter, Text,
    document::{OperationDocument, ResponseDocument},
    id,
    response::IntoResponse,
    sql::Statement,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use crate::{
    list::NotThere,
    registration::{RegisteredInvoice, Row, select},
};
use language::{Language, prefers_json};

/// An invoice's id has 32 characters; the rest of the token is the secret, 26 characters of five random bits.
const ID_SIZE_BYTES: usize = 32;
const SECRET_SIZE_BYTES: usize = 26;

/// Names a receipt.
#[derive(Deserialize, ToSchema)]
pub struct Token {
    /// What the purchase was answered with.
    #[schema(inline)]
    token: Text<1, 200>,
}

/// Answers `getReceipt`.
pub fn get_receipt(Path(asked): Path<Token>, request: Request) -> Result<Receipt, RetryAfter<NotThere>> {
    let invoice = find(&asked.token).map_err(|problem| RetryAfter(1, NotThere(problem)))?;
    let json = prefers_json(request.header("accept").unwrap_or("*/*"));
    let language = Language::of(request.header("accept-language").unwrap_or_default());
    Ok(if json { Receipt::Json(Box::new(invoice)) } else { Receipt::Page(page::of(&invoice, language), language) })
}

/// The store is asked for the id, which is no secret; the secret is compared by its hash and in constant time. Nobody
/// can tell an invoice that is not there from a wrong secret.
fn find(token: &str) -> Result<RegisteredInvoice, Problem> {
    let unknown = || {
        Problem::new(404, "unknown-receipt", "There is no such receipt, or not yet").hint(
            "A receipt follows its purchase by a moment: try again. If it stays away, look at the link once more.",
        )
    };
    if token.len() != ID_SIZE_BYTES + SECRET_SIZE_BYTES || !id::is_base32(token) {
        return Err(unknown());
    }
    let (id, secret) = token.split_at(ID_SIZE_BYTES);
    let found = Statement::new(select!("WHERE r.id = $1")).bind(id).first::<Row>()?.ok_or_else(unknown)?;
    let hash: String = Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect();
    if !bool::from(hash.as_bytes().ct_eq(found.receipt_hash.as_bytes())) {
        return Err(unknown());
    }
    found.into_invoice()
}

/// A receipt in one of its forms.
pub enum Receipt {
    /// For programs.
    Json(Box<RegisteredInvoice>),
    /// For people.
    Page(String, Language),
}

impl IntoResponse for Receipt {
    fn into_response(self) -> Response {
        let response = match self {
            Self::Json(invoice) => Json(*invoice).into_response(),
            Self::Page(page, language) => Response::new(200)
                .body("text/html; charset=utf-8", page)
                .header("content-language", language.code())
                .header(
                    "content-security-policy",
                    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
                ),
        };
        // The address is the key to the receipt: it must not leak to caches, search engines or other sites.
        response
            .header("cache-control", "private, no-store")
            .header("referrer-policy", "no-referrer")
            .header("vary", "accept, accept-language")
            .header("x-robots-tag", "noindex")
    }

    fn document(operation: &mut OperationDocument) {
        let response = ResponseDocument::json::<RegisteredInvoice>("The invoice.").or_text("text/html");
        operation.response(200, response);
    }
}
