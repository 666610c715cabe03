//! Reads a row's columns, one after the other.

use kontor_data::{SqlError, Value};
use kontor_rules::seal::Hash;

/// The columns of a row that were not read yet.
pub(crate) struct Columns(std::vec::IntoIter<Value>);

impl Columns {
    pub(crate) fn of(row: Vec<Value>) -> Self {
        Self(row.into_iter())
    }

    pub(crate) fn integer(&mut self) -> Result<i64, SqlError> {
        match self.0.next() {
            Some(Value::Integer(number) | Value::Timestamp(number)) => Ok(number),
            other => Err(unexpected("a number", other.as_ref())),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, SqlError> {
        self.optional_text()?.ok_or_else(|| unexpected("a text", None))
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<String>, SqlError> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            other => Err(unexpected("a text", other.as_ref())),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, SqlError> {
        match self.0.next() {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            other => Err(unexpected("bytes", other.as_ref())),
        }
    }

    /// Bytes of a fixed size; others can only have been put there by somebody else.
    pub(crate) fn fixed<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], SqlError> {
        let bytes = self.bytes()?;
        let size = bytes.len();
        bytes.try_into().map_err(|_| SqlError::Other(format!("a column has {size} bytes where {SIZE} belong")))
    }

    pub(crate) fn hash(&mut self) -> Result<Hash, SqlError> {
        self.fixed().map(Hash)
    }
}

fn unexpected(wanted: &str, found: Option<&Value>) -> SqlError {
    // The value itself may be about a person.
    let kind = match found {
        None => "nothing",
        Some(Value::Null) => "null",
        Some(_) => "something else",
    };
    SqlError::Other(format!("a column has {kind} where {wanted} belongs"))
}
