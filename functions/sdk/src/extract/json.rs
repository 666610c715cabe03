//! A JSON body.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::Extract;
use crate::{
    Problem,
    document::{OperationDocument, ResponseDocument},
    faults, problem,
    request::Call,
};

/// A JSON body, read and checked in one pass; or, as a result, a JSON answer.
///
/// Only if that pass fails, a second one finds every fault there is. Have the type refuse unknown fields
/// (`#[serde(deny_unknown_fields)]`); its schema then says so too.
pub struct Json<T>(pub T);

fn declared_as_json(call: &Call<'_>) -> Result<(), Problem> {
    let media_type = call.request.header("content-type");
    if media_type.is_some_and(is_json) { Ok(()) } else { Err(problem::unsupported_media_type(media_type)) }
}

/// A body that is documented as the JSON of a `T`, unread: for handlers whose own rules read it and tell of all its faults
/// together with what else is wrong.
pub struct JsonText<T> {
    /// The body.
    pub text: Vec<u8>,
    of: PhantomData<T>,
}

impl<T: ToSchema> Extract for JsonText<T> {
    fn extract(call: &mut Call<'_>) -> Result<Self, Problem> {
        declared_as_json(call)?;
        Ok(Self { text: std::mem::take(&mut call.request.body), of: PhantomData })
    }

    fn document(operation: &mut OperationDocument) {
        document::<T>(operation);
    }
}

impl<T: DeserializeOwned + ToSchema> Extract for Json<T> {
    fn extract(call: &mut Call<'_>) -> Result<Self, Problem> {
        declared_as_json(call)?;
        match serde_json::from_slice(&call.request.body) {
            Ok(value) => Ok(Self(value)),
            Err(error) => Err(explain::<T>(&call.request.body, &error)),
        }
    }

    fn document(operation: &mut OperationDocument) {
        document::<T>(operation);
    }
}

fn document<T: ToSchema>(operation: &mut OperationDocument) {
    operation.json_body::<T>();
    for (status, text) in [
        (400, "The body is no JSON, or the request no HTTP."),
        (413, "The body is too large."),
        (415, "The body is not declared as JSON."),
        (422, "The request is understood but cannot be done; `errors` lists every fault."),
    ] {
        operation.response(status, ResponseDocument::problem(text));
    }
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split_once(';').map_or(media_type, |(essence, _)| essence).trim();
    essence.eq_ignore_ascii_case("application/json")
}

#[cold]
fn explain<T: ToSchema>(body: &[u8], error: &serde_json::Error) -> Problem {
    match serde_json::from_slice(body) {
        Ok(value) => problem::invalid_body(faults::in_body::<T>(&value, error)),
        Err(error) => problem::not_json(&error),
    }
}
