//! Replays everything from the store: the chain with every leaf, every invoice with its body, every posting, every balance.
//!
//! Nothing is believed because it is there: numbers are counted, hashes are computed, signatures are checked. The store may be
//! in use meanwhile; what is registered while this runs is looked at or not, and never wrong for it.

mod balances;
mod chain;
mod checkpoint;
mod invoices;
mod ledger;
mod tails;

use std::{collections::BTreeMap, time::Instant};

use kontor_data::{Async, SqlError, Value, ValueType};
use kontor_rules::seal::NotCanonical;

use crate::{
    Export, ExportError, PublicKey,
    columns::Columns,
    store::{SeriesKey, Store, rows, statement},
};
pub use checkpoint::Checkpoint;

/// The tables of the function `invoices` that nothing may change.
pub const TABLES: [&str; 10] = [
    "customers",
    "registrations",
    "pending",
    "taxes",
    "history",
    "balance_entries",
    "erasure_requests",
    "seals",
    "seal_leaves",
    "seal_runs",
];

/// Where bodies are once they are not pending any more.
pub trait Archive: Send + Sync {
    /// The bodies of these invoices, as they were hashed, by id; those that are not there are left out.
    fn bodies(&self, ids: Vec<String>) -> Async<'_, Result<BTreeMap<String, String>, SqlError>>;
}

/// What is wrong, or why it could not be found out.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The first wrong thing: which, and why.
    #[error("{0}")]
    Wrong(String),
    /// The store cannot be read.
    #[error("the store cannot be read: {0}")]
    Store(#[from] SqlError),
    /// The export cannot be read.
    #[error("{0}")]
    Export(#[from] ExportError),
    /// A checkpoint cannot be used.
    #[error("{0}")]
    Checkpoint(String),
}

impl From<NotCanonical> for VerifyError {
    fn from(error: NotCanonical) -> Self {
        Self::Wrong(format!("what is stored cannot be hashed: {error}"))
    }
}

pub(crate) fn wrong<T>(what: String) -> Result<T, VerifyError> {
    Err(VerifyError::Wrong(what))
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is looked at.
    pub part: &'static str,
    /// Of these, done.
    pub done: i64,
    /// All of them, as far as is known.
    pub all: i64,
}

/// What was found to be right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Seals of the chain.
    pub seals: i64,
    /// Seals that the export has too, if there was one.
    pub exported: Option<i64>,
    /// Invoices, those without a seal included.
    pub invoices: i64,
    /// Invoices that no seal covers yet.
    pub unsealed: i64,
    /// Bodies that are not in the archive yet; none if there is no archive.
    pub archive_behind: Option<i64>,
    /// Rows of the ledger.
    pub postings: i64,
    /// Keys that signed.
    pub keys: Vec<PublicKey>,
}

/// Is told how far it is, with what could be noted to go on there.
pub type Listener<'a> = Box<dyn FnMut(&Progress, &Checkpoint) + Send + 'a>;

/// A check of everything. Its parts follow each other; after a [`Checkpoint`] it goes on where that was made.
pub struct Verification<'a> {
    pub(crate) store: &'a dyn Store,
    /// The keys that may have signed; with none of them any key is taken, and the summary says which.
    pub keys: Vec<PublicKey>,
    /// What was exported, to compare.
    pub export: Option<Export>,
    /// Where bodies go; none if they all stay pending.
    pub archive: Option<Box<dyn Archive>>,
    /// Where it goes on.
    pub checkpoint: Checkpoint,
    /// Told now and then.
    pub progress: Listener<'a>,
    pub(crate) summary: Summary,
    pub(crate) all: i64,
    pub(crate) told: Instant,
}

impl<'a> Verification<'a> {
    /// Everything, from the beginning, with nothing to compare with.
    #[must_use]
    pub fn new(store: &'a dyn Store) -> Self {
        Self {
            store,
            keys: Vec::new(),
            export: None,
            archive: None,
            checkpoint: Checkpoint::default(),
            progress: Box::new(|_, _| ()),
            summary: Summary::default(),
            all: 0,
            told: Instant::now(),
        }
    }

    /// Checks.
    ///
    /// # Errors
    /// [`VerifyError::Wrong`] with the first wrong thing.
    pub async fn run(mut self) -> Result<Summary, VerifyError> {
        self.protected().await?;
        self.all = self.counters_sum().await?;
        self.summary.invoices = self.checkpoint.invoices;
        if self.archive.is_some() {
            self.summary.archive_behind = Some(0);
        }
        self.chain().await?;
        self.tails().await?;
        self.ledger().await?;
        self.balances().await?;
        self.entries().await?;
        Ok(self.summary)
    }

    async fn protected(&self) -> Result<(), VerifyError> {
        let open = self.store.unprotected(TABLES.map(str::to_owned).to_vec()).await?;
        match open.first() {
            None => Ok(()),
            Some(table) => wrong(format!(
                "the table {table} is not append-only any more: what keeps its rows from being changed or deleted (a trigger, or \
                 the rights of the function's role) was taken away"
            )),
        }
    }

    /// How many invoices there are, by the counters.
    async fn counters_sum(&self) -> Result<i64, VerifyError> {
        let text = "SELECT CAST(coalesce(sum(last_sequence), 0) AS bigint) FROM series";
        let sums = rows(self.store, statement(text, vec![], &[ValueType::Integer]), Columns::integer).await?;
        Ok(sums.first().copied().unwrap_or_default())
    }

    /// Tells how far it is, some times a second at most.
    pub(crate) fn tell(&mut self, part: &'static str, done: i64, all: i64) {
        if self.told.elapsed().as_millis() >= 200 {
            self.told = Instant::now();
            (self.progress)(&Progress { part, done, all: all.max(done) }, &self.checkpoint);
        }
    }
}

/// What an invoice is called in a message.
pub(crate) fn named(number: &str, id: &str) -> String {
    format!("invoice {number} (id {id})")
}

pub(crate) fn texts(all: &[&str]) -> Vec<Value> {
    all.iter().map(|text| Value::Text((*text).to_owned())).collect()
}

pub(crate) type Next = BTreeMap<SeriesKey, i64>;
