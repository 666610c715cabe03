//! Reading invoices.

mod search;

use kontor_rules::{Date, ledger::State};
use kontor_sdk::{
    Bounded, Fault, Json, Path, Problem, Query, Text, problem,
    sql::{self, Statement},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::registration::{RegisteredInvoice, Row, select};

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

/// Which invoices, and which page of them. Everything that is asked for has to be so.
#[derive(Deserialize, ToSchema)]
pub struct PageOf {
    /// Where the last page ended: its `next`.
    #[schema(inline)]
    after: Option<Text<1, 100>>,
    /// How many invoices at most; 50 if it is left out.
    #[schema(inline)]
    limit: Option<Bounded<1, 500>>,
    /// Of this customer: the login.
    #[schema(inline)]
    customer: Option<Text<1, 200>>,
    /// Of this series.
    #[schema(inline)]
    series: Option<Text<1, 40>>,
    /// With this number.
    #[schema(inline)]
    number: Option<Text<1, 60>>,
    /// Issued on this day or later.
    #[schema(inline)]
    from: Option<Date>,
    /// Issued on this day or before.
    #[schema(inline)]
    to: Option<Date>,
    /// In this state now.
    #[schema(inline)]
    state: Option<State>,
    /// Of this gross amount or more, minor units.
    #[schema(inline)]
    gross_from: Option<Bounded<0, { kontor_rules::money::AMOUNT_MAX }>>,
    /// Of this gross amount or less, minor units.
    #[schema(inline)]
    gross_to: Option<Bounded<0, { kontor_rules::money::AMOUNT_MAX }>>,
}

/// A page of invoices.
#[derive(Serialize, ToSchema)]
pub struct Invoices {
    /// In the order of their numbers. While `next` is there, a page that was asked for by more than customer and series
    /// may have fewer than the limit, and even none.
    invoices: Vec<RegisteredInvoice>,
    /// What to ask for as `after`; null on the last page.
    next: Option<String>,
}

/// Answers `listInvoices`. The order is the one of series, year and number, which is the order of issue: a new invoice
/// always comes after all others of its series, so a reader who follows `next` misses none.
pub fn list_invoices(Query(page): Query<PageOf>) -> Result<Json<Invoices>, Problem> {
    let mut limit = page.limit.map_or(PAGE, Bounded::get);
    let start = match &page.after {
        Some(after) => read_cursor(after).ok_or_else(|| wrong_cursor(after))?,
        None => ("", "", 0),
    };
    let (mut found, next) = loop {
        match search::page(&page, start, limit) {
            // Bodies of a thousand lines: fewer of them fit one result, and the next page goes on behind them.
            Err(sql::Error::TooLarge(_)) if limit > 1 => limit /= 2,
            found => break found?,
        }
    };
    found.truncate(usize::try_from(limit).unwrap_or(0));
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
