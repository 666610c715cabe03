//! Whatever is past a limit is refused, and the answer names the limit.

use serde_json::{Value, json};

use crate::{clerk, draft, office, send};

/// Sets the value at a JSON pointer, whose parents are there.
fn with(pointer: &str, value: &Value) -> Value {
    let mut draft = draft();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    draft.pointer_mut(parent).unwrap()[field] = value.clone();
    draft
}

#[test]
fn every_limit_is_in_its_message() {
    let office = office();
    let line = draft()["lines"][0].clone();
    let note = json!("note");
    let allowance = json!({"amount": 1, "reason": "x"});
    let rows = [
        ("/lines", json!(vec![line.clone(); 1_001]), "too-many", "1000"),
        ("/notes", json!(vec![note; 21]), "too-many", "20"),
        ("/lines/0/allowances", json!(vec![allowance.clone(); 21]), "too-many", "20"),
        ("/allowances", json!(vec![allowance; 51]), "too-many", "50"),
        ("/payment", json!({"due_in_days": 1_001}), "out-of-range", "1000"),
        ("/payment", json!({"skonto": [{"days": 0, "percent": "2"}]}), "out-of-range", "1000"),
        ("/lines/0/quantity", json!("1000000001"), "out-of-range", "1000000000"),
        ("/lines/0/quantity", json!("0.0000001"), "too-exact", "6"),
        ("/lines/0/unit_price", json!("100000000001"), "out-of-range", "100000000000"),
        (
            "/lines/0/allowances",
            json!([{"amount": 10_000_000_000_001_i64, "reason": "x"}]),
            "out-of-range",
            "10000000000000",
        ),
        ("/lines/0/name", json!("x".repeat(201)), "too-long", "200"),
        ("/lines/0/description", json!("x".repeat(1_001)), "too-long", "1000"),
        ("/id", json!("x".repeat(65)), "too-long", "64"),
        ("/source", json!("x".repeat(101)), "too-long", "100"),
        ("/use_balance", json!(10_000_000_000_001_i64), "out-of-range", "10000000000000"),
        ("/delivery", json!({"date": "1999-12-31"}), "wrong-format", "2000"),
        ("/delivery", json!({"supplied_at_us": -1, "date": "2026-11-21"}), "out-of-range", "9007199254740991"),
        ("/rounding", json!(101), "out-of-range", "100"),
    ];
    for (pointer, value, code, limit) in rows {
        let refused = send(&office, "/invoices", &with(pointer, &value));
        let (status, _, faults) = refused.problem();
        assert_eq!(status, 422, "{pointer}: {}", refused.text());
        assert!(faults.iter().any(|fault| fault.starts_with(code)), "{pointer}: {code} is not in {}", refused.text());
        assert!(refused.text().contains(limit), "{pointer}: {limit} is not in {}", refused.text());
    }
    assert_eq!(office.count("registrations"), 0);
}

#[test]
fn sums_past_the_limit_are_refused_and_do_not_wrap() {
    let office = office();
    let mut huge = draft();
    huge["lines"][0]["quantity"] = json!("1000000000");
    huge["lines"][0]["unit_price"] = json!("100000000000");
    let refused = send(&office, "/invoices", &huge);
    assert_eq!(refused.problem().0, 422, "{}", refused.text());
    assert!(refused.text().contains("10000000000000"), "{}", refused.text());
}

#[test]
fn paths_and_queries_have_limits_too() {
    let office = office();
    for path in
        ["/invoices?limit=501", "/invoices?limit=0", "/invoices?gross_from=10000000000001", "/sums?month=2026-1"]
    {
        let refused = office.get(path).caller(clerk()).send();
        assert_eq!(refused.status(), 422, "{path}: {}", refused.text());
    }
    assert!(office.get("/invoices?limit=501").caller(clerk()).send().text().contains("500"));
    let login = "ä".repeat(150);
    let booking = json!({"operation": "deposit", "currency": "EUR", "amount": 1, "why": "x"});
    let refused = send(&office, &format!("/customers/{login}/balance"), &booking);
    assert!(refused.status() == 422 && refused.text().contains("255"), "{}", refused.text());
}

#[test]
fn a_customer_whom_nobody_knows_has_no_balance_to_use() {
    let office = office();
    let refused = send(&office, "/invoices", &with("/use_balance", &json!(1)));
    assert_eq!((refused.problem().0, refused.problem().1.as_str()), (409, "balance-too-small"));
    assert!(refused.text().contains("the balance is 0"), "{}", refused.text());
    assert_eq!((office.count("registrations"), office.count("series")), (0, 1), "the counter took no number");
}
