//! What a bucket can hold.

use serde::{Serialize, de::DeserializeOwned};

use super::Error;
use crate::Json;

/// A value of a bucket. At most 64 KiB as bytes.
pub trait Value: Sized {
    /// As bytes.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it cannot be written.
    fn write(&self) -> Result<Vec<u8>, Error>;

    /// From bytes.
    ///
    /// # Errors
    /// [`Error::Invalid`] if they are something else.
    fn read(bytes: &[u8]) -> Result<Self, Error>;
}

fn wrong(error: &dyn std::fmt::Display) -> Error {
    Error::Invalid(format!("an entry is not what it is read or written as: {error}"))
}

impl Value for Vec<u8> {
    fn write(&self) -> Result<Vec<u8>, Error> {
        Ok(self.clone())
    }

    fn read(bytes: &[u8]) -> Result<Self, Error> {
        Ok(bytes.to_vec())
    }
}

impl Value for String {
    fn write(&self) -> Result<Vec<u8>, Error> {
        Ok(self.clone().into_bytes())
    }

    fn read(bytes: &[u8]) -> Result<Self, Error> {
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| wrong(&error))
    }
}

/// As decimal text, which is what an increment takes and leaves.
impl Value for i64 {
    fn write(&self) -> Result<Vec<u8>, Error> {
        Ok(self.to_string().into_bytes())
    }

    fn read(bytes: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(bytes).map_err(|error| wrong(&error))?;
        text.parse().map_err(|error| wrong(&error))
    }
}

impl<T: Serialize + DeserializeOwned> Value for Json<T> {
    fn write(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(&self.0).map_err(|error| wrong(&error))
    }

    fn read(bytes: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(bytes).map(Self).map_err(|error| wrong(&error))
    }
}
