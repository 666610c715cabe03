//! Texts that were read and found good, so that a statement is parsed once and not at each run.

use std::{collections::HashMap, sync::Arc};

use kontor_data::{SqlError, Statement, statement};
use parking_lot::RwLock;
use rustc_hash::FxBuildHasher;

/// Texts that are remembered; a function has tens of them.
const TEXTS_MAX: usize = 1_024;

/// What is known of texts.
#[derive(Default)]
pub struct CheckedTexts(RwLock<HashMap<Arc<str>, statement::Checked, FxBuildHasher>>);

impl CheckedTexts {
    /// Checks statement number `index`: its text, and that it has as many values as parameters.
    ///
    /// # Errors
    /// As `kontor_data::statement::check`, with the statement's number.
    pub fn check(&self, asked: &Statement, index: usize) -> Result<statement::Checked, SqlError> {
        let known = self.0.read().get(&asked.text).copied();
        let checked = match known {
            Some(checked) => checked,
            None => {
                let checked = statement::check(&asked.text).map_err(|error| name_statement(error, index))?;
                let mut texts = self.0.write();
                if texts.len() >= TEXTS_MAX {
                    texts.clear();
                }
                texts.insert(Arc::clone(&asked.text), checked);
                checked
            }
        };
        if asked.parameters.len() != checked.parameters {
            return Err(SqlError::Invalid(format!(
                "statement {index} has {} parameters, and {} values were given",
                checked.parameters,
                asked.parameters.len()
            )));
        }
        Ok(checked)
    }

    /// Whether a statement may need room: an insert or an update, and whatever cannot be told from its first word.
    pub fn may_grow(&self, asked: &Statement) -> bool {
        let is_query = self.0.read().get(&asked.text).is_some_and(|checked| checked.query);
        let first = asked.text.split_whitespace().next().unwrap_or_default();
        !is_query && !first.eq_ignore_ascii_case("DELETE")
    }
}

fn name_statement(error: SqlError, index: usize) -> SqlError {
    match error {
        SqlError::Invalid(text) => SqlError::Invalid(format!("statement {index}: {text}")),
        SqlError::TooLarge(text) => SqlError::TooLarge(format!("statement {index}: {text}")),
        other => other,
    }
}
