//! The table `notes (id integer primary key, note text)` that the tests' manifests ask for.

use crate::kontor::function::sql::{Batch, Error, Executed, NewEvent, Statement, Value, ValueType, execute, query};

fn statement(text: &str, parameters: Vec<Value>) -> Statement {
    Statement { text: text.to_owned(), parameters, results: Vec::new(), expect_rows: None }
}

/// Runs any statement as a query.
pub fn look(text: &str) -> Result<usize, Error> {
    query(&statement(text, Vec::new())).map(|rows| rows.rows.len())
}

/// Runs any statement as a batch.
pub fn run(text: &str) -> Result<Executed, Error> {
    execute(&Batch { statements: vec![statement(text, Vec::new())], idempotency: None, events: Vec::new() })
}

/// Adds a note, and an event if there is one.
pub fn insert(note: &str, events: Vec<NewEvent>) -> Result<Executed, Error> {
    execute(&Batch {
        statements: vec![statement(
            "INSERT INTO notes (id, note) SELECT COALESCE(MAX(id), 0) + 1, $1 FROM notes",
            vec![Value::Text(note.to_owned())],
        )],
        idempotency: None,
        events,
    })
}

/// All notes, in the order in which they came.
pub fn notes() -> Result<Vec<String>, Error> {
    let rows = query(&Statement {
        results: vec![ValueType::Text],
        ..statement("SELECT note FROM notes ORDER BY id", Vec::new())
    })?;
    Ok(rows
        .rows
        .into_iter()
        .flatten()
        .map(|value| if let Value::Text(text) = value { text } else { String::new() })
        .collect())
}
