//! The shop that the cases of `sql` and `events` are about: sales, a running total, receipts that nobody changes.

use std::sync::Arc;

use kontor_contract::{
    SqlNeeds,
    schema::{Column, ColumnType, Index, Migration, Step, Table},
};
use kontor_data::{Batch, Database, Engine, Idempotency, Limits, NewEvent, SqlError, Statement, Value, ValueType};

use crate::Stand;

/// A column that may not be null.
#[must_use]
pub fn column(name: &str, kind: ColumnType) -> Column {
    Column { name: name.into(), kind, nullable: false, default: None }
}

/// Sales with an integer key, a total, append-only receipts, and a table with a column of each type.
#[must_use]
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

/// The shop's database.
pub struct Shop {
    /// What opened it.
    pub engine: Arc<dyn Engine>,
    /// The database of the function `shop`.
    pub database: Arc<dyn Database>,
}

impl Shop {
    /// Opens it with the usual limits.
    pub async fn open(stand: &Stand<dyn Engine>) -> Self {
        Self::with(stand, Limits::default()).await
    }

    /// Opens it.
    pub async fn with(stand: &Stand<dyn Engine>, limits: Limits) -> Self {
        let engine = stand.engine().await;
        let database = engine.open("shop", Some(needs()), limits).await.unwrap();
        Self { engine, database }
    }

    /// Closes it and opens it again, as another process would.
    pub async fn restart(self, stand: &Stand<dyn Engine>) -> Self {
        self.database.close().await;
        drop(self);
        Self::open(stand).await
    }

    /// How many sales there are.
    pub async fn sales(&self) -> i64 {
        self.number("SELECT count(*) FROM sales").await
    }

    /// The one number that a query returns.
    pub async fn number(&self, text: &str) -> i64 {
        let rows = self.database.query(select(text, vec![], &[ValueType::Integer])).await.unwrap();
        let Value::Integer(number) = rows.rows[0][0] else { panic!("no number") };
        number
    }

    /// Why a statement is refused.
    pub async fn refused(&self, text: &str) -> SqlError {
        self.database.execute(batch(vec![write(text, vec![])])).await.expect_err(text)
    }
}

/// A statement that writes.
#[must_use]
pub fn write(text: &str, parameters: Vec<Value>) -> Statement {
    Statement { text: text.into(), parameters, results: vec![], expect_rows: None }
}

/// A statement that has to touch so many rows.
#[must_use]
pub fn guarded(text: &str, parameters: Vec<Value>, expected: u64) -> Statement {
    Statement { expect_rows: Some(expected), ..write(text, parameters) }
}

/// A query with the types of its columns.
#[must_use]
pub fn select(text: &str, parameters: Vec<Value>, results: &[ValueType]) -> Statement {
    Statement { results: results.to_vec(), ..write(text, parameters) }
}

/// A batch of statements alone.
#[must_use]
pub fn batch(statements: Vec<Statement>) -> Batch {
    Batch { statements, ..Batch::default() }
}

/// Inserts a sale.
#[must_use]
pub fn sale(id: i64, gross: i64) -> Statement {
    write(
        "INSERT INTO sales (id, license, gross) VALUES ($1, $2, $3)",
        vec![Value::Integer(id), Value::Text("pro".into()), Value::Integer(gross)],
    )
}

/// Adds a sale to the running total.
#[must_use]
pub fn total(gross: i64) -> Statement {
    guarded(
        "UPDATE totals SET sales = sales + 1, turnover = turnover + $1 WHERE id = 1",
        vec![Value::Integer(gross)],
        1,
    )
}

/// Reads the running total: sales, turnover.
#[must_use]
pub fn read_total() -> Statement {
    select("SELECT sales, turnover FROM totals WHERE id = 1", vec![], &[ValueType::Integer, ValueType::Integer])
}

/// Inserts a receipt.
#[must_use]
pub fn receipt(series: &str, number: i64, source: &str) -> Statement {
    write(
        "INSERT INTO receipts (series, number, source) VALUES ($1, $2, $3)",
        vec![Value::Text(series.into()), Value::Integer(number), Value::Text(source.into())],
    )
}

/// An event with a small payload.
#[must_use]
pub fn event(name: &str, key: &str) -> NewEvent {
    NewEvent { name: name.into(), key: key.into(), payload: "{\"license\":\"pro\"}".into() }
}

/// An idempotency key of Anna, who buys.
#[must_use]
pub fn key(key: &str, fingerprint: &[u8]) -> Idempotency {
    Idempotency { operation: "buy".into(), caller: "anna".into(), key: key.into(), fingerprint: fingerprint.into() }
}
