//! `GET /invoices`, `GET /invoices/{id}`.

use kontor_testing::service;
use serde_json::json;

use super::{Shop, office};

#[test]
fn pages_follow_one_another_and_miss_none() {
    let shop = Shop::new();
    for _ in 0..5 {
        shop.buy(json!({"license": "basic"}));
    }
    let mut after = String::new();
    let mut sequences = Vec::new();
    loop {
        let page =
            shop.office.get(&format!("/invoices?limit=2{after}")).caller(service(&["invoices:read"])).send().json();
        sequences
            .extend(page["invoices"].as_array().unwrap().iter().map(|invoice| invoice["sequence"].as_i64().unwrap()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(sequences, [1, 2, 3, 4, 5]);
}

#[test]
fn a_full_last_page_has_no_next() {
    let shop = Shop::new();
    shop.buy(json!({"license": "basic"}));
    let page = shop.office.get("/invoices?limit=1").caller(service(&["*"])).send().json();
    assert_eq!((page["invoices"].as_array().unwrap().len(), &page["next"]), (1, &json!(null)));
}

#[test]
fn bad_parameters_are_told() {
    let office = office();
    let problem = |query: &str| office.get(&format!("/invoices?{query}")).caller(service(&["*"])).send().problem();
    for (query, fault) in [
        ("limit=0", "out-of-range #/query/limit"),
        ("limit=501", "out-of-range #/query/limit"),
        ("limit=two", "wrong-type #/query/limit"),
        ("after=here", "wrong-type #/query/after"),
        ("after=RE.2026.x", "wrong-type #/query/after"),
        ("after=", "too-short #/query/after"),
    ] {
        assert_eq!(problem(query), (422, "invalid-parameters".to_owned(), vec![fault.to_owned()]), "{query}");
    }
}

#[test]
fn only_services_with_the_scope_read() {
    let office = office();
    for path in ["/invoices", "/invoices/x"] {
        assert_eq!(office.get(path).send().status(), 401);
        assert_eq!(office.get(path).caller(service(&["sales:reset"])).send().status(), 403);
    }
    let unknown = office.get("/invoices/x%2F%3Cy").caller(service(&["invoices:read"])).send();
    assert_eq!((unknown.problem().0, unknown.problem().1.as_str()), (404, "unknown-invoice"));
}

#[test]
fn a_database_that_is_away_is_said_to_be_back_soon() {
    let office = office();
    office.set_database_available(false);
    for path in ["/invoices", "/invoices/x"] {
        let answer = office.get(path).caller(service(&["*"])).send();
        assert_eq!((answer.problem().0, answer.header("retry-after")), (503, Some("1")), "{path}");
    }
}
