//! An invoice as clients see it: the registration and the body together.

use kontor_sdk::{Problem, log, row, sql::Timestamp, time};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    body::{Body, Buyer, Line},
    seller::Seller,
};

/// The columns of a [`Registration`], for every query that reads some; `WHERE` and the like follow.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.series, r.period, r.sequence, r.number, r.issued_at, r.login, r.receipt_hash, r.source, p.body \
             FROM registrations r JOIN pending p ON p.id = r.id ",
            $rest
        )
    };
}
pub(crate) use select;

row! {
    /// A registration with its body.
    pub struct Registration {
        id: String,
        series: String,
        period: String,
        sequence: i64,
        number: String,
        issued_at: Timestamp,
        login: String,
        receipt_hash: String,
        source: String,
        body: String,
    }
}

/// An invoice. Amounts are in minor units.
#[derive(Serialize, ToSchema)]
pub struct Invoice {
    /// Unique; rises with time.
    pub id: String,
    /// The invoice's number.
    #[schema(example = "RE-2026-000001")]
    pub number: String,
    /// The series that the number is from.
    #[schema(example = "RE")]
    pub series: String,
    /// Its place in the series' year, from 1 without gaps.
    #[schema(example = 1)]
    pub sequence: i64,
    /// When it was issued: RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub issued_at: String,
    /// When it was supplied: RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub supplied_at: String,
    /// The buyer's login; `guest-…` for an anonymous one.
    pub login: String,
    /// Who sells.
    pub seller: Seller,
    /// Who bought; null for small amounts without a name (§ 33 UStDV).
    pub buyer: Option<Buyer>,
    /// What was sold.
    pub lines: Vec<Line>,
    /// ISO 4217 code.
    #[schema(example = "EUR")]
    pub currency: String,
    /// Percent.
    #[schema(example = "19")]
    pub tax_rate: String,
    /// Without tax.
    pub net: i64,
    /// The tax.
    pub tax: i64,
    /// What was paid.
    pub gross: i64,
    /// What made the invoice: the function and its sale.
    pub source: String,
}

impl Registration {
    /// Joins registration and body.
    ///
    /// # Errors
    /// 500 if the body cannot be read, which only a broken store can bring about.
    pub fn into_invoice(self) -> Result<Invoice, Problem> {
        let body: Body = serde_json::from_str(&self.body).map_err(|error| {
            log::error(&format!("the body of invoice {} cannot be read: {error}", self.id));
            Problem::new(500, "function-failed", "The function failed")
        })?;
        Ok(Invoice {
            id: self.id,
            number: self.number,
            series: self.series,
            sequence: self.sequence,
            issued_at: time::rfc3339(self.issued_at.0),
            supplied_at: time::rfc3339(body.supplied_at_us),
            login: self.login,
            seller: body.seller,
            buyer: body.buyer,
            lines: body.lines,
            currency: body.currency,
            tax_rate: body.tax_rate,
            net: body.net,
            tax: body.tax,
            gross: body.gross,
            source: self.source,
        })
    }
}
