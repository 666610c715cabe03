//! `POST /api/buy_mpi`.

use kontor_sdk::events::NewEvent;
use serde_json::{Value, json};

use super::{customer, shop};

const NOON: i64 = 1_795_262_400_000_001;

#[test]
fn a_licence_is_sold_with_its_tax_and_a_receipt() {
    let app = shop();
    app.set_time(NOON);
    let answer = app.post("/api/buy_mpi").json(&json!({"license": "basic", "quantity": 4})).send();
    assert_eq!(answer.status(), 201, "{}", answer.text());
    let bought = answer.json();
    let sale = &bought["sale"];
    assert_eq!(
        (&sale["unit_gross"], &sale["gross"], &sale["net"], &sale["tax"]),
        (&json!(1900), &json!(7600), &json!(6387), &json!(1213))
    );
    assert_eq!(
        (&sale["currency"], &sale["tax_rate"], &sale["sold_at"]),
        (&json!("EUR"), &json!("19"), &json!("2026-11-21T12:00:00.000001Z"))
    );
    let (invoice, receipt) = (bought["invoice"]["id"].as_str().unwrap(), bought["receipt"].as_str().unwrap());
    // The id, and after it 26 digits of five random bits each.
    assert_eq!((invoice.len(), receipt.len()), (32, "/receipts/".len() + 32 + 26));
    assert!(receipt.starts_with(&format!("/receipts/{invoice}")));
    assert_eq!(bought["receipt_url"], format!("http://invoices.localhost:8000{receipt}"));
}

#[test]
fn others_are_told_all_but_the_receipts_secret() {
    let app = shop();
    app.set_time(NOON);
    let order = json!({"license": "enterprise", "quantity": 2, "customer": customer()});
    let bought = app.post("/api/buy_mpi").json(&order).send().json();
    let [NewEvent { name, key, payload }] = &app.events()[..] else { panic!("one event") };
    assert_eq!((name.as_str(), key.as_str()), ("sale.made", "anna"));
    let secret = &bought["receipt"].as_str().unwrap()[42..];
    assert!(!payload.contains(secret));
    let mut payload: Value = serde_json::from_str(payload).unwrap();
    let hash = payload.as_object_mut().unwrap().remove("receipt_hash").unwrap();
    assert_eq!(hash.as_str().unwrap().len(), 64);
    let wanted = json!({
        "version": 1, "sale": bought["sale"]["id"], "invoice": bought["invoice"]["id"], "sold_at_us": NOON,
        "currency": "EUR", "tax_rate": "19", "gross": 39_800,
        "lines": [{"name": "enterprise", "quantity": 2, "unit_gross": 19_900}],
        "buyer": {"login": "anna", "customer": customer()},
    });
    assert_eq!(payload, wanted);
}

#[test]
fn every_anonymous_buyer_is_a_guest_of_his_own() {
    let app = shop();
    for _ in 0..2 {
        assert_eq!(app.post("/api/buy_mpi").json(&json!({"license": "basic"})).send().status(), 201);
    }
    let keys: Vec<String> = app.events().into_iter().map(|event| event.key).collect();
    assert!(keys.iter().all(|key| key.starts_with("guest-")) && keys[0] != keys[1], "{keys:?}");
}

#[test]
fn above_250_euros_the_customer_is_required() {
    let app = shop();
    let buy = |order: Value| app.post("/api/buy_mpi").json(&order).send();
    // 5 × 49.00 is 245.00; 13 × 19.00 is 247.00; 14 × 19.00 is 266.00.
    assert_eq!(buy(json!({"license": "pro", "quantity": 5})).status(), 201);
    assert_eq!(buy(json!({"license": "basic", "quantity": 13})).status(), 201);
    let refused = buy(json!({"license": "basic", "quantity": 14}));
    assert_eq!(refused.problem(), (422, "customer-required".to_owned(), vec!["missing /customer".to_owned()]));
    assert_eq!(buy(json!({"license": "basic", "quantity": 14, "customer": customer()})).status(), 201);
    assert_eq!(app.count("sales"), 3);
}

#[test]
fn exactly_250_euros_need_no_customer() {
    let app = shop().configure("licenses", "round=250.00, more=250.01");
    assert_eq!(app.post("/api/buy_mpi").json(&json!({"license": "round"})).send().status(), 201);
    assert_eq!(app.post("/api/buy_mpi").json(&json!({"license": "more"})).send().status(), 422);
}

#[test]
fn an_unknown_licence_is_refused_with_the_known_ones() {
    let app = shop();
    let answer = app.post("/api/buy_mpi").json(&json!({"license": "free"})).send();
    assert_eq!(answer.problem(), (422, "unknown-license".to_owned(), vec!["not-one-of /license".to_owned()]));
    assert!(answer.json()["hint"].as_str().unwrap().contains("basic, pro, enterprise"));
    assert_eq!((app.count("sales"), app.events().len()), (0, 0));
}

#[test]
fn a_repeat_with_the_same_key_gives_the_same_bytes_and_sells_nothing() {
    let app = shop();
    let buy = |key: &str, quantity: i64| {
        app.post("/api/buy_mpi")
            .header("idempotency-key", key)
            .json(&json!({"license": "pro", "quantity": quantity}))
            .send()
    };
    app.set_time(NOON);
    let first = buy("k-1", 1);
    app.set_time(NOON + 5_000_000);
    assert_eq!(buy("k-1", 1), first);
    assert_eq!(buy("k-1", 2).problem(), (409, "key-reused".to_owned(), vec![]));
    assert_ne!(buy("k-2", 1), first);
    assert_eq!((app.count("sales"), app.events().len()), (2, 2));
    assert_eq!(app.get("/api/get_current_money").send().json()["turnover"], 9800);
}

