//! `sale.made` becomes an invoice.

use kontor_sdk::{Retry, sql::Statement};
use kontor_testing::service;
use serde_json::{Value, json};

use super::{Shop, customer};

fn invoice(shop: &Shop, bought: &Value) -> Value {
    let path = format!("/invoices/{}", bought["invoice"]["id"].as_str().unwrap());
    shop.office.get(&path).caller(service(&["invoices:read"])).send().json()
}

#[test]
fn what_was_paid_is_the_invoices_gross() {
    let shop = Shop::new();
    let bought = shop.buy(json!({"license": "basic", "quantity": 4}));
    let invoice = invoice(&shop, &bought);
    let year = &invoice["issued_at"].as_str().unwrap()[..4];
    assert_eq!(invoice["number"], format!("RE-{year}-000001"));
    assert_eq!((&invoice["net"], &invoice["tax"], &invoice["gross"]), (&json!(6387), &json!(1213), &json!(7600)));
    let line = &invoice["lines"][0];
    assert_eq!(
        (&line["name"], &line["quantity"], &line["unit_price"]),
        (&json!("basic"), &json!("4"), &json!("19.00"))
    );
    assert_eq!((&line["net"], &line["gross"], &line["category"]), (&json!(6387), &json!(7600), &json!("S")));
    assert_eq!(invoice["taxes"], json!([{"category": "S", "rate": "19", "net": 6387, "tax": 1213, "gross": 7600}]));
    assert_eq!(
        (&invoice["version"], &invoice["kind"], &invoice["state"]),
        (&json!(2), &json!("invoice"), &json!("paid"))
    );
    assert_eq!((&invoice["buyer"], &invoice["seller"]["sample"]), (&Value::Null, &json!(false)));
    assert_eq!(invoice["source"], format!("sales/{}", bought["sale"]["id"].as_str().unwrap()));
    let supplied = invoice["delivery"]["supplied_at_us"].as_i64().unwrap();
    assert_eq!(kontor_sdk::time::rfc3339(supplied), bought["sale"]["sold_at"].as_str().unwrap());
}

#[test]
fn the_buyer_is_copied_in() {
    let shop = Shop::new();
    let invoice = invoice(&shop, &shop.buy(json!({"license": "enterprise", "quantity": 2, "customer": customer()})));
    assert_eq!((&invoice["login"], &invoice["buyer"]["name"]), (&json!("anna"), &json!("Anna Änderung")));
}

#[test]
fn the_second_delivery_changes_nothing() {
    let shop = Shop::new();
    shop.buy(json!({"license": "basic"}));
    let event = shop.last_event();
    for _ in 0..3 {
        assert_eq!(shop.office.deliver(&event), Ok(()));
    }
    shop.buy(json!({"license": "basic"}));
    assert_eq!((shop.office.count("registrations"), shop.office.count("pending")), (2, 2));
    let list = shop.office.get("/invoices").caller(service(&["*"])).send().json();
    assert_eq!(list["invoices"][1]["sequence"], 2);
}

