//! What a function's database answers to the operator's own commands. Its file belongs to the program that serves, so
//! whoever wants to look into it meanwhile asks here. Takes the admin key: whoever has that could read the file as well.

use kontor_data::{Database, SqlError, Statement, Value, ValueType};
use serde::{Deserialize, Serialize};

/// A query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// One `SELECT`, with `$1…$n` for parameters.
    pub text: String,
    /// Values of `$1…$n`.
    pub parameters: Vec<Cell>,
    /// The type of each column of the result.
    pub results: Vec<Kind>,
}

/// What became of it: a limit that was passed is an answer too, since whoever asks can ask for less.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// Rows, in order.
    Rows(Vec<Vec<Cell>>),
    /// The result is too large.
    TooLarge(String),
    /// It ran too long.
    Busy(String),
}

/// A value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Cell {
    Null,
    Boolean(bool),
    Integer(i64),
    Decimal(String),
    Text(String),
    /// Hexadecimal.
    Bytes(String),
    Timestamp(i64),
    Json(String),
    Uuid(String),
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Kind {
    Boolean,
    Integer,
    Decimal,
    Text,
    Bytes,
    Timestamp,
    Json,
    Uuid,
}

/// Asks a database.
///
/// # Errors
/// See [`SqlError`]; [`SqlError::Invalid`] for what is no query.
pub async fn ask(database: &dyn Database, query: Query) -> Result<Found, SqlError> {
    let statement = query.into_statement()?;
    match database.query(statement).await {
        Ok(found) => {
            Ok(Found::Rows(found.rows.into_iter().map(|row| row.into_iter().map(Cell::of).collect()).collect()))
        }
        Err(SqlError::TooLarge(what)) => Ok(Found::TooLarge(what)),
        Err(SqlError::Busy(what)) => Ok(Found::Busy(what)),
        Err(error) => Err(error),
    }
}

impl Query {
    /// A statement in words of the listener.
    #[must_use]
    pub fn of(statement: Statement) -> Self {
        let kind = |kind| match kind {
            ValueType::Boolean => Kind::Boolean,
            ValueType::Integer => Kind::Integer,
            ValueType::Decimal => Kind::Decimal,
            ValueType::Text => Kind::Text,
            ValueType::Bytes => Kind::Bytes,
            ValueType::Timestamp => Kind::Timestamp,
            ValueType::Json => Kind::Json,
            ValueType::Uuid => Kind::Uuid,
        };
        Self {
            text: statement.text.to_string(),
            parameters: statement.parameters.into_iter().map(Cell::of).collect(),
            results: statement.results.into_iter().map(kind).collect(),
        }
    }

    fn into_statement(self) -> Result<Statement, SqlError> {
        let kind = |kind| match kind {
            Kind::Boolean => ValueType::Boolean,
            Kind::Integer => ValueType::Integer,
            Kind::Decimal => ValueType::Decimal,
            Kind::Text => ValueType::Text,
            Kind::Bytes => ValueType::Bytes,
            Kind::Timestamp => ValueType::Timestamp,
            Kind::Json => ValueType::Json,
            Kind::Uuid => ValueType::Uuid,
        };
        let parameters = self.parameters.into_iter().map(Cell::into_value).collect::<Result<_, _>>()?;
        let results = self.results.into_iter().map(kind).collect();
        Ok(Statement { text: self.text.into(), parameters, results, expect_rows: None })
    }
}

impl Cell {
    /// A value in words of the listener.
    #[must_use]
    pub fn of(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Boolean(yes) => Self::Boolean(yes),
            Value::Integer(number) => Self::Integer(number),
            Value::Decimal(text) => Self::Decimal(text),
            Value::Text(text) => Self::Text(text),
            Value::Bytes(bytes) => Self::Bytes(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
            Value::Timestamp(us) => Self::Timestamp(us),
            Value::Json(text) => Self::Json(text),
            Value::Uuid(text) => Self::Uuid(text),
        }
    }

    /// The value.
    ///
    /// # Errors
    /// [`SqlError::Invalid`] for bytes that are not hexadecimal.
    pub fn into_value(self) -> Result<Value, SqlError> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Boolean(yes) => Value::Boolean(yes),
            Self::Integer(number) => Value::Integer(number),
            Self::Decimal(text) => Value::Decimal(text),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(text) => Value::Bytes(
                bytes(&text)
                    .ok_or_else(|| SqlError::Invalid("bytes are written as two hexadecimal digits each".to_owned()))?,
            ),
            Self::Timestamp(us) => Value::Timestamp(us),
            Self::Json(text) => Value::Json(text),
            Self::Uuid(text) => Value::Uuid(text),
        })
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? * 16 + digit(*low)?)).collect();
    if rest.is_empty() { bytes } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were_sent() {
        for value in [
            Value::Null,
            Value::Boolean(true),
            Value::Integer(i64::MIN),
            Value::Bytes(vec![0, 255]),
            Value::Timestamp(7),
            Value::Text("ä".to_owned()),
        ] {
            let text = serde_json::to_string(&Cell::of(value.clone())).unwrap();
            assert_eq!(serde_json::from_str::<Cell>(&text).unwrap().into_value(), Ok(value), "{text}");
        }
        assert!(Cell::Bytes("0".to_owned()).into_value().is_err());
    }
}
