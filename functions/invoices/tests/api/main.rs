//! What sales, offices and buyers see of invoices, through the same dispatch as in the host.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that finds nothing shall end there")]

mod document;
mod reading;
mod receipts;
mod registering;

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

fn customer() -> Value {
    json!({
        "login": "anna", "name": "Anna Änderung", "street": "Weg 1", "zip": "10115", "city": "Berlin", "country": "DE",
    })
}
