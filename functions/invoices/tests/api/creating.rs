//! `POST /invoices`.

use kontor_testing::{App, service};
use serde_json::{Value, json};

use crate::{balance, balanced, clerk, deposit, draft, office, registered, send};

fn post(office: &App, key: &str, draft: &Value) -> kontor_testing::Answer {
    office.post("/invoices").caller(clerk()).header("idempotency-key", key).json(draft).send()
}

#[test]
fn the_whole_invoice_comes_back_and_says_where_it_is() {
    let office = office();
    let answer = post(&office, "k", &draft());
    let invoice = answer.json();
    assert_eq!(answer.status(), 201, "{invoice}");
    assert_eq!(answer.header("location"), Some(format!("/invoices/{}", invoice["id"].as_str().unwrap()).as_str()));
    let sums = json!([invoice["net"], invoice["tax"], invoice["gross"], invoice["due"], invoice["balance_used"]]);
    assert_eq!(sums, json!([10_000, 1_900, 11_900, 11_900, 0]));
    assert_eq!(
        (&invoice["state"], &invoice["sequence"], &invoice["login"]),
        (&json!("registered"), &json!(1), &json!("anna"))
    );
    let read = office.get(answer.header("location").unwrap()).caller(clerk()).send().json();
    assert_eq!(read, invoice);
    balanced(&office);
}

#[test]
fn a_repeat_gets_the_same_answer_and_registers_nothing() {
    let office = office();
    let first = post(&office, "k", &draft());
    // The order of fields and blanks do not make another request.
    let mut text = serde_json::to_string_pretty(&draft()).unwrap();
    text.push('\n');
    let repeat = office.post("/invoices").caller(clerk()).header("idempotency-key", "k");
    let repeat = repeat.header("content-type", "application/json").body(text).send();
    assert_eq!((repeat.status(), repeat.json()), (201, first.json()));
    assert_eq!(office.count("registrations"), 1);
    let mut other = draft();
    other["lines"][0]["quantity"] = json!(3);
    assert_eq!(post(&office, "k", &other).problem().1, "key-reused");
}

#[test]
fn without_a_key_nothing_is_done_and_an_example_is_given() {
    let office = office();
    let answer = office.post("/invoices").caller(clerk()).json(&draft()).send();
    assert_eq!((answer.problem().0, answer.problem().1.as_str()), (400, "key-missing"));
    assert!(answer.text().contains("Idempotency-Key: "), "{}", answer.text());
    assert_eq!(office.count("registrations"), 0);
}

#[test]
fn a_preview_takes_no_number() {
    let office = office();
    deposit(&office, 5_000);
    let mut asked = draft();
    asked["use_balance"] = json!("all");
    let preview = send(&office, "/invoices?preview=true", &asked);
    let shown = preview.json();
    assert_eq!(preview.status(), 200, "{shown}");
    assert_eq!(
        (&shown["due"], &shown["balance_used"], &shown["invoice"]["gross"]),
        (&json!(6_900), &json!(5_000), &json!(11_900))
    );
    assert_eq!((office.count("registrations"), office.count("series"), balance(&office)), (0, 0, 5_000));
    assert_eq!(registered(&office, &draft())["sequence"], 1);
    assert_eq!(send(&office, "/invoices?preview=maybe", &draft()).status(), 422);
}

#[test]
fn every_broken_rule_is_told_at_once() {
    let office = office();
    let mut wrong = draft();
    wrong["lines"] = json!([{"name": "", "quantity": 1.5, "rate": "19"}, {"name": "x", "quantity": 0, "unit_price": "1", "rate": "19"}]);
    wrong["delivery"] = json!({});
    wrong["number"] = json!("RE-1");
    let (status, code, faults) = post(&office, "k", &wrong).problem();
    assert_eq!((status, code.as_str()), (422, "invalid-invoice"));
    for part in ["UStG-14-4-6 /delivery", "BR-26 /lines/0/unit_price", "blank /lines/0/name", "unknown-field /number"] {
        assert!(faults.iter().any(|fault| fault == part), "{part} is missing in {faults:?}");
    }
    assert_eq!(send(&office, "/invoices", &json!([])).problem().0, 422);
    let text = office.post("/invoices").caller(clerk()).header("idempotency-key", "t");
    assert_eq!(text.header("content-type", "application/json").body("{").send().problem().0, 400);
    assert_eq!(office.count("registrations"), 0);
}

