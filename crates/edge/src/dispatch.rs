//! From a request to its answer.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Instant,
};

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use hyper::body::{Body as HttpBody, Incoming};
use kontor_host::{Call, CallError};
use kontor_telemetry::{Endpoint, Trace};

use crate::{
    body::Body,
    codings,
    edge::Edge,
    forwarded,
    functions::Functions,
    listener::{Answering, Connection},
    marks::{Marks, REQUEST_ID, TRACEPARENT},
    problem::{self, Refusal},
    receive::{self, ReceiveError},
    routes::Route,
    security::{Policy, secure},
    target::{Matched, Target},
    translate,
};

impl<F: Functions> Answering for Edge<F> {
    type Body = Body;

    async fn answer(&self, request: Request<Incoming>, connection: &Arc<Connection>) -> Response<Body> {
        let began = Instant::now();
        let (head, body) = request.into_parts();
        let marks = Marks::of(&head.headers);
        let https = forwarded::used_https(&head.headers, connection.peer(), &self.settings.trusted_proxies);
        let (mut answer, policy) = match self.target(&head) {
            Target::Operation(matched) => {
                (self.operation(matched, head, body, &marks, connection).await, Policy::Function)
            }
            Target::Page(answer, policy) => {
                count(&self.settings.figures.pages, &answer, began);
                (answer, policy)
            }
            Target::Refused(refusal) => {
                drop_body(&head, body);
                tracing::debug!(request = marks.id(), code = refusal.problem.code, "refused");
                let answer = refusal.respond(marks.id());
                count(&self.settings.figures.unmatched, &answer, began);
                (answer, Policy::Function)
            }
        };
        secure(answer.headers_mut(), policy, https);
        answer.headers_mut().insert(REQUEST_ID, marks.request_id);
        answer.headers_mut().insert(TRACEPARENT, marks.traceparent);
        answer
    }
}

impl<F: Functions> Edge<F> {
    /// Answers a request that an operation matched, and counts and traces it.
    async fn operation(
        &self,
        matched: Matched<F::Version>,
        head: Parts,
        body: Incoming,
        marks: &Marks,
        connection: &Arc<Connection>,
    ) -> Response<Body> {
        let trace = Trace::begin(marks.trace_id);
        let route = matched.route.clone();
        let mut received_bytes = 0;
        let outcome = self.perform(matched, head, body, marks, connection, &trace, &mut received_bytes).await;
        let answer = outcome.unwrap_or_else(|refusal| refusal.respond(marks.id()));
        let (status, took) = (answer.status().as_u16(), trace.began.elapsed());
        trace.span("edge", 0, trace.began, took);
        route.endpoint.record(status, took, received_bytes, sent_bytes(&answer));
        let (function, name) = (&route.function, &route.name);
        tracing::debug!(request = marks.id(), %function, %name, status, took_us = took.as_micros() as u64, "answered");
        self.settings.traces.finish(trace, function, name, status);
        answer
    }

    /// Who asks, whether it may, what it sends; then the function.
    #[expect(clippy::too_many_arguments, reason = "the parts of one request, taken apart just before")]
    async fn perform(
        &self,
        matched: Matched<F::Version>,
        head: Parts,
        body: Incoming,
        marks: &Marks,
        connection: &Arc<Connection>,
        trace: &Arc<Trace>,
        received_bytes: &mut u64,
    ) -> Result<Response<Body>, Refusal> {
        let Matched { route, parameters } = matched;
        let admitted = self.identities.caller(&head.headers, connection.peer().ip()).and_then(|caller| {
            route.access.check(&caller)?;
            route.query.check(head.uri.query())?;
            codings::check(&head.headers)?;
            Ok((caller, translate::request_headers(&head.headers)?))
        });
        let (caller, headers) = match admitted {
            Ok(admitted) => admitted,
            Err(refusal) => {
                drop_body(&head, body);
                return Err(refusal);
            }
        };
        let (mut whole, mut stream, mut too_large) = (Bytes::new(), None, None);
        if route.streams && !body.is_end_stream() {
            let streamed = receive::streamed(&head.headers, body, route.body_max_bytes, connection)?;
            (stream, too_large) = (Some(streamed.body), Some(streamed.too_large));
        } else {
            whole = receive::whole(&head.headers, body, route.body_max_bytes, connection).await?;
            *received_bytes = whole.len() as u64;
        }
        let call = Call {
            operation: route.operation.clone(),
            method: route.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            path_parameters: parameters,
            headers,
            body: whole,
            stream,
            caller,
            trace: trace.clone(),
            depth: 0,
            deadline: None,
        };
        let answer = self.settings.host.handle(&route.version, call).await;
        if too_large.is_some_and(|too_large| too_large.load(Relaxed)) {
            return Err(ReceiveError::TooLarge(route.body_max_bytes).into());
        }
        answer
            .and_then(|answer| translate::answer(answer, connection, &marks.request_id))
            .map_err(|error| failed(&error, &route, marks))
    }
}

/// What the log says and what the client is told are two things.
fn failed<V>(error: &CallError, route: &Route<V>, marks: &Marks) -> Refusal {
    let (request, trace, function, name) = (marks.id(), marks.trace_id, &route.function, &route.name);
    match error {
        CallError::Trap(_) | CallError::BadResponse(_) => tracing::error!(request, %trace, %function, %name, "{error}"),
        CallError::Deadline(_) | CallError::Cpu(_) | CallError::NoInstance(_) => {
            tracing::warn!(request, %trace, %function, %name, "{error}");
        }
        // Under overload a line each would make it worse; the figures tell.
        CallError::Overloaded | CallError::Stopping | CallError::UsedUp(_) => {
            tracing::debug!(request, %trace, %function, %name, "{error}");
        }
    }
    problem::of_call(error, request)
}

/// Lets go of a body that nobody reads. The HTTP machinery skips a small one by itself and closes the connection on a
/// large one; then the client must have a chance to read the answer before.
fn drop_body(head: &Parts, body: Incoming) {
    const SMALL_BYTES: u64 = 16 << 10;
    if body.size_hint().upper().is_none_or(|bytes| bytes > SMALL_BYTES) {
        receive::discard(&head.headers, body);
    }
}

fn sent_bytes(answer: &Response<Body>) -> u64 {
    answer.body().size_hint().exact().unwrap_or(0)
}

fn count(endpoint: &Endpoint, answer: &Response<Body>, began: Instant) {
    endpoint.record(answer.status().as_u16(), began.elapsed(), 0, sent_bytes(answer));
}
