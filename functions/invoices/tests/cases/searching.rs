//! `GET /invoices` with what is asked of them, and `GET /sums`.

use kontor_testing::App;
use serde_json::{Value, json};

use super::{clerk, draft, office, registered, send};

const NOON: i64 = 1_795_262_400_000_000; // 2026-11-21T12:00:00Z
const DAY: i64 = 86_400_000_000;

/// Twelve invoices over three days, for two customers, in two series, of one to twelve hours.
fn archive() -> App {
    let office = office().configure("series", "RE=RE-{year}-{sequence:6}, B=B{sequence}");
    for index in 0..12 {
        office.set_time(NOON + index / 4 * DAY);
        let mut asked = draft();
        asked["buyer"]["login"] = json!(if index % 3 == 0 { "bert" } else { "anna" });
        asked["series"] = json!(if index % 2 == 0 { "RE" } else { "B" });
        asked["lines"][0]["quantity"] = json!(index + 1);
        asked["payment"] = json!({"due_in_days": 1});
        let invoice = registered(&office, &asked);
        if index < 2 {
            let path = format!("/invoices/{}/payments", invoice["id"].as_str().unwrap());
            assert_eq!(send(&office, &path, &json!({"amount": invoice["gross"], "why": "test"})).status(), 201);
        }
    }
    office
}

/// The quantities of what is found, page after page.
fn found(office: &App, query: &str) -> Vec<i64> {
    found_behind(office, query, String::new())
}

fn found_behind(office: &App, query: &str, mut after: String) -> Vec<i64> {
    let mut quantities = Vec::new();
    loop {
        let page = office.get(&format!("/invoices?limit=2&{query}{after}")).caller(clerk()).send();
        assert_eq!(page.status(), 200, "{query}: {}", page.text());
        let page = page.json();
        let quantity = |invoice: &Value| invoice["lines"][0]["quantity"].as_str().unwrap().parse::<i64>().unwrap();
        quantities.extend(page["invoices"].as_array().unwrap().iter().map(quantity));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return quantities,
        }
    }
}

#[test]
fn everything_that_is_asked_for_is_so() {
    let office = archive();
    for (query, wanted) in [
        ("", &[2, 4, 6, 8, 10, 12, 1, 3, 5, 7, 9, 11][..]),
        ("customer=bert", &[4, 10, 1, 7]),
        ("customer=nobody", &[]),
        ("series=RE", &[1, 3, 5, 7, 9, 11]),
        ("series=B&customer=anna", &[2, 6, 8, 12]),
        ("number=B3", &[6]),
        ("number=B3&customer=bert", &[]),
        ("number=B99", &[]),
        ("from=2026-11-22&to=2026-11-22", &[6, 8, 5, 7]),
        ("to=2026-11-21", &[2, 4, 1, 3]),
        ("from=2026-11-24", &[]),
        ("state=paid", &[2, 1]),
        // Of the first day, the due date is over by the third.
        ("state=overdue", &[4, 3]),
        ("state=registered&series=RE", &[5, 7, 9, 11]),
        ("gross_from=59500&gross_to=65450", &[10, 11]),
        ("state=registered&customer=anna&from=2026-11-23", &[12, 9, 11]),
    ] {
        assert_eq!(found(&office, query), wanted, "{query}");
    }
    for wrong in ["state=lost", "from=yesterday", "gross_from=-1", "to=2026-02-30"] {
        assert_eq!(office.get(&format!("/invoices?{wrong}")).caller(clerk()).send().problem().0, 422, "{wrong}");
    }
}

#[test]
fn pages_stay_right_while_invoices_are_added() {
    let office = archive();
    let first = office.get("/invoices?limit=2&customer=anna&series=RE").caller(clerk()).send().json();
    let mut late = draft();
    late["lines"][0]["quantity"] = json!(99);
    registered(&office, &late);
    let after = format!("&after={}", first["next"].as_str().unwrap());
    let rest = found_behind(&office, "customer=anna&series=RE", after);
    assert_eq!(rest, [9, 11, 99]);
}

#[test]
fn a_month_is_summed_up() {
    let office = archive();
    let sums = |month: &str| office.get(&format!("/sums?month={month}")).caller(clerk()).send();
    let found = sums("2026-11").json();
    let told: Vec<_> = found["sums"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sum| {
            (
                sum["state"].as_str().unwrap(),
                sum["invoices"].as_i64().unwrap(),
                sum["net"].as_i64().unwrap(),
                sum["tax"].as_i64().unwrap(),
            )
        })
        .collect();
    // 50.00 an hour: 1 and 2 are paid, 3 and 4 overdue, 5 to 12 open.
    let wanted = [("overdue", 2, 35_000, 6_650), ("paid", 2, 15_000, 2_850), ("registered", 8, 340_000, 64_600)];
    assert_eq!(told, wanted, "{found}");
    assert_eq!((&found["sums"][0]["rate"], &found["sums"][0]["kind"]), (&json!("19"), &json!("invoice")));
    assert_eq!(sums("2026-10").json()["sums"], json!([]));
    for wrong in ["2026-13", "2026-1x", "202611 "] {
        assert_eq!(sums(wrong).problem().0, 422, "{wrong}");
    }
}

#[test]
fn what_is_rare_is_found_behind_pages_that_are_empty() {
    let office = archive();
    // More than one page looks at, in a series that comes before all others; of an amount that nobody asks for.
    let many = "INSERT INTO registrations (id, seller, series, period, sequence, number, kind, issued_at, utc_offset, login, \
                currency, net, tax, gross, rounding, balance_used, due_on, body_hash, receipt_hash, source) \
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
                SELECT 'A' || i, 'default', 'A', 'all', i, 'A' || i, 'invoice', 0, 0, 'carl', 'EUR', 1, 0, 1, 0, 0, NULL, \
                (SELECT body_hash FROM registrations WHERE number = 'B1'), '', 'A' || i FROM n";
    assert_eq!(office.execute(kontor_sdk::sql::Statement::new(many)), Ok(10_000));
    let first = office.get("/invoices?gross_from=65450").caller(clerk()).send().json();
    assert_eq!((&first["invoices"], &first["next"]), (&json!([]), &json!("A.all.10000")));
    assert_eq!(found(&office, "gross_from=65450"), [12, 11]);
    assert_eq!(found(&office, "gross_from=65450&customer=anna"), [12, 11]);
}
