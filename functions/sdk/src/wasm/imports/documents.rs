//! Documents, of the host.

use crate::{
    Fault,
    documents::{Error, Filter, Found, Inserted, Question, Scalar, Stored},
    wasm::bindings::kontor::function::documents as host,
};

pub(crate) fn insert(collection: &str, id: &str, body: &str) -> Result<Inserted, Error> {
    let inserted = host::insert(collection, id, body).map_err(to_error)?;
    Ok(Inserted { version: inserted.version, is_new: inserted.is_new })
}

pub(crate) fn get(collection: &str, id: &str) -> Result<Option<Stored>, Error> {
    host::get(collection, id).map(|found| found.map(to_stored)).map_err(to_error)
}

pub(crate) fn find(collection: &str, question: Question) -> Result<Found, Error> {
    let filters: Vec<_> = question.filters.iter().map(to_filter).collect();
    let asked = host::Question {
        filters: &filters,
        order: host::Order { path: question.order.as_deref(), descending: question.descending },
        limit: question.limit,
        after: question.after.as_deref(),
    };
    let found = host::find(collection, asked).map_err(to_error)?;
    Ok(Found { documents: found.documents.into_iter().map(to_stored).collect(), next: found.next })
}

pub(crate) fn replace(collection: &str, id: &str, version: u64, body: &str) -> Result<u64, Error> {
    host::replace(collection, id, version, body).map_err(to_error)
}

pub(crate) fn delete(collection: &str, id: &str, version: u64) -> Result<(), Error> {
    host::delete(collection, id, version).map_err(to_error)
}

fn to_stored(document: host::Document) -> Stored {
    Stored { id: document.id, version: document.version, body: document.body }
}

fn to_filter(filter: &Filter) -> host::Filter<'_> {
    match filter {
        Filter::Equal(path, value) => host::Filter::Equal(to_comparison(path, value)),
        Filter::AtLeast(path, value) => host::Filter::AtLeast(to_comparison(path, value)),
        Filter::Below(path, value) => host::Filter::Below(to_comparison(path, value)),
    }
}

fn to_comparison<'a>(path: &'a str, value: &'a Scalar) -> host::Comparison<'a> {
    let value = match value {
        Scalar::Boolean(value) => host::Scalar::Boolean(*value),
        Scalar::Integer(value) => host::Scalar::Integer(*value),
        Scalar::Text(value) => host::Scalar::Text(value),
    };
    host::Comparison { path, value }
}

fn to_error(error: host::Error) -> Error {
    match error {
        host::Error::Conflict => Error::Conflict,
        host::Error::Stale(failure) => Error::Stale { expected: failure.expected, found: failure.found },
        host::Error::Immutable => Error::Immutable,
        host::Error::UnknownCollection => Error::UnknownCollection,
        host::Error::NotIndexed(why) => Error::NotIndexed(why),
        host::Error::Schema(faults) => {
            let fault = |fault: host::Fault| Fault {
                code: fault.code,
                pointer: fault.pointer,
                detail: fault.detail,
                hint: None,
            };
            Error::Schema(faults.into_iter().map(fault).collect())
        }
        host::Error::Invalid(why) => Error::Invalid(why),
        host::Error::TooLarge(what) => Error::TooLarge(what),
        host::Error::Busy => Error::Busy,
        host::Error::Unavailable => Error::Unavailable,
        host::Error::Other(why) => Error::Other(why),
    }
}
