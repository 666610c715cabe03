//! Documents, on the real port.

use kontor_data::{
    DocumentError,
    documents::{Document, Filter as PortFilter, Find, Order, Scalar as PortScalar},
};
use kontor_sdk::{
    documents::{Error, Filter, Found, Inserted, Question, Scalar, Stored},
    seam::documents::Documents,
};

use crate::host::TestHost;

impl Documents for TestHost {
    fn insert(&self, collection: &str, id: &str, body: &str) -> Result<Inserted, Error> {
        let inserted = self.ask_documents(async |port| port.insert(collection, id, body).await).map_err(error)?;
        Ok(Inserted { version: inserted.version, is_new: inserted.is_new })
    }

    fn get(&self, collection: &str, id: &str) -> Result<Option<Stored>, Error> {
        let found = self.ask_documents(async |port| port.get(collection, id).await).map_err(error)?;
        Ok(found.map(stored))
    }

    fn find(&self, collection: &str, question: Question) -> Result<Found, Error> {
        let find = Find {
            filters: question.filters.into_iter().map(filter).collect(),
            order: Order { path: question.order, descending: question.descending },
            limit: question.limit as usize,
            after: question.after,
        };
        let found = self.ask_documents(async |port| port.find(collection, find).await).map_err(error)?;
        Ok(Found { documents: found.documents.into_iter().map(stored).collect(), next: found.next })
    }

    fn replace(&self, collection: &str, id: &str, version: u64, body: &str) -> Result<u64, Error> {
        self.ask_documents(async |port| port.replace(collection, id, version, body).await).map_err(error)
    }

    fn delete(&self, collection: &str, id: &str, version: u64) -> Result<(), Error> {
        self.ask_documents(async |port| port.delete(collection, id, version).await).map_err(error)
    }
}

fn stored(document: Document) -> Stored {
    Stored { id: document.id, version: document.version, body: document.body }
}

fn filter(filter: Filter) -> PortFilter {
    match filter {
        Filter::Equal(path, value) => PortFilter::Equal(path, scalar(value)),
        Filter::AtLeast(path, value) => PortFilter::AtLeast(path, scalar(value)),
        Filter::Below(path, value) => PortFilter::Below(path, scalar(value)),
    }
}

fn scalar(value: Scalar) -> PortScalar {
    match value {
        Scalar::Boolean(value) => PortScalar::Boolean(value),
        Scalar::Integer(value) => PortScalar::Integer(value),
        Scalar::Text(value) => PortScalar::Text(value),
    }
}

fn error(error: DocumentError) -> Error {
    match error {
        DocumentError::Conflict { .. } => Error::Conflict,
        DocumentError::Stale { expected, found, .. } => Error::Stale { expected, found },
        DocumentError::Immutable { .. } => Error::Immutable,
        DocumentError::UnknownCollection { .. } => Error::UnknownCollection,
        DocumentError::NotIndexed(why) => Error::NotIndexed(why),
        DocumentError::Schema(faults) => Error::Schema(faults),
        DocumentError::Invalid(why) => Error::Invalid(why),
        DocumentError::TooLarge(why) => Error::TooLarge(why),
        DocumentError::Busy(_) => Error::Busy,
        DocumentError::Unavailable(_) => Error::Unavailable,
        DocumentError::Other(why) => Error::Other(why),
    }
}
