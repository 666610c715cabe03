//! Many at the same time, on one customer.

use std::{
    sync::{Arc, Barrier},
    thread,
};

use kontor_testing::App;
use serde_json::{Value, json};

use super::{balance, balanced, deposit, draft, office, registered, send};

const WRITERS: usize = 64;

/// Each writer is an instance of its own over the one database, and all begin at once; gives what each was answered.
fn all_at_once(office: &App, path: &str, body: &Value) -> Vec<(u16, Value)> {
    let barrier = Arc::new(Barrier::new(WRITERS));
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (shared, barrier) = (office.share(), Arc::clone(&barrier));
            let (path, body) = (path.to_owned(), body.clone());
            thread::spawn(move || {
                let instance = App::sharing(invoices::function(), shared);
                barrier.wait();
                let answer = send(&instance, &path, &body);
                (answer.status(), answer.json())
            })
        })
        .collect();
    writers.into_iter().map(|writer| writer.join().unwrap()).collect()
}

#[test]
fn registrations_never_use_more_of_a_balance_than_there_is() {
    let office = office();
    // Enough for ten of them, and for a half.
    deposit(&office, 10_500);
    let mut asked = draft();
    asked["use_balance"] = json!(1_000);
    let answers = all_at_once(&office, "/invoices", &asked);
    let made = answers.iter().filter(|(status, _)| *status == 201).count();
    let refused =
        answers.iter().filter(|(status, answer)| *status == 409 && answer["code"] == "balance-too-small").count();
    assert_eq!((made, refused, balance(&office)), (10, WRITERS - 10, 500), "{answers:?}");
    let mut sequences: Vec<_> = answers.iter().filter_map(|(_, answer)| answer["sequence"].as_i64()).collect();
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=10).collect::<Vec<_>>(), "numbers have no gaps");
    balanced(&office);
}

#[test]
fn all_of_a_balance_is_used_once() {
    let office = office();
    deposit(&office, 30_000);
    let mut asked = draft();
    asked["use_balance"] = json!("all");
    let answers = all_at_once(&office, "/invoices", &asked);
    let used: i64 = answers.iter().map(|(_, answer)| answer["balance_used"].as_i64().unwrap()).sum();
    assert_eq!((used, balance(&office), office.count("registrations")), (30_000, 0, 64));
    balanced(&office);
}

#[test]
fn one_invoice_is_paid_and_paid_back_by_many_and_every_cent_is_told() {
    let office = office();
    let invoice = registered(&office, &draft());
    let path = |what: &str| format!("/invoices/{}/{what}", invoice["id"].as_str().unwrap());
    let paid = all_at_once(&office, &path("payments"), &json!({"amount": 200, "why": "test"}));
    assert!(paid.iter().all(|(status, _)| *status == 201), "{paid:?}");
    // 64 × 2.00 are 9.00 more than 119.00.
    assert_eq!(balance(&office), 900);
    let refunds = all_at_once(&office, &path("refunds"), &json!({"amount": 100, "why": "test"}));
    let given = refunds.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!((given, balance(&office)), (9, 0), "{refunds:?}");
    assert_eq!(office.count("history"), 1 + 64 + 9);
    balanced(&office);
}

#[test]
fn an_invoice_is_cancelled_once() {
    let office = office();
    let invoice = registered(&office, &draft());
    let path = format!("/invoices/{}/cancellation", invoice["id"].as_str().unwrap());
    let answers = all_at_once(&office, &path, &json!({}));
    let made = answers.iter().filter(|(status, _)| *status == 201).count();
    assert!(
        answers.iter().all(|(status, answer)| *status == 201 || answer["code"] == "already-cancelled"),
        "{answers:?}"
    );
    assert_eq!((made, office.count("registrations")), (1, 2));
    balanced(&office);
}
