//! Finished invoices move into the archive, and nobody who reads notices.

use kontor_sdk::{Retry, documents::Collection, sql::Statement};
use kontor_testing::App;
use serde_json::{Value, json};

use crate::{clerk, draft, office, send};

const ARCHIVE: Collection<Value> = Collection::new("invoices");

/// As an operator configures it before a start: what the function says of itself depends on it.
fn archiving() -> App {
    let before = office().configure("archive", "documents");
    let _ = before.count("series");
    let office = App::sharing(invoices::function(), before.share());
    assert_eq!(office.manifest().collections.len(), 1);
    office
}

fn registered(office: &App, quantity: i64) -> Value {
    let mut asked = draft();
    asked["lines"][0]["quantity"] = json!(quantity);
    let answer = send(office, "/invoices", &asked);
    assert_eq!(answer.status(), 201, "{}", answer.text());
    answer.json()
}

fn get(office: &App, path: &str) -> Value {
    let answer = office.get(path).caller(clerk()).send();
    assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
    answer.json()
}

fn path(invoice: &Value, what: &str) -> String {
    format!("/invoices/{}{what}", invoice["id"].as_str().unwrap())
}

#[test]
fn what_is_archived_is_read_as_before_and_goes_on_living() {
    let office = archiving();
    let all: Vec<Value> = (1..=3).map(|quantity| registered(&office, quantity)).collect();
    let before = get(&office, "/invoices?customer=anna");
    assert_eq!((office.count("outgoing"), office.count("pending")), (3, 0));
    assert_eq!(get(&office, &path(&all[0], "")), all[0], "a client reads its own write");
    office.due("archive", 0).unwrap();
    assert_eq!(office.count("outgoing"), 0);
    assert_eq!(get(&office, &path(&all[0], "")), all[0]);
    assert_eq!(get(&office, "/invoices?customer=anna"), before);
    let archived = ARCHIVE.get(all[1]["id"].as_str().unwrap()).unwrap().unwrap().content;
    assert_eq!(
        (&archived["number"], &archived["gross"], &archived["login"]),
        (&all[1]["number"], &all[1]["gross"], &json!("anna"))
    );

    let paid = send(&office, &path(&all[0], "/payments"), &json!({"amount": 1, "why": "test"}));
    assert_eq!(paid.json()["state"], "partly_paid");
    let credit = |quantity: i64| {
        let mut lines = draft()["lines"].clone();
        lines[0]["quantity"] = json!(quantity);
        send(&office, &path(&all[2], "/corrections"), &json!({"lines": lines, "reason": "less"}))
    };
    assert_eq!(credit(2).status(), 201);
    office.due("archive", 0).unwrap();
    assert_eq!(credit(2).problem().1, "correction-exceeds-original", "the archived credit counts");
    let cancelled = send(&office, &path(&all[1], "/cancellation"), &json!({})).json();
    assert_eq!(cancelled["preceding"][0]["number"], all[1]["number"]);
    crate::balanced(&office);
}

#[test]
fn a_repeat_is_answered_from_the_archive() {
    let office = archiving();
    let ask = || office.post("/invoices").caller(clerk()).header("idempotency-key", "k").json(&draft()).send();
    let first = ask();
    office.due("archive", 0).unwrap();
    assert_eq!((ask(), office.count("outgoing")), (first, 0));
}

#[test]
fn while_the_documents_are_away_invoices_wait_and_can_be_read() {
    let office = archiving();
    let one = registered(&office, 1);
    office.set_documents_available(false);
    assert!(matches!(office.due("archive", 0), Err(Retry::Unavailable(_))));
    let two = registered(&office, 2);
    assert_eq!(office.count("outgoing"), 2);
    assert_eq!((get(&office, &path(&one, "")), get(&office, &path(&two, ""))), (one, two));
    office.set_documents_available(true);
    office.due("archive", 0).unwrap();
    assert_eq!(office.count("outgoing"), 0);
}

#[test]
fn an_invoice_that_was_stored_before_the_crash_is_stored_once() {
    let office = archiving();
    let invoice = registered(&office, 1);
    let keep = "INSERT INTO outgoing (id, body) VALUES ($1, $2)";
    let read = Statement::new("SELECT body FROM outgoing").returning::<(String,)>();
    let body = office.rows::<(String,)>(read).unwrap()[0].0.clone();
    office.due("archive", 0).unwrap();
    // Killed between the document and the row: the row is still there.
    office.execute(Statement::new(keep).bind(invoice["id"].as_str().unwrap()).bind(body)).unwrap();
    office.due("archive", 0).unwrap();
    assert_eq!((office.count("outgoing"), ARCHIVE.find().page().unwrap().documents.len()), (0, 1));
}

#[test]
fn one_that_cannot_be_stored_stops_nobody_and_stays() {
    let office = archiving();
    let (one, two) = (registered(&office, 1), registered(&office, 2));
    let mut other = get(&office, &path(&one, ""));
    other["gross"] = json!(1);
    ARCHIVE.insert(one["id"].as_str().unwrap(), &other).unwrap();
    office.due("archive", 0).unwrap();
    assert_eq!(office.count("outgoing"), 1);
    assert_eq!((get(&office, &path(&one, "")), get(&office, &path(&two, ""))), (one, two));
    assert!(office.log().iter().any(|line| line.contains("cannot be archived")), "{:?}", office.log());
}

#[test]
fn without_an_archive_nothing_is_asked_of_the_documents() {
    let office = office();
    assert!(office.manifest().collections.is_empty() && office.manifest().schedules.is_empty());
    assert_eq!(
        office.configure("archive", "tape").misconfigured(),
        ["archive: \"tape\" is neither none nor documents"]
    );
}
