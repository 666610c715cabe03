//! The function's tables. What was registered and what happened to it is append-only: the host keeps everybody, this
//! function included, from changing or deleting a row. Only counters and balances change, and what is archived leaves `outgoing`.

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
    let steps = [
        series(),
        customers(),
        registrations(),
        pending(),
        outgoing(),
        taxes(),
        history(),
        balances(),
        balance_entries(),
        erasure_requests(),
    ];
    let name = "series, customers, registrations, bodies, history, balances and requests".to_owned();
    vec![Migration { number: 1, name, steps: steps.map(Step::CreateTable).into() }, crate::seals::migration(2)]
}

/// A year, or a customer's number and a year.
const PERIOD: ColumnType = KeyText(30);

/// Counters: the last number of each series, and when it was given.
fn series() -> Table {
    let columns = vec![
        column("seller", KeyText(40)),
        column("series", KeyText(40)),
        column("period", PERIOD),
        column("last_sequence", Integer),
        column("last_time", Timestamp),
    ];
    table("series", columns, &["seller", "series", "period"])
}

/// The numbers of customers that have a series of their own: a login says who somebody is, and does not belong into a number.
fn customers() -> Table {
    let columns = vec![column("seller", KeyText(40)), column("login", KeyText(255)), column("number", Integer)];
    Table {
        indexes: vec![index("customers_number", &["seller", "number"], true)],
        ..append_only("customers", columns, &["seller", "login"])
    }
}

/// The small row of each invoice that stays. An invoice with one tax group, as most are, has it in here. The index by login
/// ends with the order of issue, so that a customer's pages follow each other in it as all others do.
fn registrations() -> Table {
    let mut columns = vec![
        column("id", KeyText(64)),
        column("seller", KeyText(40)),
        column("series", KeyText(40)),
        column("period", PERIOD),
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
        nullable("tax_category", KeyText(2)),
        nullable("tax_rate", Integer),
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

/// Bodies, where there is no archive.
fn pending() -> Table {
    append_only("pending", vec![column("id", KeyText(64)), column("body", Text)], &["id"])
}

/// Bodies on their way to the archive. They go once it has them, so this table alone of those with invoices is not
/// append-only: what is in it is held by its hash and, a moment later, by the archive.
fn outgoing() -> Table {
    table("outgoing", vec![column("id", KeyText(64)), column("body", Text)], &["id"])
}

/// The sums of each tax category and rate of an invoice that has several; the rate in hundredths of a percent.
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

/// Who asked for erasure, and when: the answer has to be given within a month (Art. 12 (3) GDPR), and what is kept by law goes
/// when the law lets it.
fn erasure_requests() -> Table {
    let columns = vec![
        column("login", KeyText(255)),
        column("id", KeyText(32)),
        column("at", Timestamp),
        column("by_whom", KeyText(255)),
        column("why", Text),
    ];
    append_only("erasure_requests", columns, &["login", "id"])
}
