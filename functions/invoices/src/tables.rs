//! The function's tables. What was registered and what happened to it is append-only: the host keeps everybody, this
//! function included, from changing or deleting a row. Only counters and balances change.

use kontor_sdk::schema::{Column, ColumnType, Index, Migration, Step, Table};

use ColumnType::{Bytes, Integer, KeyText, Text, Timestamp};

pub fn column(name: &str, kind: ColumnType) -> Column {
    Column { name: name.to_owned(), kind, nullable: false, default: None }
}

fn nullable(name: &str, kind: ColumnType) -> Column {
    Column { nullable: true, ..column(name, kind) }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

pub fn index(name: &str, columns: &[&str], unique: bool) -> Index {
    Index { name: name.to_owned(), columns: names(columns), unique }
}

fn table(name: &str, columns: Vec<Column>, primary_key: &[&str]) -> Table {
    Table { name: name.to_owned(), columns, primary_key: names(primary_key), indexes: Vec::new(), append_only: false }
}

pub fn append_only(name: &str, columns: Vec<Column>, primary_key: &[&str]) -> Table {
    Table { append_only: true, ..table(name, columns, primary_key) }
}

fn integers(names: &[&str]) -> impl Iterator<Item = Column> {
    names.iter().map(|name| column(name, Integer))
}

/// Everything from the first version on.
pub fn migrations() -> Vec<Migration> {
    let steps = [series(), registrations(), pending(), taxes(), history(), balances(), balance_entries()];
    let name = "series, registrations, bodies, history and balances".to_owned();
    vec![Migration { number: 1, name, steps: steps.map(Step::CreateTable).into() }, crate::seals::migration(2)]
}

/// Counters: the last number of each series, and when it was given.
fn series() -> Table {
    let columns = vec![
        column("seller", KeyText(40)),
        column("series", KeyText(40)),
        column("period", KeyText(10)),
        column("last_sequence", Integer),
        column("last_time", Timestamp),
    ];
    table("series", columns, &["seller", "series", "period"])
}

/// The small row of each invoice that stays. The index by login ends with the order of issue, so that a customer's pages
/// follow each other in it as all others do.
fn registrations() -> Table {
    let mut columns = vec![
        column("id", KeyText(64)),
        column("seller", KeyText(40)),
        column("series", KeyText(40)),
        column("period", KeyText(10)),
        column("sequence", Integer),
        column("number", KeyText(60)),
        column("kind", KeyText(12)),
        column("issued_at", Timestamp),
        // The seller's clock at that moment, ahead of UTC in seconds: the issue date must not move with a setting.
        column("utc_offset", Integer),
        column("login", KeyText(255)),
        column("currency", KeyText(3)),
    ];
    columns.extend(integers(&["net", "tax", "gross", "rounding", "balance_used"]));
    columns.extend([
        nullable("due_on", KeyText(10)),
        column("body_hash", Bytes),
        column("receipt_hash", KeyText(64)),
        column("source", KeyText(255)),
    ]);
    Table {
        indexes: vec![
            index("registrations_source", &["source"], true),
            index("registrations_number", &["seller", "number"], true),
            index("registrations_sequence", &["seller", "series", "period", "sequence"], true),
            index("registrations_issued", &["seller", "issued_at"], false),
            index("registrations_login", &["login", "seller", "series", "period", "sequence"], false),
        ],
        ..append_only("registrations", columns, &["id"])
    }
}

/// Bodies on their way to the archive.
fn pending() -> Table {
    append_only("pending", vec![column("id", KeyText(64)), column("body", Text)], &["id"])
}

/// The sums of each tax category and rate of an invoice; the rate in hundredths of a percent.
fn taxes() -> Table {
    let mut columns = vec![column("id", KeyText(64)), column("category", KeyText(2))];
    columns.extend(integers(&["rate", "net", "tax"]));
    append_only("taxes", columns, &["id", "category", "rate"])
}

/// What happened to an invoice, and the ledger at once: one row for each operation, with what it posted on each account. A
/// row's amounts sum to zero. Nobody writes the same version twice, so nobody overlooks what another one did meanwhile.
fn history() -> Table {
    let mut columns = vec![
        column("invoice", KeyText(64)),
        column("version", Integer),
        column("at", Timestamp),
        column("operation", KeyText(20)),
        column("state", KeyText(12)),
        column("by_whom", KeyText(255)),
        column("why", Text),
        // The cancellation or the credit that did it.
        nullable("document", KeyText(64)),
    ];
    columns.extend(integers(&["receivable", "balance", "revenue", "vat", "cash", "rounding"]));
    append_only("history", columns, &["invoice", "version"])
}

/// What the seller owes each customer, and how much of it the last registration used.
fn balances() -> Table {
    let mut columns = vec![column("login", KeyText(255)), column("currency", KeyText(3))];
    columns.extend(integers(&["amount", "last_used"]));
    table("balances", columns, &["login", "currency"])
}

/// What came into balances or went out of them for no invoice. Sums to zero as the history does.
fn balance_entries() -> Table {
    let mut columns = vec![
        column("login", KeyText(255)),
        column("currency", KeyText(3)),
        column("id", KeyText(32)),
        column("at", Timestamp),
        column("operation", KeyText(20)),
        column("by_whom", KeyText(255)),
        column("why", Text),
    ];
    columns.extend(integers(&["balance", "cash"]));
    append_only("balance_entries", columns, &["login", "currency", "id"])
}
