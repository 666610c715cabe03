//! Payments, refunds, chargebacks, balances, cancellations and corrections.

use kontor_testing::App;
use serde_json::{Value, json};

use super::{balance, balanced, clerk, deposit, draft, history, office, registered, send};

fn path(invoice: &Value, what: &str) -> String {
    format!("/invoices/{}/{what}", invoice["id"].as_str().unwrap())
}

fn money(office: &App, invoice: &Value, what: &str, amount: i64) -> kontor_testing::Answer {
    send(office, &path(invoice, what), &json!({"amount": amount, "why": "test"}))
}

/// State, what is open, what can be given back, and the balance.
fn standing(office: &App, answer: &kontor_testing::Answer) -> (String, i64, i64, i64) {
    let settled = answer.json();
    assert_eq!(answer.status(), 201, "{settled}");
    balanced(office);
    let number = |field: &str| settled[field].as_i64().unwrap();
    (settled["state"].as_str().unwrap().to_owned(), number("open"), number("refundable"), balance(office))
}

#[test]
fn parts_sum_up_and_what_is_too_much_becomes_balance() {
    let office = office();
    let invoice = registered(&office, &draft());
    let pay = |amount| standing(&office, &money(&office, &invoice, "payments", amount));
    assert_eq!(pay(1_900), ("partly_paid".to_owned(), 10_000, 0, 0));
    assert_eq!(pay(10_500), ("paid".to_owned(), 0, 500, 500));
    let refund = standing(&office, &money(&office, &invoice, "refunds", 200));
    assert_eq!(refund, ("paid".to_owned(), 0, 300, 300));
    let too_much = money(&office, &invoice, "refunds", 301);
    assert_eq!((too_much.problem().0, too_much.problem().1.as_str()), (409, "exceeds-refundable"));
    let back = standing(&office, &money(&office, &invoice, "chargebacks", 1_900));
    assert_eq!((back.0.as_str(), back.1), ("partly_paid", 1_900));
    let used = standing(&office, &money(&office, &invoice, "balance-uses", 300));
    assert_eq!((used.0.as_str(), used.1, used.3), ("partly_paid", 1_600, 0));
    assert_eq!(money(&office, &invoice, "balance-uses", 1).problem().1, "balance-too-small");
    let history = history(&office, &invoice["id"]);
    let changes = history["changes"].as_array().unwrap();
    let told: Vec<_> = changes.iter().map(|change| change["operation"].as_str().unwrap()).collect();
    assert_eq!(told, ["registration", "payment", "payment", "refund", "chargeback", "balance_use"]);
    assert!(changes.iter().all(|change| change["by"] == "test-service"), "{history}");
    assert_eq!((&history["state"], &history["open"]), (&json!("partly_paid"), &json!(1_600)));
}

#[test]
fn a_repeated_payment_counts_once_whatever_came_after_it() {
    let office = office();
    let invoice = registered(&office, &draft());
    let pay = |key: &str, amount: i64| {
        let request = office.post(&path(&invoice, "payments")).caller(clerk()).header("idempotency-key", key);
        request.json(&json!({"amount": amount, "why": "test"})).send()
    };
    let first = pay("k", 11_900);
    assert_eq!(pay("k", 11_900), first);
    assert_eq!(pay("k", 1).problem().1, "key-reused");
    let cancel = |key: &str| {
        let request = office.post(&path(&invoice, "cancellation")).caller(clerk()).header("idempotency-key", key);
        request.json(&json!({"reason": "returned"})).send()
    };
    let cancelled = cancel("c");
    assert_eq!(cancelled.status(), 201, "{}", cancelled.text());
    assert_eq!(cancel("c"), cancelled, "a repeat is answered although the invoice is cancelled by now");
    assert_eq!(cancel("d").problem().1, "already-cancelled");
    assert_eq!(pay("k", 11_900), first);
    assert_eq!((office.count("registrations"), office.count("history"), balance(&office)), (2, 4, 11_900));
}

#[test]
fn a_cancellation_mirrors_its_original_and_gives_back_what_was_paid() {
    let office = office();
    deposit(&office, 900);
    let mut asked = draft();
    asked["use_balance"] = json!("all");
    let invoice = registered(&office, &asked);
    standing(&office, &money(&office, &invoice, "payments", 1_000));
    let answer = send(&office, &path(&invoice, "cancellation"), &json!({"reason": "returned"}));
    let cancellation = answer.json();
    assert_eq!(answer.status(), 201, "{cancellation}");
    assert_eq!((&cancellation["kind"], &cancellation["title"]), (&json!("cancellation"), &json!("Stornorechnung")));
    assert_eq!((&cancellation["gross"], &cancellation["sequence"]), (&invoice["gross"], &json!(2)));
    assert_eq!(cancellation["preceding"][0]["number"], invoice["number"]);
    balanced(&office);
    assert_eq!(balance(&office), 1_900);
    let history = history(&office, &invoice["id"]);
    assert_eq!((&history["state"], &history["open"]), (&json!("cancelled"), &json!(0)));
    assert_eq!(history["changes"][2]["document"], cancellation["id"]);
    assert_eq!(history["changes"][2]["why"], "returned");
    // Only what came in as money goes back as money.
    assert_eq!(money(&office, &invoice, "refunds", 1_001).problem().1, "exceeds-refundable");
    assert_eq!(standing(&office, &money(&office, &invoice, "refunds", 1_000)), ("refunded".to_owned(), 0, 0, 900));
    for what in ["cancellation", "payments"] {
        let refused = match what {
            "payments" => money(&office, &cancellation, what, 1),
            _ => send(&office, &path(&cancellation, what), &json!({})),
        };
        assert_eq!(refused.problem().0, 409, "{what}: {}", refused.text());
    }
    let mut anew = draft();
    anew["lines"][0]["quantity"] = json!(1);
    let corrected = send(&office, &path(&invoice, "corrections"), &anew).json();
    assert_eq!(
        (&corrected["kind"], &corrected["gross"], &corrected["state"]),
        (&json!("corrected"), &json!(5_950), &json!("registered"))
    );
}

