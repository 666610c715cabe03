//! `GET /api/licenses`, `GET /api/get_current_money`, `GET /api/sales_per_hour`, `DELETE /api/sales`.

use kontor_testing::service;
use serde_json::json;

use super::shop;

const TEN_O_CLOCK: i64 = 1_795_255_200_000_000; // 2026-11-21T10:00:00Z
const MINUTE: i64 = 60_000_000;

#[test]
fn licences_come_in_the_configured_order() {
    let licenses = shop().get("/api/licenses").send().json();
    let wanted = json!({"currency": "EUR", "tax_rate": "19", "licenses": [
        {"license": "basic", "gross": 1900}, {"license": "pro", "gross": 4900}, {"license": "enterprise", "gross": 19900},
    ]});
    assert_eq!(licenses, wanted);
}

#[test]
fn every_sale_counts() {
    let app = shop();
    assert_eq!(app.get("/api/get_current_money").send().json(), json!({"sales": 0, "turnover": 0, "currency": "EUR"}));
    for license in ["basic", "pro", "pro"] {
        assert_eq!(app.post("/api/buy_mpi").json(&json!({"license": license})).send().status(), 201);
    }
    assert_eq!(
        app.get("/api/get_current_money").send().json(),
        json!({"sales": 3, "turnover": 11_700, "currency": "EUR"})
    );
}

#[test]
fn hours_with_sales_come_oldest_first() {
    let app = shop();
    for (time, license) in
        [(TEN_O_CLOCK, "basic"), (TEN_O_CLOCK + 59 * MINUTE, "pro"), (TEN_O_CLOCK + 121 * MINUTE, "basic")]
    {
        app.set_time(time);
        assert_eq!(app.post("/api/buy_mpi").json(&json!({"license": license})).send().status(), 201);
    }
    let hours = |query: &str| app.get(&format!("/api/sales_per_hour{query}")).send().json()["hours"].clone();
    let ten = json!({"hour": "2026-11-21T10:00:00Z", "sales": 2, "turnover": 6800});
    let twelve = json!({"hour": "2026-11-21T12:00:00Z", "sales": 1, "turnover": 1900});
    assert_eq!(hours(""), json!([ten, twelve]));
    assert_eq!(hours("?hours=2"), json!([twelve]));
    for (query, fault) in [("?hours=0", "out-of-range"), ("?hours=169", "out-of-range"), ("?hours=x", "wrong-type")] {
        let problem = app.get(&format!("/api/sales_per_hour{query}")).send().problem();
        assert_eq!(problem, (422, "invalid-parameters".to_owned(), vec![format!("{fault} #/query/hours")]));
    }
}

#[test]
fn only_who_may_empties_the_sales() {
    let app = shop();
    for _ in 0..3 {
        assert_eq!(app.post("/api/buy_mpi").json(&json!({"license": "basic"})).send().status(), 201);
    }
    assert_eq!(app.delete("/api/sales").send().status(), 401);
    assert_eq!(app.delete("/api/sales").caller(service(&["invoices:read"])).send().status(), 403);
    let answer = app.delete("/api/sales").caller(service(&["sales:reset"])).send();
    assert_eq!((answer.status(), answer.json()), (200, json!({"deleted": 3})));
    assert_eq!(app.get("/api/get_current_money").send().json()["sales"], 0);
    assert_eq!(app.get("/api/sales_per_hour").send().json()["hours"], json!([]));
    assert_eq!(app.post("/api/buy_mpi").json(&json!({"license": "basic"})).send().status(), 201);
    assert_eq!(app.get("/api/get_current_money").send().json()["sales"], 1);
}

#[test]
fn a_broken_configuration_is_named_in_the_log_and_traps_nothing() {
    for (key, value) in [
        ("licenses", "basic"),
        ("licenses", "basic=19,00"),
        ("licenses", "basic=1, basic=2"),
        ("licenses", " , "),
        ("currency", "Euro"),
        ("tax_rate", "lots"),
        ("receipt_base", "invoices"),
        ("customer_required_above", "-"),
        ("customer_required_above", "250.01"),
    ] {
        let app = shop().configure(key, value);
        let found = app.misconfigured();
        assert!(found.len() == 1 && found[0].starts_with(&format!("{key}: ")), "{key}={value}: {found:?}");
        let answer = app.get("/api/licenses").send();
        assert_eq!((answer.problem().0, answer.problem().1.as_str()), (503, "misconfigured"), "{key}={value}");
        assert!(app.log()[0].contains(key), "{:?}", app.log());
    }
}

#[test]
fn what_is_sold_by_default_can_be_sold() {
    assert_eq!(shop().misconfigured(), Vec::<String>::new());
}
