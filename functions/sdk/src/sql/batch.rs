//! Statements that are committed together, or not at all.

use serde::Serialize;

use super::{Error, FromRow, Statement, Value, ValueType};
use crate::{IdempotencyKey, events::NewEvent, response::Written, seam};

/// What makes a batch safe to repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// What the client sent.
    pub key: String,
    /// Hash of what was asked for.
    pub fingerprint: Vec<u8>,
}

/// Statements, events and idempotency of one commit.
#[derive(Debug, Default)]
pub struct Batch {
    /// In order; later ones see what earlier ones wrote.
    pub statements: Vec<Statement>,
    /// Whether the outcome is stored for repeats.
    pub idempotency: Option<Idempotency>,
    /// Stored in the same commit.
    pub events: Vec<NewEvent>,
}

/// What one statement did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Rows inserted, updated or deleted; for a query, rows returned.
    pub rows_affected: u64,
    /// A query's rows.
    pub rows: Vec<Vec<Value>>,
}

/// What a batch did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Executed {
    /// One for each statement, in order.
    pub outcomes: Vec<Outcome>,
    /// Whether this is the stored outcome of an earlier batch with the same key; nothing was written now.
    pub replayed: bool,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self { statements: Vec::with_capacity(8), ..Self::default() }
    }

    /// Adds a statement.
    #[must_use]
    pub fn statement(mut self, statement: Statement) -> Self {
        self.statements.push(statement);
        self
    }

    /// Adds an event.
    #[must_use]
    pub fn event(mut self, event: NewEvent) -> Self {
        self.events.push(event);
        self
    }

    /// Runs the batch.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn execute(self) -> Result<Executed, Error> {
        seam::execute(self)
    }

    /// Runs the batch and gives the answer for the client. With a key, the answer's text is part of the outcome that is
    /// stored with the key, so that a repeat gets the very bytes of the first answer, whatever clock, prices or version
    /// the function has by then. Without a key nothing is added.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn answering<T>(mut self, idempotency: Option<Idempotency>, answer: Written<T>) -> Result<Written<T>, Error> {
        let Some(idempotency) = idempotency else { return self.execute().map(|_| answer) };
        self.idempotency = Some(idempotency);
        let mut text = Statement::new("SELECT $1").bind(answer.as_str());
        text.results = &[ValueType::Text];
        self.statements.push(text);
        let stored = self.execute()?.outcomes.pop().and_then(|outcome| outcome.rows.into_iter().next());
        let (text,) = <(String,)>::from_row(stored.unwrap_or_default())?;
        Ok(Written::from_json(text))
    }
}

impl Executed {
    /// The rows that the statement with this index returned.
    ///
    /// # Errors
    /// [`Error::Invalid`] if they are no `T`s.
    pub fn rows<T: FromRow>(&mut self, statement: usize) -> Result<Vec<T>, Error> {
        let rows = self.outcomes.get_mut(statement).map(|outcome| std::mem::take(&mut outcome.rows));
        rows.unwrap_or_default().into_iter().map(T::from_row).collect()
    }

    /// Rows that the statement with this index touched.
    #[must_use]
    pub fn affected(&self, statement: usize) -> u64 {
        self.outcomes.get(statement).map_or(0, |outcome| outcome.rows_affected)
    }
}

impl IdempotencyKey {
    /// The key with a fingerprint of what is asked for; none if the client sent no key. `hash` hashes bytes (SHA-256).
    ///
    /// # Errors
    /// [`Error::Invalid`] if the request cannot be written as JSON.
    pub fn of(
        self,
        operation: &str,
        request: &impl Serialize,
        hash: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Result<Option<Idempotency>, Error> {
        let Some(key) = self.0 else { return Ok(None) };
        let mut asked = operation.as_bytes().to_vec();
        asked.push(b'\n');
        serde_json::to_writer(&mut asked, request).map_err(|error| Error::Invalid(error.to_string()))?;
        Ok(Some(Idempotency { key, fingerprint: hash(&asked) }))
    }
}
