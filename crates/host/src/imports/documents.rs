//! `documents`: the function's own collections, through the port.

use std::{sync::Arc, time::Instant};

use kontor_data::{
    DocumentError,
    documents::{Document as Stored, Documents, Filter as Condition, Find, Order, Scalar as Known},
};

use super::ended::Port;
use crate::runtime::{
    State,
    bindings::kontor::function::documents::{
        Comparison, Document, Error, Fault, Filter, Found, Host, Inserted, Question, Scalar, StaleFailure,
    },
};

impl Host for State {
    async fn insert(&mut self, collection: String, id: String, body: String) -> Result<Inserted, Error> {
        let documents = self.documents()?;
        let start = Instant::now();
        let result = documents.insert(&collection, &id, &body).await;
        self.call_ended("documents.insert", start);
        let inserted = self.heard(Port::Documents, &self.facts.refused.document_changes, result).map_err(error)?;
        self.outside.meter.add_rows(inserted.is_new.into());
        Ok(Inserted { version: inserted.version, is_new: inserted.is_new })
    }

    async fn get(&mut self, collection: String, id: String) -> Result<Option<Document>, Error> {
        let documents = self.documents()?;
        let start = Instant::now();
        let result = documents.get(&collection, &id).await;
        self.call_ended("documents.get", start);
        let found = self.heard(Port::Documents, &self.facts.refused.document_reads, result).map_err(error)?;
        self.outside.meter.add_rows(found.is_some().into());
        Ok(found.map(document))
    }

    async fn find(&mut self, collection: String, question: Question) -> Result<Found, Error> {
        let documents = self.documents()?;
        let find = find(question)?;
        let start = Instant::now();
        let result = documents.find(&collection, find).await;
        self.call_ended("documents.find", start);
        let found = self.heard(Port::Documents, &self.facts.refused.document_reads, result).map_err(error)?;
        self.outside.meter.add_rows(found.documents.len() as u64);
        Ok(Found { documents: found.documents.into_iter().map(document).collect(), next: found.next })
    }

    async fn replace(&mut self, collection: String, id: String, version: u64, body: String) -> Result<u64, Error> {
        let documents = self.documents()?;
        let start = Instant::now();
        let result = documents.replace(&collection, &id, version, &body).await;
        self.call_ended("documents.replace", start);
        let version = self.heard(Port::Documents, &self.facts.refused.document_changes, result).map_err(error)?;
        self.outside.meter.add_rows(1);
        Ok(version)
    }

    async fn delete(&mut self, collection: String, id: String, version: u64) -> Result<(), Error> {
        let documents = self.documents()?;
        let start = Instant::now();
        let result = documents.delete(&collection, &id, version).await;
        self.call_ended("documents.delete", start);
        self.heard(Port::Documents, &self.facts.refused.document_changes, result).map_err(error)?;
        self.outside.meter.add_rows(1);
        Ok(())
    }
}

impl State {
    /// A function that declares no collection has no store, and so knows none.
    fn documents(&self) -> Result<Arc<dyn Documents>, Error> {
        self.facts.stores.documents.clone().ok_or(Error::UnknownCollection)
    }
}

/// A guest's question. What a later contract added is refused.
fn find(question: Question) -> Result<Find, Error> {
    Ok(Find {
        filters: question.filters.into_iter().map(condition).collect::<Result<_, _>>()?,
        order: Order { path: question.order.path, descending: question.order.descending },
        limit: usize::try_from(question.limit).unwrap_or(usize::MAX),
        after: question.after,
    })
}

fn condition(filter: Filter) -> Result<Condition, Error> {
    let (make, Comparison { path, value }): (fn(String, Known) -> Condition, _) = match filter {
        Filter::Equal(comparison) => (Condition::Equal, comparison),
        Filter::AtLeast(comparison) => (Condition::AtLeast, comparison),
        Filter::Below(comparison) => (Condition::Below, comparison),
        Filter::Other(kind) => return Err(unknown("a condition", &kind)),
    };
    let value = match value {
        Scalar::Boolean(value) => Known::Boolean(value),
        Scalar::Integer(value) => Known::Integer(value),
        Scalar::Text(value) => Known::Text(value),
        Scalar::Other(kind) => return Err(unknown("a value", &kind)),
    };
    Ok(make(path, value))
}

fn unknown(what: &str, kind: &str) -> Error {
    Error::Invalid(format!("{what} of the question is of the kind {kind}, which this host does not know"))
}

fn document(stored: Stored) -> Document {
    Document { id: stored.id, version: stored.version, body: stored.body }
}

/// What went wrong, for the guest. Why a store is away is the operator's business and stays in the log.
fn error(error: DocumentError) -> Error {
    match error {
        DocumentError::Conflict { .. } => Error::Conflict,
        DocumentError::Stale { expected, found, .. } => Error::Stale(StaleFailure { expected, found }),
        DocumentError::Immutable { .. } => Error::Immutable,
        DocumentError::UnknownCollection { .. } => Error::UnknownCollection,
        DocumentError::NotIndexed(text) => Error::NotIndexed(text),
        DocumentError::Schema(faults) => {
            let fault = |fault: kontor_contract::Fault| Fault {
                code: fault.code,
                pointer: fault.pointer,
                detail: fault.detail,
            };
            Error::Schema(faults.into_iter().map(fault).collect())
        }
        DocumentError::Invalid(text) => Error::Invalid(text),
        DocumentError::TooLarge(text) => Error::TooLarge(text),
        DocumentError::Busy(_) => Error::Busy,
        DocumentError::Unavailable(_) => Error::Unavailable,
        DocumentError::Other(text) => Error::Other(text),
    }
}
