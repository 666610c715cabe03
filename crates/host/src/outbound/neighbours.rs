//! Calls between functions. They stay in the program, and take the way that a request from outside takes: the same
//! routes, the same scopes, the same limits.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock, Weak},
    time::Instant,
};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{HeaderName, HeaderValue, StatusCode, header};
use kontor_contract::Problem;
use kontor_telemetry::Trace;
use tokio::{task::JoinHandle, time::Instant as Deadline};

use super::{Errand, Failure, circuit::Circuits, headers};
use crate::{Answer, Caller, Identity};

/// Functions that may call one another in a row. Past it, it is a loop.
pub(crate) const DEPTH_MAX: u8 = 8;

/// A call of one function by another.
pub struct InternalCall {
    /// Who is called.
    pub function: String,
    /// Upper case.
    pub method: String,
    /// As sent, without query; still percent-encoded.
    pub path: String,
    /// What followed `?`.
    pub query: Option<String>,
    /// Names in lower case. They are the guest's, and not to be trusted more than those of any client.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Bytes,
    /// The calling function, as the host knows it.
    pub caller: Caller,
    /// The trace goes on.
    pub trace: Arc<Trace>,
    /// How many functions are waiting for this one, one for the other.
    pub depth: u8,
    /// What is left of the caller's time.
    pub deadline: Deadline,
}

/// Knows the way from a host name and a path to a function.
pub trait Router: Send + Sync {
    /// Answers a call as it would answer a request; what is refused is an answer too.
    fn route(self: Arc<Self>, call: InternalCall) -> Pin<Box<dyn Future<Output = Answer> + Send>>;
}

/// What all functions need to call one another.
#[derive(Default)]
pub(crate) struct Neighbours {
    router: OnceLock<Weak<dyn Router>>,
    circuits: Circuits,
}

/// Ends a task with what waits for it.
struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Neighbours {
    /// From now on calls find their way. The first router stays.
    pub(crate) fn connect(&self, router: Weak<dyn Router>) {
        let _ = self.router.set(router);
    }

    /// Calls `callee` for `caller`.
    pub(super) async fn call(
        &self,
        caller: &Arc<Identity>,
        from: &Arc<str>,
        callee: &str,
        request: http::Request<Bytes>,
        (errand, deadline, answer_max_bytes): (&Errand, Deadline, usize),
    ) -> Result<http::Response<Bytes>, Failure> {
        let depth = errand.depth.saturating_add(1);
        if depth > DEPTH_MAX {
            return Ok(refusal(
                Problem::new(508, "loop-detected", "Functions call one another in a circle").detail(format!(
                    "{from} would be the caller of call number {depth} in a row; {DEPTH_MAX} are allowed."
                )),
                None,
            ));
        }
        let Some(router) = self.router.get().and_then(Weak::upgrade) else {
            return Err(Failure::Unreachable("calls between functions have no way here".to_owned()));
        };
        let circuit = self.circuits.between(from, callee);
        let passage = match circuit.pass(Instant::now()) {
            Ok(passage) => passage,
            Err(left) => {
                let problem = Problem::new(503, "circuit-open", "The function that was called keeps failing")
                    .detail(format!("{callee} failed {from} several times in a row, and is left alone for a moment."))
                    .hint("Nothing was done. Try again later.");
                return Ok(refusal(problem, Some(left.as_secs() + 1)));
            }
        };
        let call = internal(callee, request, caller, errand, (depth, deadline))?;
        // A task of its own: what the callee uses is the callee's, and its work is not done within its caller's polls.
        let mut task = Task(tokio::spawn(async move { gathered(router.route(call).await, answer_max_bytes).await }));
        let answer = match tokio::time::timeout_at(deadline, &mut task.0).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_panic)) => Err(Failure::Unreachable(format!("{callee} broke off"))),
            Err(_elapsed) => Err(Failure::Timeout),
        };
        let well = answer.as_ref().is_ok_and(|answer| !answer.status().is_server_error());
        passage.ended(well, Instant::now());
        answer
    }
}

fn internal(
    callee: &str,
    request: http::Request<Bytes>,
    caller: &Arc<Identity>,
    errand: &Errand,
    (depth, deadline): (u8, Deadline),
) -> Result<InternalCall, Failure> {
    let (head, body) = request.into_parts();
    Ok(InternalCall {
        function: callee.to_owned(),
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: headers::texts(&head.headers),
        body,
        caller: Caller::Service(caller.clone()),
        trace: errand.trace.clone().ok_or_else(|| Failure::Denied("there is no call under way".to_owned()))?,
        depth,
        deadline,
    })
}

/// An answer whole, as a function gets it.
async fn gathered(answer: Answer, max_bytes: usize) -> Result<http::Response<Bytes>, Failure> {
    let too_large = || Failure::TooLarge(format!("the answer has more than {max_bytes} bytes"));
    let (status, named, body) = match answer {
        Answer::Whole(whole) if whole.body.len() > max_bytes => return Err(too_large()),
        Answer::Whole(whole) => (whole.status, whole.headers, whole.body),
        Answer::Streaming(mut streaming) => {
            let mut body = BytesMut::new();
            while let Some(chunk) = streaming.body.next().await {
                let chunk = chunk.map_err(|_| Failure::Unreachable("the answer broke off".to_owned()))?;
                if body.len() + chunk.len() > max_bytes {
                    return Err(too_large());
                }
                body.extend_from_slice(&chunk);
            }
            (streaming.status, streaming.headers, body.freeze())
        }
    };
    let mut response = http::Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in named {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

fn refusal(problem: Problem, retry_s: Option<u64>) -> http::Response<Bytes> {
    let mut response = http::Response::new(serde_json::to_vec(&problem).unwrap_or_default().into());
    *response.status_mut() = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(Problem::MEDIA_TYPE));
    if let Some(seconds) = retry_s {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
