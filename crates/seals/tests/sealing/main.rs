//! Seals over invoices that the real function registered, in the real embedded store.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds nothing shall end there"
)]

mod chain;
mod hostile;
mod proofs;

use std::sync::Arc;

use kontor_data::{Database, Statement, ValueType};
use kontor_seals::{Sealer, SigningKey, Summary, Verification, VerifyError};
use kontor_testing::{App, service};
use serde_json::{Value, json};

/// µs since 1970 UTC.
const NOW: i64 = 1_795_300_000_000_000;

/// The function with a seller and a signing key beside it.
struct Office {
    app: App,
    key: Arc<SigningKey>,
    runtime: tokio::runtime::Runtime,
}

fn key() -> Arc<SigningKey> {
    let place = tempfile::tempdir().unwrap();
    Arc::new(SigningKey::create(&place.path().join("key"), &[]).unwrap())
}

impl Office {
    fn new() -> Self {
        let seller = [
            ("seller_name", "Kontor GmbH & Söhne"),
            ("seller_street", "Speicherstraße 1"),
            ("seller_zip", "20457"),
            ("seller_city", "Hamburg"),
            ("seller_country", "DE"),
            ("seller_vat_id", "DE123456789"),
            ("series", "RE=RE-{year}-{sequence:6}, X=X{sequence}"),
        ];
        let app =
            seller.into_iter().fold(App::new(invoices::function()), |app, (key, value)| app.configure(key, value));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { app, key: key(), runtime }
    }

    /// Registers an invoice in a series, and gives its id.
    fn register(&self, series: &str) -> String {
        let draft = json!({
            "login": "guest-1", "currency": "EUR", "pricing": "gross", "delivery": {"date": "2026-11-21"}, "series": series,
            "lines": [{"name": "basic", "quantity": 4, "unit_price": "19.00", "rate": "19"}],
        });
        let request = self.app.post("/invoices").caller(service(&["*"]));
        let answer = request.header("idempotency-key", &kontor_sdk::id::ulid()).json(&draft).send();
        assert_eq!(answer.status(), 201, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    fn database(&self) -> Arc<dyn Database> {
        self.app.database()
    }

    fn sealer(&self) -> Sealer {
        Sealer::new(self.database(), self.key.clone())
    }

    fn verify(&self) -> Result<Summary, VerifyError> {
        let database = self.database();
        let mut verification = Verification::new(&database);
        verification.keys = self.key.trusted();
        self.runtime.block_on(verification.run())
    }

    fn proof(&self, id: &str) -> kontor_testing::Answer {
        self.app.get(&format!("/invoices/{id}/proof")).caller(service(&["invoices:read"])).send()
    }

    fn number(&self, text: &str) -> i64 {
        let asked =
            Statement { text: text.into(), parameters: vec![], results: vec![ValueType::Integer], expect_rows: None };
        match self.runtime.block_on(self.database().query(asked)).unwrap().rows[0][0] {
            kontor_data::Value::Integer(number) => number,
            ref other => panic!("{text}: {other:?}"),
        }
    }

    /// Does something with the function's own rights.
    fn attack(&self, text: &str) -> Result<u64, kontor_sdk::sql::Error> {
        self.app.execute(kontor_sdk::sql::Statement::new(text.to_owned()))
    }
}

#[test]
fn every_table_that_nothing_may_change_is_looked_after() {
    let manifest: Value = serde_json::to_value(invoices::function().manifest()).unwrap();
    let migrations = manifest["sql"]["migrations"].as_array().unwrap();
    let steps = migrations.iter().flat_map(|migration| migration["steps"].as_array().unwrap());
    let tables = steps.map(|step| &step["create-table"]).filter(|table| table["append_only"] == true);
    let mut tables: Vec<&str> = tables.map(|table| table["name"].as_str().unwrap()).collect();
    tables.sort_unstable();
    let mut known = kontor_seals::TABLES;
    known.sort_unstable();
    assert_eq!(tables, known);
}
