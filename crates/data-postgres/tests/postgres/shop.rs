//! The shop that the tests are about.

use std::sync::Arc;

use kontor_contract::{
    SqlNeeds,
    schema::{Column, ColumnType, Index, Migration, Step, Table},
};
use kontor_data::{Batch, Database, Engine, Idempotency, Limits, NewEvent, SqlError, Statement, Value, ValueType};
use kontor_data_postgres::PostgresEngine;

use crate::server::Home;

pub fn column(name: &str, kind: ColumnType) -> Column {
    Column { name: name.into(), kind, nullable: false, default: None }
}

/// Sales with an integer key, a total, append-only receipts, and a table with a column of each type.
pub fn needs() -> SqlNeeds {
    let table = |name: &str, columns: Vec<Column>, key: &[&str], indexes: Vec<Index>, append_only| {
        let primary_key = key.iter().map(|key| (*key).to_owned()).collect();
        Step::CreateTable(Table { name: name.into(), columns, primary_key, indexes, append_only })
    };
    let index = |name: &str, columns: &[&str], unique| Index {
        name: name.into(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        unique,
    };
    let nullable = |name: &str, kind| Column { nullable: true, ..column(name, kind) };
    let sales = vec![
        column("id", ColumnType::Integer),
        column("license", ColumnType::KeyText(20)),
        column("gross", ColumnType::Integer),
    ];
    let totals = vec![
        column("id", ColumnType::Integer),
        column("sales", ColumnType::Integer),
        column("turnover", ColumnType::Integer),
    ];
    let receipts = vec![
        column("series", ColumnType::KeyText(20)),
        column("number", ColumnType::Integer),
        column("source", ColumnType::KeyText(40)),
    ];
    let everything = vec![
        column("id", ColumnType::Uuid),
        nullable("yes", ColumnType::Boolean),
        nullable("number", ColumnType::Integer),
        nullable("amount", ColumnType::Decimal(12, 2)),
        nullable("word", ColumnType::KeyText(10)),
        nullable("words", ColumnType::Text),
        nullable("raw", ColumnType::Bytes),
        nullable("at", ColumnType::Timestamp),
        nullable("body", ColumnType::Json),
    ];
    SqlNeeds {
        migrations: vec![Migration {
            number: 1,
            name: "the shop".into(),
            steps: vec![
                table("sales", sales, &["id"], vec![index("sales_license", &["license"], false)], false),
                table("totals", totals, &["id"], vec![], false),
                table(
                    "receipts",
                    receipts,
                    &["series", "number"],
                    vec![index("receipts_source", &["source"], true)],
                    true,
                ),
                table("everything", everything, &["id"], vec![], false),
                Step::InsertRow {
                    table: "totals".into(),
                    values: vec![("id".into(), 1.into()), ("sales".into(), 0.into()), ("turnover".into(), 0.into())],
                },
            ],
        }],
    }
}

pub struct Shop {
    pub home: Home,
    pub engine: PostgresEngine,
    pub database: Arc<dyn Database>,
}

impl Shop {
    pub async fn open() -> Self {
        Self::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Self {
        let home = Home::make().await;
        let engine = home.engine();
        let database = engine.open("shop", Some(needs()), limits).await.unwrap();
        Self { home, engine, database }
    }

    pub async fn sales(&self) -> i64 {
        self.number("SELECT count(*) FROM sales").await
    }

    pub async fn number(&self, text: &str) -> i64 {
        let rows = self.database.query(select(text, vec![], &[ValueType::Integer])).await.unwrap();
        let Value::Integer(number) = rows.rows[0][0] else { panic!("no number") };
        number
    }

    pub async fn refused(&self, text: &str) -> SqlError {
        self.database.execute(batch(vec![write(text, vec![])])).await.unwrap_err()
    }
}

pub fn write(text: &str, parameters: Vec<Value>) -> Statement {
    Statement { text: text.into(), parameters, results: vec![], expect_rows: None }
}

pub fn guarded(text: &str, parameters: Vec<Value>, expected: u64) -> Statement {
    Statement { expect_rows: Some(expected), ..write(text, parameters) }
}

pub fn select(text: &str, parameters: Vec<Value>, results: &[ValueType]) -> Statement {
    Statement { results: results.to_vec(), ..write(text, parameters) }
}

pub fn batch(statements: Vec<Statement>) -> Batch {
    Batch { statements, ..Batch::default() }
}

pub fn sale(id: i64, gross: i64) -> Statement {
    write(
        "INSERT INTO sales (id, license, gross) VALUES ($1, $2, $3)",
        vec![Value::Integer(id), Value::Text("pro".into()), Value::Integer(gross)],
    )
}

pub fn total(gross: i64) -> Statement {
    guarded(
        "UPDATE totals SET sales = sales + 1, turnover = turnover + $1 WHERE id = 1",
        vec![Value::Integer(gross)],
        1,
    )
}

pub fn read_total() -> Statement {
    select("SELECT sales, turnover FROM totals WHERE id = 1", vec![], &[ValueType::Integer, ValueType::Integer])
}

pub fn receipt(series: &str, number: i64, source: &str) -> Statement {
    write(
        "INSERT INTO receipts (series, number, source) VALUES ($1, $2, $3)",
        vec![Value::Text(series.into()), Value::Integer(number), Value::Text(source.into())],
    )
}

pub fn event(name: &str, key: &str) -> NewEvent {
    NewEvent { name: name.into(), key: key.into(), payload: "{\"license\":\"pro\"}".into() }
}

pub fn key(key: &str, fingerprint: &[u8]) -> Idempotency {
    Idempotency { operation: "buy".into(), caller: "anna".into(), key: key.into(), fingerprint: fingerprint.into() }
}
