//! The archive: finished invoices as whole documents, in a collection that nobody can change, for stores that grow by machines.
//!
//! With `archive = "documents"` a registered body waits in the table `outgoing`; once the documents have it durably, its row
//! goes. What is registered later waits its turn, whatever is away for however long: the table is the queue, so nothing is
//! lost by a crash, and a document that was stored before one is simply found there again. Reads take what still waits from
//! the table and the rest from the archive, so a client always reads its own write.

use kontor_rules::{Document, Invoice};
use kontor_sdk::{
    Event, Function, Problem, Retry,
    config::{self, Configuration, Misconfigured},
    documents::{self, Collection, Declaration},
    events::NewEvent,
    log,
    sql::{self, Batch, Statement},
    time,
};
use serde_json::json;

use crate::registration::{Row, select};

/// Invoices by their id.
const INVOICES: Collection<Document> = Collection::new("invoices");
/// What the function tells itself while something waits.
const BEHIND: &str = "archive.behind";
/// Invoices of one statement that reads.
const PAGE: i64 = 50;
/// Statements of one batch that deletes.
const BATCH: usize = 50;
/// A round ends after that time, and the next one begins with an event: so others get their turn. µs.
const ROUND_MAX_US: i64 = 1_000_000;

/// Whether there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Archive(pub bool);

impl Configuration for Archive {
    fn read() -> Result<Self, Misconfigured> {
        match config::get("archive").as_deref().map(str::trim) {
            None | Some("none") => Ok(Self(false)),
            Some("documents") => Ok(Self(true)),
            Some(other) => Err(Misconfigured::new("archive", format!("{other:?} is neither none nor documents"))),
        }
    }
}

/// Adds what archiving needs, if it is configured. A function that asks for documents cannot go live where there are none.
pub fn added_to(function: Function) -> Function {
    let function = function.check::<Archive>();
    if Archive::read() != Ok(Archive(true)) {
        return function;
    }
    function.collection(declared).schedule("archive", "* * * * *", "UTC", |_| round()).subscribe(
        "invoices",
        BEHIND,
        |_: &Event| round(),
    )
}

/// A cluster spreads invoices by the customer's login: equal ones lie together.
fn declared() -> Declaration {
    let schema = json!({
        "type": "object",
        "required": ["id", "number", "login", "issued_at_us", "version", "lines", "gross"],
        "properties": {
            "id": {"type": "string"}, "number": {"type": "string"}, "login": {"type": "string"},
            "issued_at_us": {"type": "integer"}, "version": {"type": "integer"}, "gross": {"type": "integer"},
            "lines": {"type": "array"},
        },
    });
    let declared = INVOICES.append_only().text("login").integer("issued_at_us");
    declared.index(&["login", "issued_at_us"]).shard_key("login").schema(schema)
}

/// The invoice as the archive has it.
///
/// # Errors
/// 500 if it is not there, which only a broken store can bring about.
pub fn invoice(id: &str) -> Result<Invoice, Problem> {
    INVOICES.get(id)?.map(|found| found.content.invoice).ok_or_else(|| {
        log::error(&format!("the body of invoice {id} is neither in the database nor in the archive"));
        Problem::new(500, "function-failed", "The function failed")
    })
}

/// Moves what waits into the archive, the oldest first.
fn round() -> Result<(), Retry> {
    let began = time::now_us();
    let (mut after, mut page) = (String::new(), PAGE);
    loop {
        let waiting = Statement::new(select!("WHERE o.id > $1 AND o.id IS NOT NULL ORDER BY o.id LIMIT $2"));
        let rows = match waiting.bind(&after).bind(page).rows::<Row>() {
            // Bodies of a thousand lines: fewer of them fit one result.
            Err(sql::Error::TooLarge(_)) if page > 1 => {
                page /= 2;
                continue;
            }
            rows => rows?,
        };
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id().to_owned();
        let mut stored = Vec::with_capacity(rows.len());
        for row in rows {
            stored.extend(store(row)?);
        }
        let is_over = time::now_us().saturating_sub(began) > ROUND_MAX_US;
        forget(&stored, is_over)?;
        if is_over {
            return Ok(());
        }
    }
}

/// Stores one; gives its id once it is durable. One that cannot be stored stays where it is, and the others go on.
fn store(row: Row) -> Result<Option<String>, Retry> {
    let id = row.id().to_owned();
    let Ok(document) = row.into_document() else { return Ok(None) };
    match INVOICES.insert(&id, &document) {
        Ok(_) => Ok(Some(id)),
        Err(error @ (documents::Error::Busy | documents::Error::Unavailable)) => Err(error.into()),
        Err(error) => {
            log::error(&format!("invoice {id} cannot be archived, and stays in the database: {error}"));
            Ok(None)
        }
    }
}

/// Deletes the rows of what is archived. If the time is over, the event that begins the next round is in the same commit.
fn forget(stored: &[String], is_over: bool) -> Result<(), Retry> {
    let mut chunks = stored.chunks(BATCH).peekable();
    while let Some(ids) = chunks.next() {
        let batch = ids.iter().fold(Batch::new(), |batch, id| {
            batch.statement(Statement::new("DELETE FROM outgoing WHERE id = $1").bind(id))
        });
        let next = NewEvent { name: BEHIND.to_owned(), key: "archive".to_owned(), payload: "{}".to_owned() };
        let batch = if is_over && chunks.peek().is_none() { batch.event(next) } else { batch };
        batch.execute()?;
    }
    Ok(())
}