#[test]
fn corrections_take_back_no_more_than_there_is() {
    let office = office();
    let invoice = registered(&office, &draft());
    let credit = |quantity: i64| {
        let mut lines = draft()["lines"].clone();
        lines[0]["quantity"] = json!(quantity);
        send(&office, &path(&invoice, "corrections"), &json!({"lines": lines, "reason": "less was done"}))
    };
    let first = credit(1);
    assert_eq!(first.status(), 201, "{}", first.text());
    assert_eq!((&first.json()["kind"], &first.json()["gross"]), (&json!("credit"), &json!(5_950)));
    assert_eq!(history(&office, &invoice["id"])["open"], 5_950);
    assert_eq!(credit(2).problem().1, "correction-exceeds-original");
    assert_eq!(send(&office, &path(&invoice, "cancellation"), &json!({})).problem().1, "already-corrected");
    assert_eq!(credit(1).status(), 201);
    balanced(&office);
    let history = history(&office, &invoice["id"]);
    assert_eq!((&history["open"], &history["changes"].as_array().unwrap().len()), (&json!(0), &3));
    // What was refused took no number.
    assert_eq!(registered(&office, &draft())["sequence"], 4);
}

#[test]
fn an_invoice_is_overdue_by_the_clock() {
    let office = office();
    office.set_time(1_795_262_400_000_000);
    let mut asked = draft();
    asked["payment"] = json!({"due_in_days": 14});
    let invoice = registered(&office, &asked);
    assert_eq!((&invoice["due_on"], &invoice["state"]), (&json!("2026-12-05"), &json!("registered")));
    let state = || office.get(&path(&invoice, "history")).caller(clerk()).send().json()["state"].clone();
    office.set_time(1_795_262_400_000_000 + 14 * 86_400_000_000);
    assert_eq!(state(), "registered");
    office.set_time(1_795_262_400_000_000 + 15 * 86_400_000_000);
    assert_eq!(state(), "overdue");
    let read = office.get(&path(&invoice, "")[..path(&invoice, "").len() - 1]).caller(clerk()).send().json();
    assert_eq!(read["state"], "overdue");
    assert_eq!(standing(&office, &money(&office, &invoice, "payments", 1)).0, "overdue");
    assert_eq!(standing(&office, &money(&office, &invoice, "payments", 11_899)).0, "paid");
    // A clock that jumps back does not make the history go back.
    office.set_time(1_795_262_400_000_000);
    assert_eq!(standing(&office, &money(&office, &invoice, "chargebacks", 1)).0, "overdue");
}

#[test]
fn balances_take_and_give() {
    let office = office();
    let book = |operation: &str, currency: &str, amount: i64| {
        let booking = json!({"operation": operation, "currency": currency, "amount": amount, "why": "test"});
        send(&office, "/customers/anna/balance", &booking)
    };
    assert_eq!(book("pay_out", "EUR", 1).problem().1, "balance-too-small");
    assert_eq!(book("deposit", "EUR", 500).json(), json!({"currency": "EUR", "amount": 500}));
    assert_eq!(book("pay_out", "EUR", 200).json(), json!({"currency": "EUR", "amount": 300}));
    assert_eq!(book("deposit", "JPY", 7).json()["amount"], 7);
    let all = office.get("/customers/anna/balance").caller(clerk()).send().json();
    assert_eq!(all["balances"], json!([{"currency": "EUR", "amount": 300}, {"currency": "JPY", "amount": 7}]));
    let most = 10_000_000_000_000_i64;
    assert_eq!(book("deposit", "EUR", most).problem().1, "too-large");
    for (operation, currency, amount) in
        [("deposit", "EUR", 0), ("deposit", "EUR", most + 1), ("give", "EUR", 1), ("deposit", "ABC", 1)]
    {
        assert_eq!(book(operation, currency, amount).problem().0, 422, "{operation} {currency} {amount}");
    }
    balanced(&office);
}

#[test]
fn unknown_invoices_are_unknown() {
    let office = office();
    for what in ["payments", "refunds", "chargebacks", "balance-uses"] {
        assert_eq!(money(&office, &json!({"id": "x"}), what, 1).problem().1, "unknown-invoice", "{what}");
    }
    for what in ["cancellation", "corrections"] {
        assert_eq!(send(&office, &format!("/invoices/x/{what}"), &json!({})).problem().1, "unknown-invoice", "{what}");
    }
    assert_eq!(office.get("/invoices/x/history").caller(clerk()).send().problem().1, "unknown-invoice");
}
