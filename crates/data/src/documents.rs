//! The port `documents`: whole objects in collections of which each has a policy, a schema and the paths it is found by.
//!
//! Functions use [`Documents`]. An engine implements [`DocumentStore`] and nothing of the rules: [`Guarded`] checks what is
//! asked for before any store sees it, so that every engine refuses the same with the same words.

mod body;
mod collection;
mod find;
mod guarded;

use std::sync::Arc;

use kontor_contract::Collection;

use crate::{Async, DocumentError, Health, OpenError};

pub use body::{Body, DEPTH_MAX, FIELD_SIZE_MAX_BYTES};
pub use collection::{FAULTS_MAX, Keys, PATH_DEPTH_MAX, Rules, TEXT_SIZE_MAX_BYTES};
pub use find::{Cursor, Filter, Find, Found, Order, Plan, Scalar};
pub use guarded::{Guarded, check_collections};

/// Collections of a function.
pub const COLLECTIONS_MAX: usize = 100;
/// The longest id, bytes.
pub const ID_SIZE_MAX_BYTES: usize = 255;

/// Limits of one function's documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentLimits {
    /// One document, bytes.
    pub document_size_max_bytes: usize,
    /// Documents of one answer.
    pub find_max: usize,
    /// One answer, bytes; what does not fit comes with the next.
    pub answer_size_max_bytes: usize,
    /// Changes that may wait for the store; past it `busy`.
    pub queue_max: usize,
    /// All of the function's documents, bytes, where the store can tell.
    pub store_size_max_bytes: u64,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            document_size_max_bytes: 1 << 20,
            find_max: 500,
            answer_size_max_bytes: 8 << 20,
            queue_max: 4096,
            store_size_max_bytes: 100 << 30,
        }
    }
}

/// A document as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Unique in its collection.
    pub id: String,
    /// Rises with each change; an id that is deleted and inserted again goes on to higher ones.
    pub version: u64,
    /// The content as [`Body::text`].
    pub body: String,
}

/// What became of an insertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inserted {
    /// The document's version.
    pub version: u64,
    /// False if a document of that id and content was there already.
    pub is_new: bool,
}

/// The documents of one function.
pub trait Documents: Send + Sync {
    /// Stores a new document; returns once it is durable. The same id with the same content is fine any number of times.
    fn insert<'a>(
        &'a self,
        collection: &'a str,
        id: &'a str,
        body: &'a str,
    ) -> Async<'a, Result<Inserted, DocumentError>>;

    /// The document, if it is there.
    fn get<'a>(&'a self, collection: &'a str, id: &'a str) -> Async<'a, Result<Option<Document>, DocumentError>>;

    /// Documents that an index answers for, in order, a page at a time.
    fn find<'a>(&'a self, collection: &'a str, find: Find) -> Async<'a, Result<Found, DocumentError>>;

    /// Replaces the content of the version that is there; gives the new version.
    fn replace<'a>(
        &'a self,
        collection: &'a str,
        id: &'a str,
        version: u64,
        body: &'a str,
    ) -> Async<'a, Result<u64, DocumentError>>;

    /// Deletes the version that is there.
    fn delete<'a>(&'a self, collection: &'a str, id: &'a str, version: u64) -> Async<'a, Result<(), DocumentError>>;

    /// Whether they can be read and written.
    fn health(&self) -> Health;

    /// Finishes what is queued and closes. Later calls give `unavailable`.
    fn close(&self) -> Async<'_, ()>;
}

/// A document on its way into a store, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// Its id.
    pub id: String,
    /// Its content.
    pub body: Body,
    /// What lies at the collection's paths, in their order.
    pub keys: Keys,
}

/// What an engine implements. Everything it is given was checked; it checks only what it alone can know.
pub trait DocumentStore: Send + Sync {
    /// Stores a new document with a version of [`first_version`], or finds the same content there.
    fn insert<'a>(&'a self, rules: &'a Rules, document: Checked) -> Async<'a, Result<Inserted, DocumentError>>;

    /// The document, if it is there.
    fn get<'a>(&'a self, rules: &'a Rules, id: &'a str) -> Async<'a, Result<Option<Document>, DocumentError>>;

    /// Documents in the plan's order, until there are `plan.limit` or the last one has passed `plan.size_max_bytes`.
    fn find<'a>(&'a self, rules: &'a Rules, plan: Plan) -> Async<'a, Result<Vec<Document>, DocumentError>>;

    /// Replaces the version that is there by `version + 1`. The shard key's value stays; another is `invalid`.
    fn replace<'a>(
        &'a self,
        rules: &'a Rules,
        version: u64,
        document: Checked,
    ) -> Async<'a, Result<u64, DocumentError>>;

    /// Deletes the version that is there.
    fn delete<'a>(&'a self, rules: &'a Rules, id: &'a str, version: u64) -> Async<'a, Result<(), DocumentError>>;

    /// Whether it works.
    fn health(&self) -> Health;

    /// Finishes what is queued and closes.
    fn close(&self) -> Async<'_, ()>;
}

/// Holds the documents of each function.
pub trait DocumentEngine: Send + Sync {
    /// The engine's name and version.
    fn name(&self) -> String;

    /// Opens the function's documents and makes what its collections need: tables, indexes, triggers, rights. Opening them
    /// again with more collections, paths or indexes adds these.
    ///
    /// A changed policy, shard key or type of a path is [`OpenError::Invalid`]. A new path finds the documents that are there
    /// already; one that has something of another type there is not found by it.
    fn open(
        &self,
        function: &str,
        collections: Vec<Collection>,
        limits: DocumentLimits,
    ) -> Async<'_, Result<Arc<dyn Documents>, OpenError>>;
}

/// The version of a document that is inserted now (µs since 1970 UTC), where `deleted` is the highest version that any
/// document of the collection had when it was deleted. Whoever still holds the version of a document that was deleted and
/// inserted again can therefore not change it. An engine that does not remember `deleted` gives 0: then the clock alone keeps
/// versions apart, which nobody replaces a million times a second.
#[must_use]
pub fn first_version(now_us: i64, deleted: u64) -> u64 {
    u64::try_from(now_us).unwrap_or(0).max(deleted.saturating_add(1))
}
