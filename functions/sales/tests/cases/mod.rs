//! What the shop's customers and operators see, through the same dispatch as in the host.

mod buying;
mod document;
mod money;

use kontor_testing::App;
use serde_json::{Value, json};

fn shop() -> App {
    crate::app(sales::function())
}

fn customer() -> Value {
    json!({
        "login": "anna", "name": "Anna Änderung", "street": "Weg 1", "zip": "10115", "city": "Berlin", "country": "DE",
    })
}
