//! A shop for tests: its seller, drafts, and documents.

#![allow(dead_code, reason = "each test file uses its own part")]

use kontor_rules::{
    Document, Invoice, Seller,
    invoice::{self, Numbering},
};
use serde_json::{Value, json};

pub fn seller() -> Seller {
    Seller {
        name: "Beispiel GmbH".to_owned(),
        street: "Musterweg 1".to_owned(),
        zip: "10115".to_owned(),
        city: "Berlin".to_owned(),
        country: "DE".to_owned(),
        vat_id: Some("DE123456789".to_owned()),
        tax_number: Some("29/123/45678".to_owned()),
        ..Seller::default()
    }
}

/// A draft of some lines.
pub fn draft(pricing: &str, lines: &Value) -> Value {
    json!({
        "login": "erika", "currency": "EUR", "pricing": pricing, "delivery": {"date": "2026-11-21"}, "lines": lines,
        "buyer": {"name": "Erika Mustermann", "street": "Heidestraße 17", "zip": "51147", "city": "Köln", "country": "DE"},
    })
}

pub fn accepted(draft: &Value) -> Invoice {
    match invoice::check_json(draft.to_string().as_bytes(), &seller()) {
        Ok(accepted) => accepted.invoice,
        Err(violations) => panic!("{draft}: {violations:#?}"),
    }
}

pub fn registered(invoice: Invoice, sequence: i64) -> Document {
    let numbering = Numbering {
        id: format!("01ARZ3NDEKTSV4RRFFQ69G5FAV-{sequence}"),
        series: "RE".to_owned(),
        period: "2026".to_owned(),
        sequence,
        number: format!("RE-2026-{sequence:06}"),
        issued_at_us: 1_795_300_000_000_000,
        issued_on: "2026-11-21".parse().unwrap(),
        balance_used: 0,
    };
    Document::join(numbering, invoice)
}
