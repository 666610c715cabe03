//! Reading invoices.

use kontor_sdk::{Bounded, Fault, Json, Path, Problem, Query, Text, problem, sql::Statement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    register::SELLER,
    registration::{RegisteredInvoice, Row, select},
};

const PAGE: i64 = 50;

/// Names an invoice.
#[derive(Deserialize, ToSchema)]
pub struct InvoiceId {
    /// The invoice's id.
    #[schema(inline)]
    pub id: Text<1, 64>,
}

/// Answers `getInvoice`.
pub fn get_invoice(Path(asked): Path<InvoiceId>) -> Result<Json<RegisteredInvoice>, NotThere> {
    let found = Statement::new(select!("WHERE r.id = $1")).bind(&*asked.id).first::<Row>()?;
    Ok(Json(found.ok_or_else(|| unknown_invoice(&asked.id))?.into_invoice()?))
}

pub fn unknown_invoice(id: &str) -> Problem {
    Problem::new(404, "unknown-invoice", "There is no such invoice")
        .detail(format!("There is no invoice {id:?}."))
        .hint("An invoice follows its purchase by a moment; ask again, or look it up with listInvoices.")
}

/// A page.
#[derive(Deserialize, ToSchema)]
pub struct PageOf {
    /// Where the last page ended: its `next`.
    #[schema(inline)]
    after: Option<Text<1, 100>>,
    /// How many invoices at most; 50 if it is left out.
    #[schema(inline)]
    limit: Option<Bounded<1, 500>>,
}

/// A page of invoices.
#[derive(Serialize, ToSchema)]
pub struct Invoices {
    /// In the order of their numbers.
    invoices: Vec<RegisteredInvoice>,
    /// What to ask for as `after`; null on the last page.
    next: Option<String>,
}

/// Answers `listInvoices`. The order is the one of series, year and number, which is the order of issue: a new invoice
/// always comes after all others of its series, so a reader who follows `next` misses none.
pub fn list_invoices(Query(page): Query<PageOf>) -> Result<Json<Invoices>, Problem> {
    let limit = page.limit.map_or(PAGE, Bounded::get);
    let (series, period, sequence) = match &page.after {
        Some(after) => read_cursor(after).ok_or_else(|| wrong_cursor(after))?,
        None => ("", "", 0),
    };
    let mut found = Statement::new(select!(
        "WHERE r.seller = $1 AND (r.series, r.period, r.sequence) > ($2, $3, $4) \
         ORDER BY r.seller, r.series, r.period, r.sequence LIMIT $5"
    ))
    .bind(SELLER)
    .bind(series)
    .bind(period)
    .bind(sequence)
    .bind(limit + 1)
    .rows::<Row>()?;
    let more = i64::try_from(found.len()).is_ok_and(|rows| rows > limit);
    found.truncate(usize::try_from(limit).unwrap_or(0));
    let cursor = |last: &Row| format!("{}.{}.{}", last.series, last.period, last.sequence);
    let next = found.last().filter(|_| more).map(cursor);
    let invoices = found.into_iter().map(Row::into_invoice).collect::<Result<_, _>>()?;
    Ok(Json(Invoices { invoices, next }))
}

/// Reads `SERIES.PERIOD.SEQUENCE`.
fn read_cursor(cursor: &str) -> Option<(&str, &str, i64)> {
    let (rest, sequence) = cursor.rsplit_once('.')?;
    let (series, period) = rest.rsplit_once('.')?;
    Some((series, period, sequence.parse().ok()?))
}

fn wrong_cursor(after: &str) -> Problem {
    problem::invalid_parameters(vec![Fault {
        code: "wrong-type".to_owned(),
        pointer: "#/query/after".to_owned(),
        detail: format!("{after:?} is not where a page ended."),
        hint: Some("Send the next of the page before, or leave it out.".to_owned()),
    }])
}

/// 404, besides every other problem.
pub struct NotThere(pub Problem);

impl<E: Into<Problem>> From<E> for NotThere {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl kontor_sdk::response::IntoResponse for NotThere {
    fn into_response(self) -> kontor_sdk::Response {
        self.0.into_response()
    }

    fn document(operation: &mut kontor_sdk::document::OperationDocument) {
        operation.response(
            404,
            kontor_sdk::document::ResponseDocument::problem("It is not there, or not yet.").retry_after(),
        );
        Problem::document(operation);
    }
}
