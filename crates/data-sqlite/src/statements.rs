//! Statements that a connection keeps prepared, by text.

use std::{collections::HashMap, sync::Arc};

use kontor_data::{Limits, Rows, SqlError, Statement as Asked, Value, rules, statement};
use rusqlite::{Connection, Statement};
use rustc_hash::FxBuildHasher;

use crate::{
    connection::{Guard, STATEMENTS_MAX},
    failure::{Failure, of_statement},
    schema::Catalogue,
    values,
};

/// One statement, ready to run.
pub(crate) struct Prepared<'c> {
    statement: Statement<'c>,
    text: Arc<str>,
    parameters: usize,
    columns: usize,
    used: u64,
}

/// The prepared statements of one connection, at most [`STATEMENTS_MAX`]. They belong to one thread, so finding one
/// costs a hash of the text and no lock.
pub(crate) struct Statements<'c> {
    connection: &'c Connection,
    places: HashMap<Arc<str>, usize, FxBuildHasher>,
    prepared: Vec<Prepared<'c>>,
    clock: u64,
}

impl<'c> Statements<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self { connection, places: HashMap::default(), prepared: Vec::new(), clock: 0 }
    }

    /// Where the statement is; checks and prepares it at the first time.
    pub(crate) fn place(&mut self, text: &Arc<str>) -> Result<usize, SqlError> {
        self.clock += 1;
        if let Some(place) = self.places.get(text) {
            if let Some(found) = self.prepared.get_mut(*place) {
                found.used = self.clock;
            }
            return Ok(*place);
        }
        let prepared = self.prepare(text)?;
        Ok(self.keep(prepared))
    }

    /// The statement at a place that [`Statements::place`] gave; good for the current batch.
    pub(crate) fn at(&mut self, place: usize) -> Option<&mut Prepared<'c>> {
        self.prepared.get_mut(place)
    }

    fn prepare(&self, text: &Arc<str>) -> Result<Prepared<'c>, SqlError> {
        let checked = statement::check(text)?;
        let statement = prepare(self.connection, text, checked)?;
        Ok(Prepared {
            columns: statement.column_count(),
            parameters: checked.parameters,
            statement,
            text: Arc::clone(text),
            used: self.clock,
        })
    }

    fn keep(&mut self, prepared: Prepared<'c>) -> usize {
        let text = Arc::clone(&prepared.text);
        let place = if self.prepared.len() < STATEMENTS_MAX {
            self.prepared.push(prepared);
            self.prepared.len() - 1
        } else {
            let oldest =
                self.prepared.iter().enumerate().min_by_key(|(_, kept)| kept.used).map_or(0, |(place, _)| place);
            if let Some(kept) = self.prepared.get_mut(oldest) {
                self.places.remove(&kept.text);
                *kept = prepared;
            }
            oldest
        };
        self.places.insert(text, place);
        place
    }
}

/// Prepares a checked text.
pub(crate) fn prepare<'c>(
    connection: &'c Connection,
    text: &str,
    checked: statement::Checked,
) -> Result<Statement<'c>, SqlError> {
    let prepared = connection
        .prepare(&numbered(text))
        .map_err(|error| of_statement(&error, 0, &Catalogue::default(), false).answer())?;
    // SQLite and the checking parser must have read the same text.
    if prepared.parameter_count() != checked.parameters {
        return Err(SqlError::Invalid("the statement's parameters cannot be told for sure; simplify it".to_owned()));
    }
    Ok(prepared)
}

