//! `POST /invoices/imports`.

use kontor_testing::{App, service};
use serde_json::{Value, json};

use crate::{balanced, clerk, draft, history, office, registered};

const NOON: i64 = 1_795_262_400_000_000; // 2026-11-21T12:00:00Z

fn import(number: &str) -> Value {
    json!({"number": number, "issued_on": "2025-03-14", "invoice": draft()})
}

fn send(office: &App, import: &Value) -> kontor_testing::Answer {
    let request = office.post("/invoices/imports").caller(service(&["invoices:import"]));
    request.header("idempotency-key", &kontor_sdk::id::ulid()).json(import).send()
}

#[test]
fn an_invoice_from_elsewhere_keeps_its_number_and_its_day() {
    let office = office();
    office.set_time(NOON);
    let mut asked = import("2019/117 ü");
    asked["invoice"]["payment"] = json!({"due_in_days": 14});
    let answer = send(&office, &asked);
    let invoice = answer.json();
    assert_eq!(answer.status(), 201, "{invoice}");
    assert_eq!(
        (&invoice["number"], &invoice["series"], &invoice["sequence"]),
        (&json!("2019/117 ü"), &json!("import"), &json!(1))
    );
    assert_eq!(
        (&invoice["issued_on"], &invoice["issued_at"]),
        (&json!("2025-03-14"), &json!("2025-03-13T23:00:00.000000Z"))
    );
    assert_eq!((&invoice["due_on"], &invoice["keep_until"]), (&json!("2025-03-28"), &json!("2033-12-31")));
    assert_eq!(invoice["state"], "overdue");
    let told = history(&office, &invoice["id"]);
    assert!(
        told["changes"][0]["at"].as_str().unwrap().starts_with("2026-11-21"),
        "it got into the books today: {told}"
    );
    // It takes no number of the seller's, and is cancelled like any other.
    assert_eq!(registered(&office, &draft())["number"], "RE-2026-000001");
    let path = format!("/invoices/{}/cancellation", invoice["id"].as_str().unwrap());
    let cancelled = crate::send(&office, &path, &json!({"reason": "returned"})).json();
    assert_eq!(
        (&cancelled["number"], &cancelled["preceding"][0]["number"]),
        (&json!("RE-2026-000002"), &json!("2019/117 ü"))
    );
    balanced(&office);
}

#[test]
fn what_was_paid_there_is_paid_here() {
    let office = office();
    office.set_time(NOON);
    let mut asked = import("A 1");
    asked["paid"] = json!(true);
    let invoice = send(&office, &asked).json();
    assert_eq!(invoice["state"], "paid");
    assert_eq!(history(&office, &invoice["id"])["open"], 0);
    let of_march = office.get("/sums?month=2025-03").caller(clerk()).send().json();
    assert_eq!((&of_march["sums"][0]["net"], &of_march["sums"][0]["state"]), (&json!(10_000), &json!("paid")));
    balanced(&office);
}

#[test]
fn everything_wrong_is_told_at_once_and_nothing_is_taken() {
    let office = office().configure("series", "RE=RE-{year}-{sequence:6}, B=B{sequence}");
    office.set_time(NOON);
    let mut wrong = import(" B7");
    wrong["issued_on"] = json!("2026-11-22");
    wrong["invoice"]["lines"][0]["quantity"] = json!(0);
    wrong["invoice"]["series"] = json!("RE");
    wrong["invoice"]["number"] = json!("x");
    let (status, _, faults) = send(&office, &wrong).problem();
    assert_eq!(status, 422);
    for part in [
        "wrong-format /number",
        "out-of-range /issued_on",
        "/invoice/lines/0/quantity",
        "unknown-field /invoice/number",
    ] {
        assert!(faults.iter().any(|fault| fault.contains(part)), "{part} is missing in {faults:?}");
    }
    for (number, code) in [
        ("B7", "number-of-series"),
        ("RE-2031-000001", "number-of-series"),
        ("", "wrong-format"),
        ("a\u{7}b", "wrong-format"),
        (&*"ä".repeat(31), "too-long"),
    ] {
        assert_eq!(send(&office, &import(number)).problem().2, [format!("{code} /number")], "{number:?}");
    }
    for (field, value) in [("series", json!("RE")), ("use_balance", json!("all"))] {
        let mut asked = import("C1");
        asked["invoice"][field] = value;
        assert_eq!(send(&office, &asked).problem().2, [format!("unknown-field /invoice/{field}")]);
    }
    let mut asked = import("C1");
    asked["sequence"] = json!(1);
    assert_eq!(send(&office, &asked).problem().0, 422);
    assert_eq!((office.count("registrations"), office.count("series")), (0, 0));
    assert_eq!(send(&office, &import("C1")).status(), 201);
    assert_eq!(send(&office, &import("C1")).problem().1, "number-taken");
    let clerk = office.post("/invoices/imports").caller(clerk()).json(&import("C2")).send();
    assert_eq!(clerk.status(), 403, "it has a scope of its own");
}
