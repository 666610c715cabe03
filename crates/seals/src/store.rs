//! The tables of the function `invoices`, as this room reads them.

use std::sync::Arc;

use kontor_data::{Async, Database, Rows, SqlError, Statement, Value, ValueType};
use kontor_rules::seal::{Hash, Leaf, Seal};

use crate::{PublicKey, Record, columns::Columns};
use ValueType::{Bytes, Integer, Text, Timestamp};

/// What can be asked of the function's database: by the port itself, or through the program that serves it.
pub trait Store: Send + Sync {
    /// Runs one query.
    fn query(&self, statement: Statement) -> Async<'_, Result<Rows, SqlError>>;

    /// Which of these tables are not kept append-only; see [`Database::unprotected`].
    fn unprotected(&self, tables: Vec<String>) -> Async<'_, Result<Vec<String>, SqlError>>;
}

impl Store for Arc<dyn Database> {
    fn query(&self, statement: Statement) -> Async<'_, Result<Rows, SqlError>> {
        (**self).query(statement)
    }

    fn unprotected(&self, tables: Vec<String>) -> Async<'_, Result<Vec<String>, SqlError>> {
        (**self).unprotected(tables)
    }
}

/// A series and the part of it that is counted by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SeriesKey {
    pub(crate) seller: String,
    pub(crate) series: String,
    pub(crate) period: String,
}

impl SeriesKey {
    pub(crate) fn values(&self) -> [Value; 3] {
        [&self.seller, &self.series, &self.period].map(|text| Value::Text(text.clone()))
    }

    pub(crate) fn read(columns: &mut Columns) -> Result<Self, SqlError> {
        Ok(Self { seller: columns.text()?, series: columns.text()?, period: columns.text()? })
    }
}

impl std::fmt::Display for SeriesKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.series)?;
        if self.period.is_empty() { Ok(()) } else { write!(out, "/{}", self.period) }
    }
}

/// Invoices of a series that follow each other; both ends are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) key: SeriesKey,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl Run {
    pub(crate) fn size(&self) -> i64 {
        self.last - self.first + 1
    }
}

/// What a leaf is made of.
#[derive(Debug, Clone)]
pub(crate) struct Registered {
    pub(crate) id: String,
    pub(crate) sequence: i64,
    pub(crate) number: String,
    pub(crate) issued_at_us: i64,
    pub(crate) balance_used: i64,
    pub(crate) body: Hash,
}

impl Registered {
    pub(crate) fn read(columns: &mut Columns) -> Result<Self, SqlError> {
        Ok(Self {
            id: columns.text()?,
            sequence: columns.integer()?,
            number: columns.text()?,
            issued_at_us: columns.integer()?,
            balance_used: columns.integer()?,
            body: columns.hash()?,
        })
    }

    pub(crate) fn leaf(&self, key: &SeriesKey) -> Leaf {
        Leaf::Invoice {
            id: self.id.clone(),
            seller: key.seller.clone(),
            series: key.series.clone(),
            period: key.period.clone(),
            sequence: self.sequence,
            number: self.number.clone(),
            issued_at_us: self.issued_at_us,
            balance_used: self.balance_used,
            body: self.body,
        }
    }
}

pub(crate) fn statement(text: &'static str, parameters: Vec<Value>, results: &[ValueType]) -> Statement {
    Statement { text: text.into(), parameters, results: results.to_vec(), expect_rows: None }
}

/// A statement's rows, read one by one.
pub(crate) async fn rows<T>(
    store: &(impl Store + ?Sized),
    asked: Statement,
    read: impl Fn(&mut Columns) -> Result<T, SqlError>,
) -> Result<Vec<T>, SqlError> {
    let found = store.query(asked).await?.rows;
    found.into_iter().map(|row| read(&mut Columns::of(row))).collect()
}

const RECORD: &[ValueType] = &[Integer, Bytes, Bytes, Integer, Timestamp, Bytes, Bytes];

fn record(columns: &mut Columns) -> Result<Record, SqlError> {
    let seal = Seal {
        sequence: columns.integer()?,
        previous: columns.hash()?,
        root: columns.hash()?,
        size: columns.integer()?,
        made_at_us: columns.integer()?,
    };
    Ok(Record { seal, public_key: PublicKey(columns.fixed()?), signature: columns.fixed()? })
}

/// Seals behind a place of the chain, in order, at most so many.
///
/// # Errors
/// See [`SqlError`].
pub async fn seals_after(store: &(impl Store + ?Sized), sequence: i64, most: usize) -> Result<Vec<Record>, SqlError> {
    let text = "SELECT sequence, previous, root, size, made_at, public_key, signature FROM seals \
                WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    rows(store, statement(text, vec![Value::Integer(sequence), Value::Integer(most)], RECORD), record).await
}

/// The end of the chain; none if there is no seal.
pub(crate) async fn last_seal(store: &(impl Store + ?Sized)) -> Result<Option<Record>, SqlError> {
    let text = "SELECT sequence, previous, root, size, made_at, public_key, signature FROM seals \
                ORDER BY sequence DESC LIMIT 1";
    Ok(rows(store, statement(text, vec![], RECORD), record).await?.pop())
}

/// The number of the last seal; 0 if there is none.
///
/// # Errors
/// See [`SqlError`].
pub async fn end_of_chain(store: &(impl Store + ?Sized)) -> Result<i64, SqlError> {
    Ok(last_seal(store).await?.map_or(0, |record| record.seal.sequence))
}

/// What the series' counters are ahead of the seals, at most so many runs. A counter rises in the commit that inserts the
/// registration, and a series' commits follow each other: up to the counter everything is there.
pub(crate) async fn unsealed(store: &(impl Store + ?Sized), most: i64) -> Result<Vec<Run>, SqlError> {
    let text = "SELECT w.seller, w.series, w.period, w.done + 1, w.last_sequence FROM (\
                SELECT s.seller, s.series, s.period, s.last_sequence, coalesce((SELECT u.last FROM seal_runs u \
                WHERE u.seller = s.seller AND u.series = s.series AND u.period = s.period ORDER BY u.first DESC LIMIT 1), 0) \
                AS done FROM series s) AS w WHERE w.last_sequence > w.done ORDER BY w.seller, w.series, w.period LIMIT $1";
    let asked = statement(text, vec![Value::Integer(most)], &[Text, Text, Text, Integer, Integer]);
    rows(store, asked, |columns| {
        Ok(Run { key: SeriesKey::read(columns)?, first: columns.integer()?, last: columns.integer()? })
    })
    .await
}

/// The registrations of a run, in order.
pub(crate) async fn registered(store: &(impl Store + ?Sized), run: &Run) -> Result<Vec<Registered>, SqlError> {
    let text = "SELECT id, sequence, number, issued_at, balance_used, body_hash FROM registrations \
                WHERE seller = $1 AND series = $2 AND period = $3 AND sequence >= $4 AND sequence <= $5 \
                ORDER BY seller, series, period, sequence";
    let mut parameters = run.key.values().to_vec();
    parameters.extend([Value::Integer(run.first), Value::Integer(run.last)]);
    rows(store, statement(text, parameters, &[Text, Integer, Text, Timestamp, Integer, Bytes]), Registered::read).await
}
