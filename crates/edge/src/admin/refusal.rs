//! Problems of the admin listener.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use kontor_contract::Problem;

use crate::problem;

/// A problem as an answer, with the header that belongs to it.
#[derive(Debug)]
pub struct Refused {
    problem: Box<Problem>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), header: None }
    }
}

impl Refused {
    pub fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, HeaderValue::from_static(value)));
        self
    }

    pub fn not_found() -> Self {
        Problem::new(404, "unknown-path", "There is nothing here")
            .hint("The dashboard is at /, and /healthz, /readyz, /metrics and /api/overview are beside it.")
            .into()
    }

    /// The store cannot do it now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        let problem = Problem::new(503, "unavailable", "The database does not do it now").detail(detail);
        Self::from(problem.hint("Try again in a moment; /readyz says what is wrong.")).with(header::RETRY_AFTER, "1")
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut answer = problem::respond(&self.problem).map(axum::body::Body::new);
        if let Some((name, value)) = self.header {
            answer.headers_mut().insert(name, value);
        }
        answer
    }
}

pub async fn method_not_allowed() -> Refused {
    Problem::new(405, "method-not-allowed", "This path does not take this method")
        .hint("The header Allow names those it takes.")
        .into()
}

/// Reads a JSON body; unknown fields and wrong types are named.
pub fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| {
        let (status, code, title) = if error.is_data() {
            (422, "invalid-body", "The body is not what this operation takes")
        } else {
            (400, "not-json", "The body is no JSON")
        };
        Problem::new(status, code, title).detail(error.to_string()).into()
    })
}
