//! The event `sale.made`: all that others need to know of a sale. Version 1; fields are only ever added.

use kontor_sdk::{events::NewEvent, sql};
use serde::Serialize;

use crate::{buy::Sale, order::Customer};

/// The event's payload.
#[derive(Serialize)]
pub struct SaleMade<'a> {
    version: u32,
    /// The sale's id: what the invoice's permanent source is made of.
    sale: &'a str,
    /// The id that the invoice will have.
    invoice: &'a str,
    /// µs since 1970 UTC.
    sold_at_us: i64,
    currency: &'a str,
    /// Percent.
    tax_rate: &'a str,
    /// What was paid, minor units.
    gross: i64,
    lines: [Line<'a>; 1],
    buyer: Buyer<'a>,
    /// SHA-256 of the receipt's secret, hexadecimal. The secret itself never leaves the answer.
    receipt_hash: &'a str,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    quantity: i64,
    unit_gross: i64,
}

#[derive(Serialize)]
struct Buyer<'a> {
    /// The customer's own, or `guest-…` of an anonymous one.
    login: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<&'a Customer>,
}

/// The event of a sale. Its key is the buyer's login, so a buyer's invoices come in the order of the purchases.
pub fn event(
    sale: &Sale,
    invoice: &str,
    sold_at_us: i64,
    login: &str,
    customer: Option<&Customer>,
    receipt_hash: &str,
) -> Result<NewEvent, sql::Error> {
    let payload = SaleMade {
        version: 1,
        sale: &sale.id,
        invoice,
        sold_at_us,
        currency: &sale.currency,
        tax_rate: &sale.tax_rate,
        gross: sale.gross,
        lines: [Line { name: &sale.license, quantity: sale.quantity, unit_gross: sale.unit_gross }],
        buyer: Buyer { login, customer },
        receipt_hash,
    };
    NewEvent::new("sale.made", login, &payload)
}
