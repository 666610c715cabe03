//! Rows as Rust types.

use super::{Error, Timestamp, Value, ValueType};

/// What a single column can be read as.
pub trait Column: Sized {
    /// What to ask the store for.
    const TYPE: ValueType;

    /// Reads the value; none if it is something else.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! column {
    ($rust:ty, $kind:ident) => {
        impl Column for $rust {
            const TYPE: ValueType = ValueType::$kind;

            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::$kind(value) => Some(value),
                    _ => None,
                }
            }
        }
    };
}

column!(bool, Boolean);
column!(i64, Integer);
column!(String, Text);
column!(Vec<u8>, Bytes);

impl Column for Timestamp {
    const TYPE: ValueType = ValueType::Timestamp;

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Timestamp(us) => Some(Self(us)),
            _ => None,
        }
    }
}

impl<T: Column> Column for Option<T> {
    const TYPE: ValueType = T::TYPE;

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

/// A row. Tuples are rows, and so are structs made by [`row!`](crate::row).
pub trait FromRow: Sized {
    /// The columns' types, in order.
    const TYPES: &'static [ValueType];

    /// Reads a row.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a column is missing or null or of another type.
    fn from_row(row: Vec<Value>) -> Result<Self, Error>;
}

/// Takes the next column of a row; `number` counts from 1, for the error.
#[doc(hidden)]
pub fn next<T: Column>(row: &mut std::vec::IntoIter<Value>, number: usize) -> Result<T, Error> {
    let value = row.next().and_then(T::from_value);
    value.ok_or_else(|| {
        Error::Invalid(format!("column {number} of a result is not the {:?} that was asked for", T::TYPE))
    })
}

macro_rules! tuple {
    ($($column:ident $number:literal),+) => {
        impl<$($column: Column),+> FromRow for ($($column,)+) {
            const TYPES: &'static [ValueType] = &[$($column::TYPE),+];

            fn from_row(row: Vec<Value>) -> Result<Self, Error> {
                let mut row = row.into_iter();
                Ok(($(next::<$column>(&mut row, $number)?,)+))
            }
        }
    };
}

tuple!(A 1);
tuple!(A 1, B 2);
tuple!(A 1, B 2, C 3);
tuple!(A 1, B 2, C 3, D 4);
tuple!(A 1, B 2, C 3, D 4, E 5);
tuple!(A 1, B 2, C 3, D 4, E 5, F 6);

/// Makes a struct that is a row: its fields are the columns, in order.
#[macro_export]
macro_rules! row {
    ($(#[$meta:meta])* $visibility:vis struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        $visibility struct $name { $($(#[$field_meta])* pub $field: $type,)+ }

        impl $crate::sql::FromRow for $name {
            const TYPES: &'static [$crate::sql::ValueType] = &[$(<$type as $crate::sql::Column>::TYPE),+];

            fn from_row(row: Vec<$crate::sql::Value>) -> Result<Self, $crate::sql::Error> {
                let mut row = row.into_iter();
                let mut number = 0;
                $(
                    number += 1;
                    let $field = $crate::sql::next_column(&mut row, number)?;
                )+
                Ok(Self { $($field,)+ })
            }
        }
    };
}
