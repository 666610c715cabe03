//! Problems that the edge itself makes, and how a problem becomes an answer.

use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use kontor_contract::Problem;
use kontor_host::{CallError, UsedUp};

use crate::body::Body;

/// A problem as an answer. A status outside of 200 to 599 becomes 500.
#[must_use]
pub fn respond(problem: &Problem) -> Response<Body> {
    let bytes = serde_json::to_vec(problem).unwrap_or_default();
    let mut answer = Response::new(Body::from(bytes));
    *answer.status_mut() = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(Problem::MEDIA_TYPE));
    answer
}

/// A problem of the edge, with the headers that belong to it.
#[derive(Debug)]
pub struct Refusal {
    /// What the client is told.
    pub problem: Box<Problem>,
    /// For example `Allow`.
    pub header: Option<(HeaderName, HeaderValue)>,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), header: None }
    }
}

impl Refusal {
    /// With one more header.
    #[must_use]
    pub fn with(problem: Problem, name: HeaderName, value: HeaderValue) -> Self {
        Self { problem: Box::new(problem), header: Some((name, value)) }
    }

    /// Says to come back in a second.
    #[must_use]
    pub fn retry(problem: Problem) -> Self {
        Self::with(problem, RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// As an answer that names the request.
    #[must_use]
    pub fn respond(mut self, request_id: &str) -> Response<Body> {
        self.problem.request_id = Some(request_id.to_owned());
        let mut answer = respond(&self.problem);
        if let Some((name, value)) = self.header {
            answer.headers_mut().insert(name, value);
        }
        answer
    }
}

/// What a client is told when a call gave no answer. What the log says is another matter: nothing that a guest wrote
/// gets out here.
#[must_use]
pub fn of_call(error: &CallError, request_id: &str) -> Refusal {
    match error {
        CallError::Overloaded | CallError::NoInstance(_) => Refusal::retry(
            Problem::new(503, "overloaded", "Too many requests at once")
                .hint("Nothing was done. Try again in a moment."),
        ),
        CallError::UsedUp(used_up) => budget_used_up(used_up),
        CallError::Stopping => Refusal::retry(
            Problem::new(503, "stopping", "The server is stopping").hint("Nothing was done. Try again in a moment."),
        ),
        CallError::Deadline(_) | CallError::Cpu(_) => Problem::new(504, "deadline", "The function took too long")
            .detail("It was ended before it answered. What it had already stored stays stored.")
            .hint("Repeat the request with the same Idempotency-Key, where the operation takes one.")
            .into(),
        CallError::Trap(_) | CallError::BadResponse(_) => Problem::new(500, "function-failed", "The function failed")
            .detail(format!("The log says more under the request id {request_id}."))
            .hint("Tell the operator the request id.")
            .into(),
    }
}

/// 429, and when it is worth while to try again.
fn budget_used_up(used_up: &UsedUp) -> Refusal {
    let seconds = used_up.resets_in.as_secs() + u64::from(used_up.resets_in.subsec_nanos() > 0);
    let moment = jiff::Timestamp::try_from(used_up.resets).map(|moment| format!("{moment:.0}")).unwrap_or_default();
    let problem = Problem::new(429, "budget-used-up", "The budget for this is used up")
        .detail(format!("{} The next one begins at {moment}.", used_up.what))
        .hint("Nothing was done. Try again after that, or ask the operator for a larger budget.");
    Refusal::with(problem, RETRY_AFTER, HeaderValue::from(seconds.max(1)))
}

/// The whole answer to a connection that has no room, ready to be written: it never reaches the HTTP machinery.
pub(crate) fn no_room() -> String {
    let problem = Problem::new(503, "overloaded", "Too many connections at once").hint("Try again in a moment.");
    let body = serde_json::to_string(&problem).unwrap_or_default();
    format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: {}\r\ncontent-length: {}\r\nretry-after: 1\r\n\
         x-content-type-options: nosniff\r\nconnection: close\r\n\r\n{body}",
        Problem::MEDIA_TYPE,
        body.len()
    )
}