#[test]
fn keys_are_visible_ascii() {
    let app = shop();
    for (key, fault) in [("", "wrong-type"), ("a b", "wrong-type"), ("ä", "wrong-type"), (&"k".repeat(256), "too-long")]
    {
        let answer = app.post("/api/buy_mpi").header("idempotency-key", key).json(&json!({"license": "pro"})).send();
        let wanted = (422, "invalid-parameters".to_owned(), vec![format!("{fault} #/headers/idempotency-key")]);
        assert_eq!(answer.problem(), wanted, "{key}");
    }
    assert_eq!(app.count("sales"), 0);
}

#[test]
fn bad_bodies_are_told_every_fault() {
    let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
    let cases: [(&str, u16, &str, &[&str]); 15] = [
        ("", 400, "not-json", &[]),
        ("{", 400, "not-json", &[]),
        ("{} {}", 400, "not-json", &[]),
        (&deep, 400, "not-json", &[]),
        (r#"{"license":"\ud800"}"#, 400, "not-json", &[]),
        ("[]", 422, "invalid-body", &["wrong-type "]),
        ("{}", 422, "invalid-body", &["missing /license"]),
        (r#"{"license":"","quantity":0}"#, 422, "invalid-body", &["out-of-range /quantity", "too-short /license"]),
        (
            r#"{"license":7,"quantity":101,"a/b~":1}"#,
            422,
            "invalid-body",
            &["out-of-range /quantity", "unknown-field /a~1b~0", "wrong-type /license"],
        ),
        (r#"{"license":"basic","quantity":1.5}"#, 422, "invalid-body", &["wrong-type /quantity"]),
        (r#"{"license":"basic","quantity":99999999999999999999}"#, 422, "invalid-body", &["out-of-range /quantity"]),
        (r#"{"license":"a\u0000b"}"#, 422, "invalid-body", &["not-printable /license"]),
        (r#"{"license":"basic","license":"pro"}"#, 422, "invalid-body", &["duplicate-field /license"]),
        (r#"{"license":"basic","customer":"Anna"}"#, 422, "invalid-body", &["wrong-type /customer"]),
        (
            r#"{"license":"basic","customer":{"login":"a","country":"DEU","zip":1,"vip":true}}"#,
            422,
            "invalid-body",
            &[
                "missing /customer/city",
                "missing /customer/name",
                "missing /customer/street",
                "too-long /customer/country",
                "unknown-field /customer/vip",
                "wrong-type /customer/zip",
            ],
        ),
    ];
    let app = shop();
    for (body, status, code, faults) in cases {
        let answer = app.post("/api/buy_mpi").header("content-type", "application/json").body(body).send();
        let wanted = (status, code.to_owned(), faults.iter().map(|&fault| fault.to_owned()).collect());
        assert_eq!(answer.problem(), wanted, "{body}");
    }
    assert_eq!(app.count("sales"), 0);
}

#[test]
fn whole_numbers_may_be_written_with_a_point_and_null_is_like_left_out() {
    let app = shop();
    let body = r#"{"license":"basic","quantity":2.0,"customer":null}"#;
    let answer = app.post("/api/buy_mpi").header("content-type", "Application/JSON; charset=utf-8").body(body).send();
    assert_eq!((answer.status(), &answer.json()["sale"]["quantity"]), (201, &json!(2)));
}

#[test]
fn only_json_is_taken() {
    let app = shop();
    let body = r#"{"license":"basic"}"#;
    assert_eq!(app.post("/api/buy_mpi").body(body).send().problem().1, "unsupported-media-type");
    let answer = app.post("/api/buy_mpi").header("content-type", "text/plain").body(body).send();
    assert_eq!((answer.problem().0, answer.problem().1.as_str()), (415, "unsupported-media-type"));
}

#[test]
fn a_database_that_is_away_is_said_to_be_back_soon() {
    let app = shop();
    app.set_database_available(false);
    let answer = app.post("/api/buy_mpi").json(&json!({"license": "basic"})).send();
    assert_eq!(
        (answer.problem().0, answer.problem().1.as_str(), answer.header("retry-after")),
        (503, "unavailable", Some("1"))
    );
    app.set_database_available(true);
    assert_eq!(app.post("/api/buy_mpi").json(&json!({"license": "basic"})).send().status(), 201);
}

#[test]
fn whoever_no_invoice_could_name_is_refused() {
    let app = shop();
    let customer = json!({
        "login": " ", "name": "Anna", "street": "\u{2003}", "zip": "1", "city": "Berlin", "country": "XX", "email": "   ",
    });
    let refused = app.post("/api/buy_mpi").json(&json!({"license": "basic", "customer": customer})).send();
    let faults =
        ["blank /customer/email", "blank /customer/login", "blank /customer/street", "not-one-of /customer/country"];
    assert_eq!(refused.problem(), (422, "invalid-body".to_owned(), faults.map(str::to_owned).to_vec()));
    assert_eq!(app.count("sales"), 0);
    let dollars = shop().configure("currency", "USD");
    assert_eq!(dollars.post("/api/buy_mpi").json(&json!({"license": "basic"})).send().problem().1, "customer-required");
}
