//! `POST /invoices/imports`: an invoice that was issued elsewhere, before Kontor or beside it.
//!
//! It keeps the rules that all invoices keep, has its own number and day, and gets into a series apart, so it takes no number
//! of the seller's. From then on it is an invoice like others: it can be paid, corrected and cancelled.

use kontor_rules::{Accepted, Date, Draft, Violation, choice::UseBalance, invoice, series::NUMBER_MAX};
use kontor_sdk::{Caller, Json, MandatoryKey, Problem, config, problem, sql, time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    create::Issued,
    issue::{Asked, Elsewhere, Issue, fingerprint, mint, name_of, taken},
    register::NotCommitted,
    seller::{self, Shop},
    violations,
};

/// An invoice that was issued elsewhere.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "number": "2019/117", "issued_on": "2025-03-14", "paid": true,
    "invoice": {
        "login": "anna", "currency": "EUR", "pricing": "gross", "delivery": {"date": "2025-03-14"},
        "lines": [{"name": "Beratung", "quantity": "1", "unit_price": "119.00", "rate": "19"}]
    }
}))]
pub struct Import {
    /// Its number there: 1 to 60 characters that XML can hold.
    number: String,
    /// The day of its issue; not in the future.
    issued_on: Date,
    /// Whether it is paid already.
    #[serde(default)]
    paid: bool,
    /// The invoice. The server's series and the balance have no part in it.
    #[schema(value_type = Draft)]
    invoice: Value,
}

/// Answers `importInvoice`.
pub fn import_invoice(caller: Caller, key: MandatoryKey, Json(import): Json<Import>) -> Result<Issued, Problem> {
    let shop = config::cached::<Shop>().map_err(|error| seller::no_seller(&error))?;
    let now = time::now_us();
    let accepted = check(&import, &shop, now)?;
    let idempotency = fingerprint(key, "importInvoice", &serde_json::to_vec(&import).unwrap_or_default())?;
    let issue = Issue { shop: &shop, by: name_of(&caller), why: "issued elsewhere, and taken over", idempotency };
    let id = accepted.request.id.clone().unwrap_or_else(|| mint(&accepted.invoice.login));
    let elsewhere = Elsewhere { number: &import.number, day: import.issued_on, is_paid: import.paid };
    let asked = Asked { accepted: &accepted, id: &id, now, elsewhere: Some(elsewhere) };
    match issue.commit(&asked, |batch| batch)? {
        Ok(invoice) => Ok(Issued(Box::new(invoice))),
        Err(NotCommitted::Database(sql::Error::Conflict { constraint, .. }))
            if constraint == "registrations_number" =>
        {
            Err(taken("number-taken", "number", Some(&import.number), "There is an invoice with this number."))
        }
        Err(NotCommitted::Database(error)) => Err(issue.explained(error, &accepted)),
        Err(NotCommitted::Later(_)) => Err(problem::unavailable()),
    }
}

/// Everything that is wrong with it, at once.
fn check(import: &Import, shop: &Shop, now: i64) -> Result<Accepted, Problem> {
    let mut broken = of_import(import, shop, now);
    let checked = invoice::check_json(import.invoice.to_string().as_bytes(), shop.sellers.on(import.issued_on));
    let accepted = checked.map_err(|violations| {
        broken.extend(
            violations
                .into_iter()
                .map(|violation| Violation { pointer: format!("/invoice{}", violation.pointer), ..violation }),
        );
    });
    let request = accepted.as_ref().ok().map(|accepted| &accepted.request);
    let foreign = [
        ("series", request.is_some_and(|request| request.series.is_some())),
        ("use_balance", request.is_some_and(|request| request.use_balance != UseBalance::None)),
    ];
    for (field, _) in foreign.into_iter().filter(|(_, is_there)| *is_there) {
        let detail = format!("What was issued elsewhere has no {field} here.");
        broken.push(violation("unknown-field", &format!("/invoice/{field}"), detail, "Leave it out."));
    }
    match accepted {
        Ok(accepted) if broken.is_empty() => Ok(accepted),
        _ => Err(violations::problem(broken)),
    }
}

fn of_import(import: &Import, shop: &Shop, now: i64) -> Vec<Violation> {
    let mut broken = Vec::new();
    let number = &import.number;
    let is_fine = |sign: char| !sign.is_control() && sign != '\u{fffe}' && sign != '\u{ffff}';
    if number.trim().is_empty() || number.trim() != number || !number.chars().all(is_fine) {
        let detail = "A number is a text without blanks around it and without control characters.".to_owned();
        broken.push(violation("wrong-format", "/number", detail, "Send the number as it stands on the invoice."));
    }
    if number.len() > NUMBER_MAX {
        let detail = format!("This has {} bytes in UTF-8; at most {NUMBER_MAX} are allowed.", number.len());
        broken.push(violation("too-long", "/number", detail, "Shorten it."));
    }
    if let Some(series) = shop.series.iter().find(|series| series.pattern.could_give(number)) {
        let detail = format!("The series {} gives this number some day: {}.", series.name, series.pattern);
        broken.push(violation("number-of-series", "/number", detail, "Give the series another pattern before."));
    }
    if Date::of_moment(now, shop.zone.offset_at(now)).is_some_and(|today| import.issued_on > today) {
        let detail = format!("{} is in the future.", import.issued_on);
        broken.push(violation("out-of-range", "/issued_on", detail, "Send the day that stands on the invoice."));
    }
    broken
}

fn violation(code: &'static str, pointer: &str, detail: String, hint: &str) -> Violation {
    Violation { code, pointer: pointer.to_owned(), detail, hint: hint.to_owned() }
}
