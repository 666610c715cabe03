//! Whole objects in collections of the function's own: typed, with versions, found by indexed paths.
//!
//! ```
//! use kontor_sdk::{Function, documents::{Collection, Declaration}};
//!
//! #[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
//! struct Wishes { owner: String, changed: i64, items: Vec<String> }
//!
//! const WISHES: Collection<Wishes> = Collection::new("wishes");
//!
//! fn wishes() -> Declaration {
//!     WISHES.versioned().text("owner").integer("changed").index(&["owner", "changed"]).shard_key("owner")
//! }
//!
//! fn latest(owner: &str) -> Result<Vec<Wishes>, kontor_sdk::documents::Error> {
//!     let page = WISHES.find().equal("owner", owner).order_by("changed").descending().limit(10).page()?;
//!     Ok(page.documents.into_iter().map(|document| document.content).collect())
//! }
//! # assert_eq!(Function::new("shop", "1").collection(wishes).manifest().collections[0].name, "wishes");
//! ```

mod declaration;
mod error;
mod find;

use std::marker::PhantomData;

use serde::{Serialize, de::DeserializeOwned};

pub use declaration::Declaration;
pub use error::Error;
pub use find::{Filter, LIMIT_MAX, Page, Query, Question, Scalar};

use crate::{json, seam};

/// A document as it is stored: what the host knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Unique in its collection.
    pub id: String,
    /// What [`Collection::replace`] and [`Collection::delete`] name.
    pub version: u64,
    /// JSON.
    pub body: String,
}

/// A page of documents as the host gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// In order.
    pub documents: Vec<Stored>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<T> {
    /// Unique in its collection.
    pub id: String,
    /// What [`Collection::replace`] and [`Collection::delete`] name. Rises with each change.
    pub version: u64,
    /// What it holds.
    pub content: T,
}

/// What became of an insertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inserted {
    /// The document's version.
    pub version: u64,
    /// False if a document of this id and content was there already.
    pub is_new: bool,
}

/// A collection whose documents hold `T`s. The function declares it with [`Function::collection`](crate::Function::collection).
pub struct Collection<T> {
    name: &'static str,
    content: PhantomData<fn() -> T>,
}

impl<T> Collection<T> {
    /// The collection of that name: `[a-z][a-z0-9_]{0,49}`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, content: PhantomData }
    }

    /// Deletes the version that was read. In versioned collections only.
    ///
    /// # Errors
    /// [`Error::Stale`] if another version is there, or none; see [`Error`].
    pub fn delete(&self, id: &str, version: u64) -> Result<(), Error> {
        seam::documents::delete(self.name, id, version)
    }
}

impl<T: Serialize> Collection<T> {
    /// Stores a new document; returns once it is durable. To repeat it is safe.
    ///
    /// # Errors
    /// [`Error::Conflict`] if there is another one of that id; see [`Error`].
    pub fn insert(&self, id: &str, content: &T) -> Result<Inserted, Error> {
        seam::documents::insert(self.name, id, &self.body(content)?)
    }

    /// Replaces the content of the version that was read; gives the new version. In versioned collections only.
    ///
    /// # Errors
    /// [`Error::Stale`] if another version is there, or none; see [`Error`].
    pub fn replace(&self, id: &str, version: u64, content: &T) -> Result<u64, Error> {
        seam::documents::replace(self.name, id, version, &self.body(content)?)
    }

    fn body(&self, content: &T) -> Result<String, Error> {
        json::text(content).map_err(|error| Error::Invalid(format!("a document of {} is no JSON: {error}", self.name)))
    }
}

impl<T: DeserializeOwned> Collection<T> {
    /// The document as it is now, if it is there.
    ///
    /// # Errors
    /// [`Error::Invalid`] if what is stored is no `T`; see [`Error`].
    pub fn get(&self, id: &str) -> Result<Option<Document<T>>, Error> {
        seam::documents::get(self.name, id)?.map(|stored| read(self.name, stored)).transpose()
    }

    /// Begins a question: all documents by id, unless it is told more.
    #[must_use]
    pub fn find(&self) -> Query<T> {
        Query::new(self.name)
    }
}

/// Reads a stored document.
fn read<T: DeserializeOwned>(collection: &str, stored: Stored) -> Result<Document<T>, Error> {
    let content = serde_json::from_str(&stored.body).map_err(|error| {
        Error::Invalid(format!("the document {} of {collection} is not what it is read as: {error}", stored.id))
    })?;
    Ok(Document { id: stored.id, version: stored.version, content })
}
