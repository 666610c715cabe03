//! Skonto, as it was agreed on, when the money comes in.

use kontor_testing::App;
use serde_json::{Value, json};

use crate::{balance, balanced, draft, history, office, registered, send};

const NOON: i64 = 1_795_262_400_000_000; // 2026-11-21T12:00:00Z
const DAY: i64 = 86_400_000_000;

/// 119.00 EUR; 2 % are 2.38 within ten days.
fn invoice(office: &App) -> Value {
    office.set_time(NOON);
    let mut asked = draft();
    asked["payment"] = json!({"due_in_days": 30, "skonto": [{"days": 10, "percent": "2"}]});
    registered(office, &asked)
}

fn pay(office: &App, invoice: &Value, payment: &Value) -> Value {
    let path = format!("/invoices/{}/payments", invoice["id"].as_str().unwrap());
    let answer = send(office, &path, payment);
    balanced(office);
    answer.json()
}

#[test]
fn what_is_missing_by_skonto_is_deducted_with_its_tax() {
    let office = office();
    let invoice = invoice(&office);
    office.set_time(NOON + 10 * DAY);
    let paid = pay(&office, &invoice, &json!({"amount": 11_662, "why": "bank"}));
    assert_eq!(
        (&paid["state"], &paid["open"], &paid["skonto"], &paid["version"]),
        (&json!("paid"), &json!(0), &json!(238), &json!(3))
    );
    let told = history(&office, &invoice["id"]);
    assert_eq!(
        (&told["changes"][2]["operation"], &told["changes"][1]["state"]),
        (&json!("skonto"), &json!("partly_paid"))
    );
    assert_eq!(
        told["changes"][2]["entries"],
        json!([
            {"account": "receivable", "amount": -238}, {"account": "revenue", "amount": 200}, {"account": "vat", "amount": 38},
        ])
    );
    assert_eq!(balance(&office), 0);
}

#[test]
fn the_day_that_the_money_came_in_counts() {
    let office = office();
    let (one, other) = (invoice(&office), invoice(&office));
    office.set_time(NOON + 11 * DAY);
    let late = pay(&office, &one, &json!({"amount": 11_662, "why": "bank"}));
    assert_eq!((&late["state"], &late["open"], &late["skonto"]), (&json!("partly_paid"), &json!(238), &json!(0)));
    let in_time = pay(&office, &other, &json!({"amount": 11_662, "why": "bank", "received_on": "2026-12-01"}));
    assert_eq!((&in_time["state"], &in_time["skonto"]), (&json!("paid"), &json!(238)));
    assert!(history(&office, &other["id"])["changes"][1]["why"].as_str().unwrap().contains("2026-12-01"));
    let future = pay(&office, &one, &json!({"amount": 238, "why": "bank", "received_on": "2026-12-03"}));
    assert_eq!(future["errors"][0]["pointer"], "/received_on", "{future}");
}

#[test]
fn no_more_than_agreed_on_is_deducted() {
    let office = office();
    for (payment, state, open) in [
        (json!({"amount": 11_661, "why": "a cent too little"}), "partly_paid", 239),
        (json!({"amount": 11_662, "why": "not wanted", "skonto": false}), "partly_paid", 238),
        (json!({"amount": 11_800, "why": "less than allowed"}), "paid", 0),
        (json!({"amount": 11_900, "why": "none"}), "paid", 0),
    ] {
        let paid = pay(&office, &invoice(&office), &payment);
        assert_eq!((&paid["state"], &paid["open"]), (&json!(state), &json!(open)), "{payment}");
    }
    let in_parts = invoice(&office);
    pay(&office, &in_parts, &json!({"amount": 5_000, "why": "first"}));
    assert_eq!(pay(&office, &in_parts, &json!({"amount": 6_662, "why": "rest"}))["skonto"], 238);
}
