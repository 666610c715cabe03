//! A customer wants to be forgotten.

use serde_json::json;

use crate::{clerk, deposit, draft, office, registered, send};

const NOON: i64 = 1_795_262_400_000_000; // 2026-11-21T12:00:00Z

#[test]
fn the_law_is_told_what_is_kept_and_until_when() {
    let office = office();
    office.set_time(NOON);
    let invoice = registered(&office, &draft());
    deposit(&office, 100);
    assert_eq!(invoice["keep_until"], "2034-12-31");
    let asked = json!({"why": "letter of 2026-11-20"});
    let answer = send(&office, "/customers/anna/erasure", &asked);
    assert_eq!(answer.status(), 201, "{}", answer.text());
    let told = answer.json();
    assert_eq!((&told["answer_by"], &told["kept"].as_array().unwrap().len()), (&json!("2026-12-21"), &2));
    assert_eq!((&told["kept"][0]["count"], &told["kept"][0]["until"]), (&json!(1), &json!("2034-12-31")));
    assert!(told["law"].as_str().unwrap().contains("Art. 17 (3) (b)"), "{told}");
    assert_eq!(office.count("erasure_requests"), 1);
    // Nothing went.
    let path = format!("/invoices/{}", invoice["id"].as_str().unwrap());
    assert_eq!(office.get(&path).caller(clerk()).send().json()["buyer"]["name"], "Anna Änderung");
    let stranger = send(&office, "/customers/nobody/erasure", &asked).json();
    assert_eq!(stranger["kept"], json!([]));
}

#[test]
fn a_repeated_request_is_recorded_once() {
    let office = office();
    let ask = || {
        let request = office.post("/customers/anna/erasure").caller(clerk()).header("idempotency-key", "e");
        request.json(&json!({"why": "letter"})).send()
    };
    let first = ask();
    assert_eq!((first.status(), ask() == first, office.count("erasure_requests")), (201, true, 1));
}