#[test]
fn numbers_are_dense_and_time_never_goes_back() {
    let shop = Shop::new();
    let noon = 1_795_262_400_000_000;
    for time in [noon, noon + 1_000_000, noon - 5_000_000, noon + 2_000_000] {
        shop.office.set_time(time);
        shop.buy(json!({"license": "pro"}));
    }
    let list = shop.office.get("/invoices").caller(service(&["*"])).send().json();
    let invoices = list["invoices"].as_array().unwrap();
    let numbers: Vec<_> = invoices.iter().map(|invoice| invoice["number"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["RE-2026-000001", "RE-2026-000002", "RE-2026-000003", "RE-2026-000004"]);
    let times: Vec<_> =
        invoices.iter().map(|invoice| invoice["issued_at"].as_str().unwrap()[11..19].to_owned()).collect();
    assert_eq!(times, ["12:00:00", "12:00:01", "12:00:01", "12:00:02"]);
}

#[test]
fn numbers_begin_anew_each_year_and_grow_past_six_digits() {
    let shop = Shop::new();
    shop.office.set_time(1_798_757_999_999_999); // The last microsecond of 2026 in Berlin.
    shop.buy(json!({"license": "pro"}));
    shop.office.set_time(1_798_758_000_000_000);
    assert_eq!(invoice(&shop, &shop.buy(json!({"license": "pro"})))["number"], "RE-2027-000001");
    let skip = |sequence: i64| {
        let text = "UPDATE series SET last_sequence = $1 WHERE period = '2027'";
        assert_eq!(shop.office.execute(Statement::new(text).bind(sequence)), Ok(1));
        invoice(&shop, &shop.buy(json!({"license": "pro"})))["number"].clone()
    };
    assert_eq!(
        (skip(999_998), skip(999_999), skip(1_234_566)),
        (json!("RE-2027-999999"), json!("RE-2027-1000000"), json!("RE-2027-1234567"))
    );
}

#[test]
fn without_a_seller_sales_wait_and_reading_goes_on() {
    let shop = Shop { office: crate::app(invoices::function()), ..Shop::new() };
    let bought = shop.sales.post("/api/buy_mpi").json(&json!({"license": "basic"})).send().json();
    let Err(Retry::Unavailable(why)) = shop.office.deliver(&shop.last_event()) else { panic!("no seller") };
    assert!(why.starts_with("no-seller") && why.contains("seller_name"), "{why}");
    assert_eq!(
        shop.office.get("/invoices").caller(service(&["*"])).send().json(),
        json!({"invoices": [], "next": null})
    );
    assert_eq!(shop.office.get(bought["receipt"].as_str().unwrap()).send().status(), 404);
}

#[test]
fn a_sale_that_makes_no_sense_is_for_people_to_see() {
    let shop = Shop::new();
    assert_eq!(shop.sales.post("/api/buy_mpi").json(&json!({"license": "basic"})).send().status(), 201);
    let event = shop.last_event();
    let spoil = |pointer: &str, value: Value| {
        let mut payload: Value = serde_json::from_str(&event.payload).unwrap();
        *payload.pointer_mut(pointer).unwrap() = value;
        kontor_sdk::Event { payload: payload.to_string(), ..event.clone() }
    };
    let spoilt = [
        spoil("/gross", json!(1)),
        spoil("/version", json!(2)),
        spoil("/tax_rate", json!("much")),
        spoil("/lines", json!([])),
        spoil("/lines/0/quantity", json!(i64::MAX)),
        spoil("/currency", json!("euro")),
        kontor_sdk::Event { payload: "[]".to_owned(), ..event.clone() },
        kontor_sdk::Event { source: "stranger".to_owned(), ..event.clone() },
    ];
    for event in spoilt {
        assert!(matches!(shop.office.deliver(&event), Err(Retry::Failed(_))), "{}", event.payload);
    }
    assert_eq!(shop.office.count("registrations"), 0);
    assert_eq!(shop.office.count("series"), 0);
}

#[test]
fn another_sale_cannot_take_an_invoices_id() {
    let shop = Shop::new();
    shop.buy(json!({"license": "basic"}));
    let event = shop.last_event();
    let mut payload: Value = serde_json::from_str(&event.payload).unwrap();
    payload["sale"] = json!("01HZZZZZZZZZZZZZZZZZZZZZZZ");
    let other = kontor_sdk::Event { payload: payload.to_string(), ..event };
    assert!(matches!(shop.office.deliver(&other), Err(Retry::Failed(_))));
    assert_eq!(shop.office.count("registrations"), 1);
}

#[test]
fn no_method_changes_or_deletes_an_invoice() {
    let shop = Shop::new();
    shop.buy(json!({"license": "basic"}));
    let paths = &shop.office.manifest().openapi["paths"];
    for method in ["PUT", "PATCH", "DELETE", "POST"] {
        assert_eq!(shop.office.method(method, "/invoices/x").caller(service(&["*"])).send().status(), 405);
        let item = &paths["/invoices/{id}"];
        assert!(item[method.to_lowercase()].is_null());
        assert!(item["x-wrong-method-hint"].as_str().unwrap().contains("/cancellation"), "{item}");
    }
}

#[test]
fn a_sale_posts_what_it_brought_and_sums_to_zero() {
    let shop = Shop::new();
    shop.buy(json!({"license": "basic", "quantity": 4}));
    let sum = "SELECT version FROM history WHERE receivable + balance + revenue + vat + cash + rounding = 0 AND state = 'paid' \
               AND cash = 7600 AND receivable = -7600 AND version = 2";
    assert_eq!(shop.office.execute(Statement::new(sum).returning::<(i64,)>().expect_rows(1)), Ok(1));
    let first = "SELECT version FROM history WHERE version = 1 AND state = 'registered' AND receivable = 7600 AND revenue = -6387 \
                 AND vat = -1213 AND cash = 0 AND balance = 0 AND by_whom = 'sales'";
    assert_eq!(shop.office.execute(Statement::new(first).returning::<(i64,)>().expect_rows(1)), Ok(1));
    // One tax group stands in the registration itself.
    assert_eq!((shop.office.count("history"), shop.office.count("taxes")), (2, 0));
    let tax =
        "SELECT tax_rate FROM registrations WHERE tax_category = 'S' AND tax_rate = 1900 AND net = 6387 AND tax = 1213";
    assert_eq!(shop.office.execute(Statement::new(tax).returning::<(i64,)>().expect_rows(1)), Ok(1));
}

#[test]
fn everything_that_a_seller_lacks_is_named_at_once() {
    let faults = |app: kontor_testing::App| -> Vec<String> {
        app.misconfigured().into_iter().map(|fault| fault.split(':').next().unwrap().to_owned()).collect()
    };
    let all = ["seller_name", "seller_street", "seller_zip", "seller_city", "seller_country", "seller_vat_id"];
    assert_eq!(faults(crate::app(invoices::function())), all);
    assert_eq!(faults(super::office()), Vec::<String>::new());
    for (key, value, expected) in [
        ("seller_country", "Germany", &["seller_country"][..]),
        ("seller_sample", "yes", &["seller_sample"]),
        ("seller_city", " ", &["seller_city"]),
        ("seller_vat_id", "", &["seller_vat_id"]),
        ("seller_email", "", &[]),
        ("seller_vat_id", "DE12", &["seller_vat_id"]),
        ("seller_small_business", "perhaps", &["seller_small_business"]),
        ("seller_contact_name", "Anna", &["seller_contact_telephone", "seller_contact_email"]),
        ("seller_time_zone", "Hamburg", &["seller_time_zone"]),
        ("series", "RE=RE-{sequence}-{year", &["series"]),
        ("series", "RE=RE-{sequence} yearly", &["series"]),
        ("series", "RE=RE-{sequence} per-customer", &["series"]),
        ("seller_changes", "[{\"from\": \"2027-01-01\", \"vat_id\": \"DE1\"}]", &["seller_changes"]),
        ("seller_changes", "soon", &["seller_changes"]),
        ("seller_changes", "[{\"from\": \"2027-01-01\", \"name\": \"Kontor AG\"}]", &[]),
    ] {
        assert_eq!(faults(super::office().configure(key, value)), expected, "{key}={value}");
    }
}
