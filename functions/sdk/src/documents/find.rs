//! Questions to a collection.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::{Document, Error, read};
use crate::seam;

/// Documents of one page.
pub const LIMIT_MAX: u32 = 500;

/// What lies at an indexed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// False is less than true.
    Boolean(bool),
    /// By value.
    Integer(i64),
    /// Byte by byte.
    Text(String),
}

impl From<bool> for Scalar {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Scalar {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Scalar {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// A condition on an indexed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// It is this.
    Equal(String, Scalar),
    /// It is this or more.
    AtLeast(String, Scalar),
    /// It is less than this.
    Below(String, Scalar),
}

/// A question as the host gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// All of them hold.
    pub filters: Vec<Filter>,
    /// The path that orders; none: the one that is ranged over, else the ids.
    pub order: Option<String>,
    /// From the greatest to the least.
    pub descending: bool,
    /// At most so many documents.
    pub limit: u32,
    /// Goes on behind an earlier page.
    pub after: Option<String>,
}

/// A question that is being written. One index has to answer it whole: the paths that have to be equal, then at most one that it
/// ranges over or is ordered by.
pub struct Query<T> {
    collection: &'static str,
    question: Question,
    content: PhantomData<fn() -> T>,
}

/// A page of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// In order.
    pub documents: Vec<Document<T>>,
    /// What [`Query::after`] takes for the next page; none if there is no more.
    pub next: Option<String>,
}

impl<T> Query<T> {
    pub(super) fn new(collection: &'static str) -> Self {
        let question = Question { filters: Vec::new(), order: None, descending: false, limit: LIMIT_MAX, after: None };
        Self { collection, question, content: PhantomData }
    }

    /// What lies at the path is this.
    #[must_use]
    pub fn equal(self, path: &str, value: impl Into<Scalar>) -> Self {
        self.filter(Filter::Equal(path.to_owned(), value.into()))
    }

    /// What lies at the path is this or more.
    #[must_use]
    pub fn at_least(self, path: &str, value: impl Into<Scalar>) -> Self {
        self.filter(Filter::AtLeast(path.to_owned(), value.into()))
    }

    /// What lies at the path is less than this.
    #[must_use]
    pub fn below(self, path: &str, value: impl Into<Scalar>) -> Self {
        self.filter(Filter::Below(path.to_owned(), value.into()))
    }

    /// In the order of what lies at the path; equal ones in that of their ids.
    #[must_use]
    pub fn order_by(mut self, path: &str) -> Self {
        self.question.order = Some(path.to_owned());
        self
    }

    /// From the greatest to the least.
    #[must_use]
    pub fn descending(mut self) -> Self {
        self.question.descending = true;
        self
    }

    /// At most so many documents a page, 1 to [`LIMIT_MAX`].
    #[must_use]
    pub fn limit(mut self, documents: u32) -> Self {
        self.question.limit = documents;
        self
    }

    /// Goes on behind an earlier page of the same question: its [`Page::next`].
    #[must_use]
    pub fn after(mut self, place: Option<String>) -> Self {
        self.question.after = place;
        self
    }

    fn filter(mut self, filter: Filter) -> Self {
        self.question.filters.push(filter);
        self
    }
}

impl<T: DeserializeOwned> Query<T> {
    /// Asks.
    ///
    /// # Errors
    /// [`Error::NotIndexed`] if no index answers; [`Error::Invalid`] if what is stored is no `T`; see [`Error`].
    pub fn page(self) -> Result<Page<T>, Error> {
        let found = seam::documents::find(self.collection, self.question)?;
        let documents = found.documents.into_iter().map(|stored| read(self.collection, stored));
        Ok(Page { documents: documents.collect::<Result<_, _>>()?, next: found.next })
    }
}
