//! The function's tables.

use kontor_sdk::schema::{Column, ColumnType, Migration, Step, Table};

fn column(name: &str, kind: ColumnType) -> Column {
    Column { name: name.to_owned(), kind, nullable: false, default: None }
}

fn table(name: &str, key: &str, columns: Vec<Column>) -> Step {
    let (name, primary_key) = (name.to_owned(), vec![key.to_owned()]);
    Step::CreateTable(Table { name, columns, primary_key, indexes: Vec::new(), append_only: false })
}

/// The sales; one row with the totals, so that asking for them costs the same however many sales there are; and one row
/// for each hour with sales, for the chart.
pub fn migrations() -> Vec<Migration> {
    let sales = table(
        "sales",
        "id",
        vec![
            column("id", ColumnType::KeyText(26)),
            column("sold_at", ColumnType::Timestamp),
            column("license", ColumnType::KeyText(64)),
            column("quantity", ColumnType::Integer),
            column("unit_gross", ColumnType::Integer),
            column("net", ColumnType::Integer),
            column("tax", ColumnType::Integer),
            column("gross", ColumnType::Integer),
            column("currency", ColumnType::KeyText(3)),
            column("tax_rate", ColumnType::KeyText(6)),
            column("invoice", ColumnType::KeyText(40)),
        ],
    );
    let totals = table(
        "totals",
        "id",
        vec![
            column("id", ColumnType::Integer),
            column("sales", ColumnType::Integer),
            column("turnover", ColumnType::Integer),
        ],
    );
    let hours = table(
        "sales_by_hour",
        "hour",
        vec![
            column("hour", ColumnType::Timestamp),
            column("sales", ColumnType::Integer),
            column("turnover", ColumnType::Integer),
        ],
    );
    let zero = |name: &str, value: i64| (name.to_owned(), value.into());
    let start = Step::InsertRow {
        table: "totals".to_owned(),
        values: vec![zero("id", 1), zero("sales", 0), zero("turnover", 0)],
    };
    vec![Migration { number: 1, name: "sales and totals".to_owned(), steps: vec![sales, totals, hours, start] }]
}
