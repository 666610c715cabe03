//! A version of this function that wants to change what was registered. What the tables are declared as is kept by the host,
//! so it does not matter what the function's own code is.

use std::sync::Arc;

use kontor_contract::schema::Step;
use kontor_data::{Engine, Limits, OpenError};
use kontor_sdk::sql::{Batch, Error, Statement};
use kontor_testing::{App, service};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::stand;

type Place = (Arc<dyn Engine>, Arc<Runtime>);

#[test]
fn a_hostile_version_changes_nothing_on_sqlite() {
    attack(&stand::sqlite());
}

#[test]
fn a_hostile_version_changes_nothing_on_postgres() {
    attack(&stand::postgres());
}

const TABLES: [(&str, &str); 7] = [
    ("registrations", "gross"),
    ("pending", "body"),
    ("taxes", "net"),
    ("history", "cash"),
    ("customers", "number"),
    ("balance_entries", "cash"),
    ("erasure_requests", "why"),
];

/// An invoice with two tax rates in a series of its customer's, a deposit, a request for erasure: each table has a row.
fn fill(office: &App) {
    let line = |rate: &str| json!({"name": "x", "quantity": 1, "unit_price": "1.00", "rate": rate});
    let draft = json!({
        "login": "anna", "currency": "EUR", "pricing": "net", "delivery": {"date": "2026-11-21"}, "series": "K",
        "lines": [line("7"), line("19")],
    });
    let deposit = json!({"operation": "deposit", "currency": "EUR", "amount": 1, "why": "x"});
    for (path, body) in [
        ("/invoices", draft),
        ("/customers/anna/balance", deposit),
        ("/customers/anna/erasure", json!({"why": "letter"})),
    ] {
        let request = office.post(path).caller(service(&["invoices:write"])).header("idempotency-key", path);
        let answer = request.json(&body).send();
        assert_eq!(answer.status(), 201, "{}", answer.text());
    }
}

/// Everything that is in a table, as text.
fn content(office: &App) -> Vec<i64> {
    TABLES.iter().map(|(table, _)| office.count(table)).collect()
}

fn attack(place: &Place) {
    let office = stand::office(place);
    fill(&office);
    let before = content(&office);
    assert!(before.iter().all(|rows| *rows > 0), "{before:?}");
    for (table, column) in TABLES {
        for text in [
            format!("UPDATE {table} SET {column} = {column}"),
            format!("DELETE FROM {table}"),
            format!("DELETE FROM {table} WHERE 1 = 0"),
            format!("REPLACE INTO {table} SELECT * FROM {table}"),
            format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
            format!("INSERT INTO {table} SELECT * FROM {table} ON CONFLICT DO UPDATE SET {column} = 0"),
            format!("WITH gone AS (DELETE FROM {table} RETURNING 1) SELECT 1 FROM gone"),
            format!("MERGE INTO {table} t USING {table} s ON 1 = 1 WHEN MATCHED THEN DELETE"),
            format!("TRUNCATE {table}"),
            format!("DROP TABLE {table}"),
            format!("ALTER TABLE {table} RENAME TO gone"),
            format!("CREATE TRIGGER t BEFORE INSERT ON {table} BEGIN SELECT 1; END"),
            format!("DROP TRIGGER {table}_no_update"),
        ] {
            let refused = office.execute(Statement::new(text.clone()));
            let harmless = text.ends_with("1 = 0") && refused == Ok(0);
            assert!(harmless || matches!(refused, Err(Error::Invalid(_))), "{text}: {refused:?}");
        }
    }
    for text in [
        "PRAGMA writable_schema = 1",
        "PRAGMA recursive_triggers = 0",
        "ATTACH DATABASE 'other' AS other",
        "SET session_replication_role = replica",
        "SET ROLE postgres",
        "RESET ROLE",
        "COMMIT",
        "VACUUM",
        "UPDATE sqlite_master SET sql = ''",
        "DELETE FROM pg_trigger",
        "SELECT set_config('role', 'none', false)",
    ] {
        let refused = office.execute(Statement::new(text));
        assert!(matches!(refused, Err(Error::Invalid(_))), "{text}: {refused:?}");
    }
    // What goes with an attack goes too, and the honest one after it does not.
    let honest = || Statement::new("UPDATE series SET last_sequence = last_sequence + 0 WHERE series = 'K'");
    let mixed = Batch::new().statement(honest()).statement(Statement::new("DELETE FROM history")).execute();
    assert!(matches!(mixed, Err(Error::Invalid(_))), "{mixed:?}");
    assert_eq!(office.execute(honest()), Ok(1));
    assert_eq!(content(&office), before);
    other_migrations(place);
}

/// A version whose tables are declared otherwise does not go live.
fn other_migrations((engine, runtime): &Place) {
    let mut needs = invoices::function().manifest().sql.unwrap();
    for step in &mut needs.migrations[0].steps {
        if let Step::CreateTable(table) = step {
            table.append_only = false;
        }
    }
    let opened = runtime.block_on(engine.open("invoices", Some(needs), Limits::default()));
    assert!(matches!(opened, Err(OpenError::MigrationChanged { .. })), "{:?}", opened.err());
}
