//! One statement.

use std::borrow::Cow;

use super::{Error, FromRow, Value, ValueType};
use crate::seam;

/// One `SELECT`, `INSERT`, `UPDATE` or `DELETE` with `$1…$n`. Keep texts constant: the host prepares each text once.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The text.
    pub text: Cow<'static, str>,
    /// Values of `$1…$n`.
    pub parameters: Vec<Value>,
    /// Types of the result's columns.
    pub results: &'static [ValueType],
    /// How many rows it must touch.
    pub expect_rows: Option<u64>,
}

impl Statement {
    /// A statement without parameters yet.
    #[must_use]
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), parameters: Vec::new(), results: &[], expect_rows: None }
    }

    /// The next parameter's value: the first call gives `$1`.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        if self.parameters.is_empty() {
            // Room for most: a list that grows is copied each time.
            self.parameters.reserve(12);
        }
        self.parameters.push(value.into());
        self
    }

    /// A guard: if another number of rows is touched (or returned), the whole batch rolls back.
    #[must_use]
    pub fn expect_rows(mut self, rows: u64) -> Self {
        self.expect_rows = Some(rows);
        self
    }

    /// Says that the statement is a query whose rows are `T`s. For queries inside a batch.
    #[must_use]
    pub fn returning<T: FromRow>(mut self) -> Self {
        self.results = T::TYPES;
        self
    }

    /// Runs a query by itself and gives its rows.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn rows<T: FromRow>(self) -> Result<Vec<T>, Error> {
        seam::query(self.returning::<T>())?.into_iter().map(T::from_row).collect()
    }

    /// Runs a query by itself and gives its first row.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn first<T: FromRow>(self) -> Result<Option<T>, Error> {
        seam::query(self.returning::<T>())?.into_iter().next().map(T::from_row).transpose()
    }

    /// Runs a query by itself and gives its one row.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Invalid`] if there is no row.
    pub fn one<T: FromRow>(self) -> Result<T, Error> {
        self.first()?.ok_or_else(|| Error::Invalid("a query that always has a row gave none".to_owned()))
    }
}
