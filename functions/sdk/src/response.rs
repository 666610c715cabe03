//! What handlers return.

use std::marker::PhantomData;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Json,
    document::{OperationDocument, ResponseDocument},
    json::text,
    log,
};

/// One whole HTTP response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// 200 to 599.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A response without headers and body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header; the name is given in lower case.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the body and its media type.
    #[must_use]
    pub fn body(self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut response = self.header("content-type", media_type);
        response.body = body.into();
        response
    }
}

/// What a handler may return: it becomes a response, and says beforehand which ones are possible.
pub trait IntoResponse {
    /// Makes the response.
    fn into_response(self) -> Response;

    /// Adds every response that is possible to the operation's document. Only called by `describe`.
    fn document(operation: &mut OperationDocument);
}

impl<T: IntoResponse, E: IntoResponse> IntoResponse for Result<T, E> {
    fn into_response(self) -> Response {
        match self {
            Ok(value) => value.into_response(),
            Err(error) => error.into_response(),
        }
    }

    fn document(operation: &mut OperationDocument) {
        T::document(operation);
        E::document(operation);
    }
}

/// Bodies that know their own JSON.
pub trait JsonBody {
    /// What the document calls it.
    type Schema: ToSchema;

    /// The body.
    fn into_json(self) -> Vec<u8>;
}

impl<T: Serialize + ToSchema> JsonBody for Json<T> {
    type Schema = T;

    fn into_json(self) -> Vec<u8> {
        let mut body = Vec::with_capacity(512);
        if let Err(error) = serde_json::to_writer(&mut body, &self.0) {
            log::error(&format!("an answer could not be written as JSON: {error}"));
        }
        body
    }
}

/// The JSON of a `T` that was written before, for example by an earlier batch with the same idempotency key. Its bytes
/// go out as they are.
pub struct Written<T> {
    json: String,
    what: PhantomData<T>,
}

impl<T: Serialize + ToSchema> Written<T> {
    /// Writes the value now.
    ///
    /// # Errors
    /// If the value cannot be JSON, for example a map with keys that are no text.
    pub fn new(value: &T) -> Result<Self, serde_json::Error> {
        text(value).map(Self::from_json)
    }
}

impl<T> Written<T> {
    /// Takes text that is the JSON of a `T`.
    #[must_use]
    pub fn from_json(json: String) -> Self {
        Self { json, what: PhantomData }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.json
    }
}

impl<T: ToSchema> JsonBody for Written<T> {
    type Schema = T;

    fn into_json(self) -> Vec<u8> {
        self.json.into_bytes()
    }
}

fn json(status: u16, body: Vec<u8>) -> Response {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Response { status, headers, body }
}

impl<T: Serialize + ToSchema> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        json(200, self.into_json())
    }

    fn document(operation: &mut OperationDocument) {
        operation.response(200, ResponseDocument::json::<T>("Done."));
    }
}

/// 201: something was made.
pub struct Created<B>(pub B);

impl<B: JsonBody> IntoResponse for Created<B> {
    fn into_response(self) -> Response {
        json(201, self.0.into_json())
    }

    fn document(operation: &mut OperationDocument) {
        operation.response(201, ResponseDocument::json::<B::Schema>("Made."));
    }
}

/// A response with `retry-after: SECONDS`.
pub struct RetryAfter<R>(pub u32, pub R);

impl<R: IntoResponse> IntoResponse for RetryAfter<R> {
    fn into_response(self) -> Response {
        self.1.into_response().header("retry-after", self.0.to_string())
    }

    fn document(operation: &mut OperationDocument) {
        R::document(operation);
    }
}
