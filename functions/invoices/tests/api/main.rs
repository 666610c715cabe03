//! What sales, offices and buyers see of invoices, through the same dispatch as in the host.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that finds nothing shall end there")]

mod archiving;
mod concurrent;
mod creating;
mod document;
mod erasure;
mod importing;
mod ledger;
mod limits;
mod numbering;
mod reading;
mod receipts;
mod registering;
mod searching;
mod skonto;

use kontor_sdk::{Event, events::NewEvent};
use kontor_testing::App;
use serde_json::{Value, json};

/// A shop with a seller, as `serve --dev` has it, but no sample.
fn office() -> App {
    let seller = [
        ("seller_name", "Kontor GmbH & Söhne"),
        ("seller_street", "Speicherstraße 1"),
        ("seller_zip", "20457"),
        ("seller_city", "Hamburg"),
        ("seller_country", "DE"),
        ("seller_vat_id", "DE123456789"),
    ];
    seller.into_iter().fold(App::new(invoices::function()), |app, (key, value)| app.configure(key, value))
}

/// Sales and invoices side by side.
struct Shop {
    sales: App,
    office: App,
    delivered: std::cell::Cell<u64>,
}

impl Shop {
    fn new() -> Self {
        Self { sales: App::new(sales::function()), office: office(), delivered: std::cell::Cell::new(0) }
    }

    /// Buys, and delivers the event; gives what the buyer was answered.
    fn buy(&self, order: Value) -> Value {
        let bought = self.sales.post("/api/buy_mpi").json(&order).send();
        assert_eq!(bought.status(), 201, "{}", bought.text());
        self.office.deliver(&self.last_event()).unwrap();
        bought.json()
    }

    fn last_event(&self) -> Event {
        let NewEvent { name, key, payload } = self.sales.events().pop().unwrap();
        self.delivered.set(self.delivered.get() + 1);
        Event {
            id: self.delivered.get(),
            source: "sales".to_owned(),
            name,
            key,
            payload,
            attempt: 1,
            ..Event::default()
        }
    }
}

/// A service that may do everything with invoices.
fn clerk() -> kontor_sdk::Caller {
    kontor_testing::service(&["invoices:read", "invoices:write"])
}

/// An invoice of 119.00 EUR, net-priced, for Anna.
fn draft() -> Value {
    json!({
        "buyer": customer(), "currency": "EUR", "pricing": "net", "delivery": {"date": "2026-11-21"},
        "lines": [{"name": "Beratung", "quantity": 2, "unit": "HUR", "unit_price": "50.00", "rate": "19"}],
    })
}

/// Posts something with a key of its own.
fn send(office: &App, path: &str, body: &Value) -> kontor_testing::Answer {
    office.post(path).caller(clerk()).header("idempotency-key", &kontor_sdk::id::ulid()).json(body).send()
}

/// Registers an invoice, and gives it.
fn registered(office: &App, draft: &Value) -> Value {
    let answer = send(office, "/invoices", draft);
    assert_eq!(answer.status(), 201, "{}", answer.text());
    answer.json()
}

/// Puts money into Anna's balance.
fn deposit(office: &App, amount: i64) {
    let booking = json!({"operation": "deposit", "currency": "EUR", "amount": amount, "why": "voucher"});
    assert_eq!(send(office, "/customers/anna/balance", &booking).status(), 201);
}

/// Anna's balance.
fn balance(office: &App) -> i64 {
    let balances = office.get("/customers/anna/balance").caller(clerk()).send().json();
    balances["balances"][0]["amount"].as_i64().unwrap_or(0)
}

/// What an invoice's history says.
fn history(office: &App, id: &Value) -> Value {
    let answer = office.get(&format!("/invoices/{}/history", id.as_str().unwrap())).caller(clerk()).send();
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer.json()
}

/// Everything in the ledger sums to zero, row by row, and each balance is what its entries say.
fn balanced(office: &App) {
    let rows =
        |text: &'static str| office.execute(kontor_sdk::sql::Statement::new(text).returning::<(i64,)>()).unwrap();
    assert_eq!(
        rows("SELECT version FROM history WHERE receivable + balance + revenue + vat + cash + rounding <> 0"),
        0
    );
    assert_eq!(rows("SELECT cash FROM balance_entries WHERE balance + cash <> 0"), 0);
    let wrong = "SELECT b.amount FROM balances b WHERE b.amount < 0 OR b.amount <> \
                 0 - (SELECT coalesce(sum(h.balance), 0) FROM history h JOIN registrations r ON r.id = h.invoice \
                 WHERE r.login = b.login AND r.currency = b.currency) \
                 - (SELECT coalesce(sum(e.balance), 0) FROM balance_entries e WHERE e.login = b.login AND e.currency = b.currency)";
    assert_eq!(rows(wrong), 0, "a balance is not what its entries sum to");
}

fn customer() -> Value {
    json!({
        "login": "anna", "name": "Anna Änderung", "street": "Weg 1", "zip": "10115", "city": "Berlin", "country": "DE",
    })
}
