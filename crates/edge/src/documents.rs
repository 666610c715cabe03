//! A function's OpenAPI document as clients get it.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{body::Body, conditional};

/// The document, rendered once, with the address at which the function is reached.
pub(crate) struct Document {
    bytes: Bytes,
    etag: HeaderValue,
}

impl Document {
    pub(crate) fn new(document: &Value, server: &str) -> Self {
        let mut document = document.clone();
        if let Some(fields) = document.as_object_mut() {
            fields.insert("servers".to_owned(), json!([{ "url": server }]));
        }
        Self::of(&document)
    }

    fn of(document: &Value) -> Self {
        let bytes = Bytes::from(document.to_string());
        let hash = Sha256::digest(&bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
        let etag = HeaderValue::try_from(format!("\"{hash}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"-\""));
        Self { bytes, etag }
    }

    /// Which functions there are, with where their documents and pages are.
    pub(crate) fn index<'a>(functions: impl Iterator<Item = (&'a str, &'a Value, String)>) -> Self {
        let entry = |(name, document, at): (&str, &Value, String)| {
            let info = |key: &str| document.get("info").and_then(|info| info.get(key)).cloned().unwrap_or_default();
            json!({
                "name": name, "title": info("title"), "version": info("version"), "description": info("description"),
                "docs": format!("{at}/docs"), "document": format!("/openapi/{name}.json"),
            })
        };
        Self::of(&json!({ "functions": functions.map(entry).collect::<Vec<_>>() }))
    }

    /// The answer to a `GET` or `HEAD` with these headers.
    pub(crate) fn answer(&self, headers: &HeaderMap) -> Response<Body> {
        let fresh = conditional::has_it(headers, &self.etag);
        let mut answer = Response::new(if fresh { Body::empty() } else { Body::from(self.bytes.clone()) });
        if fresh {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        answer.headers_mut().insert(ETAG, self.etag.clone());
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_says_where_the_function_is() {
        let document = Document::new(&json!({ "openapi": "3.1.0" }), "http://sales.localhost:8000");
        let shown: Value = serde_json::from_slice(&document.bytes).unwrap();
        assert_eq!(shown, json!({ "openapi": "3.1.0", "servers": [{ "url": "http://sales.localhost:8000" }] }));
        let mut headers = HeaderMap::new();
        headers.insert(http::header::IF_NONE_MATCH, document.etag.clone());
        assert_eq!(document.answer(&headers).status(), 304);
        assert_eq!(document.answer(&HeaderMap::new()).status(), 200);
    }
}