/// SQLite numbers `$1` by first appearance, but `?1` by its number. What stands in quotes or comments stays.
pub(crate) fn numbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        let next = characters.peek().copied().unwrap_or(' ');
        match character {
            '$' if next.is_ascii_digit() && !(before.is_alphanumeric() || before == '_') => out.push('?'),
            '\'' | '"' | '`' => {
                out.push(character);
                copy_until(&mut characters, &mut out, |_, now| now == character);
            }
            '-' if next == '-' => {
                out.push(character);
                copy_until(&mut characters, &mut out, |_, now| now == '\n');
            }
            '/' if next == '*' => {
                out.push(character);
                out.extend(characters.next());
                copy_until(&mut characters, &mut out, |last, now| last == '*' && now == '/');
            }
            _ => out.push(character),
        }
        before = character;
    }
    out
}

fn copy_until(
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    out: &mut String,
    end: impl Fn(char, char) -> bool,
) {
    let mut last = ' ';
    for character in characters.by_ref() {
        out.push(character);
        if end(last, character) {
            return;
        }
        last = character;
    }
}

impl Prepared<'_> {
    /// Whether as many parameters and columns are asked for as there are.
    pub(crate) fn fits(&self, asked: &Asked, index: usize) -> Result<(), SqlError> {
        fits(asked, index, self.parameters, self.columns)
    }

    /// Runs it: rows of a query, or how many rows it touched.
    pub(crate) fn run(
        &mut self,
        asked: &Asked,
        index: usize,
        limits: &Limits,
        guard: &Guard,
        catalogue: &Catalogue,
    ) -> Result<(u64, Vec<Vec<Value>>), Failure> {
        guard.function();
        let done = if self.columns == 0 {
            self.write(asked).map(|touched| (touched, Vec::new())).map_err(Broken::Sqlite)
        } else {
            read(&mut self.statement, asked, limits).map(|rows| (rows.len() as u64, rows))
        };
        guard.host();
        done.map_err(|broken| match broken {
            Broken::Sqlite(error) => of_statement(&error, index, catalogue, guard.take_interrupted()),
            Broken::Answer(error) => Failure::Batch(error),
        })
    }

    fn write(&mut self, asked: &Asked) -> Result<u64, rusqlite::Error> {
        values::bind(&mut self.statement, &asked.parameters)?;
        self.statement.raw_execute().map(|touched| touched as u64)
    }
}

/// Whether as many parameters and columns are asked for as there are.
pub(crate) fn fits(asked: &Asked, index: usize, parameters: usize, columns: usize) -> Result<(), SqlError> {
    if asked.parameters.len() != parameters {
        let found = asked.parameters.len();
        return Err(SqlError::Invalid(format!(
            "statement {index} has {parameters} parameters, and {found} values were given"
        )));
    }
    if asked.results.len() != columns {
        let found = asked.results.len();
        return Err(SqlError::Invalid(format!(
            "statement {index} returns {columns} columns, and {found} types were given"
        )));
    }
    Ok(())
}

/// Why reading broke off.
pub(crate) enum Broken {
    /// SQLite's reason.
    Sqlite(rusqlite::Error),
    /// A limit, or a type.
    Answer(SqlError),
}

/// Reads a query's rows within the limits.
pub(crate) fn read(statement: &mut Statement<'_>, asked: &Asked, limits: &Limits) -> Result<Vec<Vec<Value>>, Broken> {
    values::bind(statement, &asked.parameters).map_err(Broken::Sqlite)?;
    let mut found = Rows::default();
    let mut size_bytes = 0;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(Broken::Sqlite)? {
        let row = values::decode(row, &asked.results).map_err(|what| Broken::Answer(SqlError::Invalid(what)))?;
        size_bytes += row.iter().map(rules::value_size_bytes).sum::<usize>();
        if found.rows.len() >= limits.rows_max {
            return Err(too_large("rows in a result", limits.rows_max));
        }
        if size_bytes > limits.result_size_max_bytes {
            return Err(too_large("bytes in a result", limits.result_size_max_bytes));
        }
        found.rows.push(row);
    }
    Ok(found.rows)
}

fn too_large(what: &str, most: usize) -> Broken {
    Broken::Answer(SqlError::TooLarge(format!("{what}: at most {most} are allowed; ask for a page of them")))
}
