//! Problems that the SDK itself answers with, and how a problem becomes a response.

use crate::{
    Fault, Problem, Response,
    config::Misconfigured,
    document::{OperationDocument, ResponseDocument},
    log,
    response::IntoResponse,
    sql,
};

/// 400: the body is no JSON.
#[must_use]
pub fn not_json(error: &serde_json::Error) -> Problem {
    let place = format!("line {}, column {}", error.line(), error.column());
    Problem::new(400, "not-json", "The body is no JSON")
        .detail(format!("The body stops being JSON at {place}."))
        .hint("Send one JSON document as the body, with the header content-type: application/json.")
}

/// 415: the body is not declared as JSON.
#[must_use]
pub fn unsupported_media_type(found: Option<&str>) -> Problem {
    let found = found
        .map_or_else(|| "There is no content-type.".to_owned(), |found| format!("The content-type is {found:.60}."));
    Problem::new(415, "unsupported-media-type", "The body has to be JSON")
        .detail(found)
        .hint("Send the header content-type: application/json.")
}

/// 422: the body is JSON, but not what the operation takes.
#[must_use]
pub fn invalid_body(faults: Vec<Fault>) -> Problem {
    let detail = format!("{} in the body; see errors.", count(faults.len()));
    Problem::new(422, "invalid-body", "The body is not what this operation takes").detail(detail).faults(faults)
}

/// 422: a parameter in path, query or headers is not what the operation takes.
#[must_use]
pub fn invalid_parameters(faults: Vec<Fault>) -> Problem {
    let detail = format!("{} in the parameters; see errors.", count(faults.len()));
    Problem::new(422, "invalid-parameters", "The parameters are not what this operation takes")
        .detail(detail)
        .faults(faults)
}

/// 503: something the function needs is away for a moment.
#[must_use]
pub fn unavailable() -> Problem {
    Problem::new(503, "unavailable", "Not available for a moment")
        .hint("Try again after the seconds that retry-after says.")
}

fn count(faults: usize) -> String {
    if faults == 1 { "There is one fault".to_owned() } else { format!("There are {faults} faults") }
}

impl From<sql::Error> for Problem {
    fn from(error: sql::Error) -> Self {
        match error {
            sql::Error::Busy | sql::Error::Unavailable => unavailable(),
            sql::Error::KeyReused => Self::new(409, "key-reused", "The idempotency key was used before")
                .detail("This idempotency-key came with another request before.")
                .hint("Use a new key for each new request, and the same key only to repeat the same one.")
                .pointer("#/headers/idempotency-key"),
            other => {
                log::error(&format!("the database refused a statement: {other}"));
                Self::new(500, "function-failed", "The function failed")
                    .hint("The log says why, under the request's id.")
            }
        }
    }
}

impl From<Misconfigured> for Problem {
    fn from(error: Misconfigured) -> Self {
        log::error(&error.to_string());
        Self::new(503, "misconfigured", "The function's configuration is wrong")
            .detail(format!("The configuration key {} cannot be used.", error.key))
            .hint("The operator finds what is wrong with it in the log.")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.status).header("content-type", Self::MEDIA_TYPE);
        if self.status == 503 {
            response = response.header("retry-after", "1");
        }
        serde_json::to_writer(&mut response.body, &self).map_or_else(|_| Response::new(500), |()| response)
    }

    fn document(operation: &mut OperationDocument) {
        for (status, text) in [
            (500, "The function failed; the detail names the request's id."),
            (503, "Not available for a moment, or overloaded."),
            (504, "The function did not answer in time."),
        ] {
            operation.response(status, ResponseDocument::problem(text));
        }
        operation.otherwise(ResponseDocument::problem("Any other problem."));
    }
}
