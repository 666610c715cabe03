//! Documents, natively.

use super::backend;
use crate::documents::{Error, Found, Inserted, Question, Stored};

/// Where documents are.
pub trait Documents {
    /// As the contract's `insert`.
    ///
    /// # Errors
    /// As the port says.
    fn insert(&self, collection: &str, id: &str, body: &str) -> Result<Inserted, Error>;

    /// As the contract's `get`.
    ///
    /// # Errors
    /// As the port says.
    fn get(&self, collection: &str, id: &str) -> Result<Option<Stored>, Error>;

    /// As the contract's `find`.
    ///
    /// # Errors
    /// As the port says.
    fn find(&self, collection: &str, question: Question) -> Result<Found, Error>;

    /// As the contract's `replace`.
    ///
    /// # Errors
    /// As the port says.
    fn replace(&self, collection: &str, id: &str, version: u64, body: &str) -> Result<u64, Error>;

    /// As the contract's `delete`.
    ///
    /// # Errors
    /// As the port says.
    fn delete(&self, collection: &str, id: &str, version: u64) -> Result<(), Error>;
}

pub(crate) fn insert(collection: &str, id: &str, body: &str) -> Result<Inserted, Error> {
    backend().ok_or(Error::Unavailable)?.documents().insert(collection, id, body)
}

pub(crate) fn get(collection: &str, id: &str) -> Result<Option<Stored>, Error> {
    backend().ok_or(Error::Unavailable)?.documents().get(collection, id)
}

pub(crate) fn find(collection: &str, question: Question) -> Result<Found, Error> {
    backend().ok_or(Error::Unavailable)?.documents().find(collection, question)
}

pub(crate) fn replace(collection: &str, id: &str, version: u64, body: &str) -> Result<u64, Error> {
    backend().ok_or(Error::Unavailable)?.documents().replace(collection, id, version, body)
}

pub(crate) fn delete(collection: &str, id: &str, version: u64) -> Result<(), Error> {
    backend().ok_or(Error::Unavailable)?.documents().delete(collection, id, version)
}
