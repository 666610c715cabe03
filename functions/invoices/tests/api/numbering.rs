//! Number series over customers, years and clocks, and the seller of a day.

use serde_json::{Value, json};

use crate::{clerk, draft, office, registered, send};

const NEW_YEAR: i64 = 1_798_758_000_000_000; // 2027-01-01 00:00 in Berlin.
const SECOND: i64 = 1_000_000;

fn of(login: &str, series: &str) -> Value {
    let mut draft = draft();
    draft["buyer"]["login"] = json!(login);
    draft["series"] = json!(series);
    draft
}

#[test]
fn each_customer_has_a_series_and_no_name_in_it() {
    let office = office().configure("series", "RE=RE-{year}-{sequence:6}, K=K{customer}/{year}-{sequence:3}");
    office.set_time(NEW_YEAR - SECOND);
    let number = |login: &str, series: &str| registered(&office, &of(login, series))["number"].clone();
    let numbers = [number("anna", "K"), number("bert", "K"), number("anna", "RE"), number("anna", "K")];
    assert_eq!(numbers, ["K10001/2026-001", "K10002/2026-001", "RE-2026-000001", "K10001/2026-002"]);
    office.set_time(NEW_YEAR);
    assert_eq!(number("anna", "K"), "K10001/2027-001", "the customer keeps the number, and the year begins anew");
    let found = office.get("/invoices?series=K").caller(clerk()).send().json();
    assert_eq!(found["invoices"].as_array().unwrap().len(), 4, "{found}");
    let next = |after: &str| {
        let page = office.get(&format!("/invoices?limit=1{after}")).caller(clerk()).send().json();
        (page["invoices"][0]["number"].as_str().unwrap().to_owned(), page["next"].as_str().map(str::to_owned))
    };
    let (mut all, mut after) = (Vec::new(), String::new());
    while let (number, Some(cursor)) = next(&after) {
        all.push(number);
        after = format!("&after={cursor}");
    }
    all.push(next(&after).0);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 5, "{all:?}");
}

#[test]
fn a_clock_that_jumps_back_over_new_year_does_not_take_the_series_along() {
    let office = office();
    let at = |time: i64| {
        office.set_time(time);
        let invoice = registered(&office, &draft());
        (invoice["number"].as_str().unwrap().to_owned(), invoice["issued_at"].as_str().unwrap().to_owned())
    };
    assert_eq!(at(NEW_YEAR - SECOND).0, "RE-2026-000001");
    let (first, then) = at(NEW_YEAR + SECOND);
    assert_eq!(first, "RE-2027-000001");
    // A second before midnight, a year before, and the time of the first invoice: all after the last one.
    for (behind, number) in [(2 * SECOND, 2), (400 * 86_400 * SECOND, 3), (0, 4)] {
        let (found, issued_at) = at(NEW_YEAR - behind);
        assert_eq!(found, format!("RE-2027-00000{number}"));
        assert!(issued_at >= then, "{issued_at} is before {then}");
    }
}

#[test]
fn an_invoice_names_the_seller_of_its_day() {
    let changes = r#"[{"from": "2027-01-01", "name": "Kontor AG"}]"#;
    let office = office().configure("seller_changes", changes);
    let name = |time: i64| {
        office.set_time(time);
        registered(&office, &draft())["seller"]["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(name(NEW_YEAR - SECOND), "Kontor GmbH & Söhne");
    assert_eq!(name(NEW_YEAR), "Kontor AG");
    assert_eq!(name(NEW_YEAR - SECOND), "Kontor AG", "issued after the last one, so in the new year");
    office.set_time(NEW_YEAR - SECOND);
    let shown = send(&office, "/invoices?preview=true", &draft()).json();
    assert_eq!(shown["invoice"]["seller"]["name"], "Kontor GmbH & Söhne", "a preview is as of the clock");
}

#[test]
fn a_series_that_is_given_another_ones_numbers_is_stopped() {
    let office = office().configure("series", "A=R{sequence}");
    let first = registered(&office, &draft());
    let office = office.configure("series", "B=R{sequence}");
    let refused = send(&office, "/invoices", &draft());
    assert_eq!((refused.problem().0, refused.problem().1.as_str()), (503, "misconfigured"));
    assert_eq!((first["number"].as_str(), office.count("registrations")), (Some("R1"), 1));
}