#[test]
fn a_source_and_an_id_are_there_once() {
    let office = office();
    let with = |field: &str, value: &str| {
        let mut draft = draft();
        draft[field] = json!(value);
        draft
    };
    assert_eq!(registered(&office, &with("source", "order/7"))["source"], "api/order/7");
    assert_eq!(send(&office, "/invoices", &with("source", "order/7")).problem().1, "source-taken");
    assert_eq!(registered(&office, &with("id", "minted-1"))["id"], "minted-1");
    assert_eq!(send(&office, "/invoices", &with("id", "minted-1")).problem().1, "id-taken");
    assert_eq!(send(&office, "/invoices", &with("source", &"ä".repeat(100))).status(), 201);
    let mut long = draft();
    long["buyer"]["login"] = json!("😀".repeat(100));
    assert_eq!(send(&office, "/invoices", &long).problem().2, ["too-long /login"]);
    // What was refused took no number.
    assert_eq!(registered(&office, &draft())["sequence"], 4);
}

#[test]
fn series_have_numbers_of_their_own() {
    let office = office().configure("series", "RE=RE-{year}-{sequence:6}, B=B{sequence}");
    office.set_time(1_795_262_400_000_000);
    let number = |series: Option<&str>| {
        let mut draft = draft();
        draft["series"] = json!(series);
        registered(&office, &draft)["number"].clone()
    };
    let numbers = [number(None), number(Some("B")), number(Some("B")), number(Some("RE"))];
    assert_eq!(numbers, ["RE-2026-000001", "B1", "B2", "RE-2026-000002"]);
    let mut unknown = draft();
    unknown["series"] = json!("X");
    assert_eq!(send(&office, "/invoices", &unknown).problem().2, ["unknown-series /series"]);
}

#[test]
fn an_invoice_keeps_the_seller_of_its_time() {
    let office = office();
    let before = registered(&office, &draft());
    let office = office.configure("seller_name", "Kontor AG");
    assert_eq!(registered(&office, &draft())["seller"]["name"], "Kontor AG");
    let path = format!("/invoices/{}", before["id"].as_str().unwrap());
    assert_eq!(office.get(&path).caller(clerk()).send().json()["seller"]["name"], "Kontor GmbH & Söhne");
}

#[test]
fn the_balance_pays_what_is_asked_and_never_more_than_there_is() {
    let office = office();
    let with = |asked: Value| {
        let mut draft = draft();
        draft["use_balance"] = asked;
        draft
    };
    let nothing = registered(&office, &with(json!("all")));
    assert_eq!((&nothing["balance_used"], &nothing["state"]), (&json!(0), &json!("registered")));
    let refused = send(&office, "/invoices", &with(json!(1)));
    assert_eq!((refused.problem().0, refused.problem().1.as_str()), (409, "balance-too-small"));
    assert!(refused.text().contains("the balance is 0"), "{}", refused.text());
    deposit(&office, 20_000);
    let all = registered(&office, &with(json!("all")));
    assert_eq!((&all["balance_used"], &all["due"], &all["state"]), (&json!(11_900), &json!(0), &json!("paid")));
    let part = registered(&office, &with(json!(100)));
    assert_eq!(
        (&part["balance_used"], &part["due"], &part["state"]),
        (&json!(100), &json!(11_800), &json!("partly_paid"))
    );
    assert_eq!(balance(&office), 8_000);
    let too_much = send(&office, "/invoices", &with(json!(8_001)));
    assert!(too_much.text().contains("the balance is 8000"), "{}", too_much.text());
    deposit(&office, 20_000);
    let more_than_asked = send(&office, "/invoices", &with(json!(11_901)));
    assert_eq!(more_than_asked.problem().1, "exceeds-open", "no invoice takes more than it asks for");
    assert_eq!(balance(&office), 28_000);
    balanced(&office);
}

#[test]
fn many_rates_and_lines_fit_one_commit() {
    let office = office();
    let line = |index: i64| {
        let rate = format!("{}.{:02}", 1 + index / 100, index % 100);
        json!({"name": format!("line {index}"), "quantity": 1, "unit_price": "1.00", "rate": rate})
    };
    let mut many = draft();
    many["lines"] = (0..1_000).map(line).collect();
    let invoice = registered(&office, &many);
    assert_eq!((invoice["lines"].as_array().unwrap().len(), office.count("taxes")), (1_000, 1_000));
    many["lines"] = (0..1_001).map(line).collect();
    let refused = send(&office, "/invoices", &many);
    assert!(refused.problem().0 == 422 && refused.text().contains("1000"), "{}", refused.text());
}

#[test]
fn only_services_with_the_scope_write() {
    let office = office();
    for path in [
        "/invoices",
        "/invoices/x/payments",
        "/invoices/x/cancellation",
        "/invoices/x/corrections",
        "/customers/x/balance",
    ] {
        assert_eq!(office.post(path).json(&json!({})).send().status(), 401, "{path}");
        let reader = office.post(path).caller(service(&["invoices:read"])).json(&json!({})).send();
        assert_eq!(reader.status(), 403, "{path}");
    }
    let nobody = kontor_testing::App::new(invoices::function());
    assert_eq!(send(&nobody, "/invoices", &draft()).problem().1, "no-seller");
}
