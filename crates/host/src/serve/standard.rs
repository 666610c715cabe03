//! One call of a component of the standard world `wasi:http/proxy`.
//!
//! Its answer goes through the same exchange as a long answer of Kontor's own contract: the head when the component sets
//! it, the body as it is written, at its reader's pace.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Uri, header::HOST, uri::PathAndQuery};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame};
use tokio::time::Instant as Deadline;
use wasmtime_wasi_http::{
    Error, WasiBody, WasiHttpView,
    p2::bindings::http::types::{ErrorCode, Scheme},
};

use super::head;
use crate::{
    BodyFault, Call, CallError, Caller, RequestBody,
    runtime::{
        Exports, Instance,
        exchange::Exchange,
        instance::call_error,
        state::{Current, Outside, TraceText},
    },
};

/// Who asks, for components that know no callers. The edge lets nobody else set it.
const CALLER: HeaderName = HeaderName::from_static("x-kontor-caller");
const SCOPES: HeaderName = HeaderName::from_static("x-kontor-scopes");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A request's body under way, as the component reads it.
struct Arriving(RequestBody);

impl Body for Arriving {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let chunk = std::task::ready!(self.0.as_mut().poll_next(context));
        Poll::Ready(chunk.map(|chunk| match chunk {
            Ok(chunk) => Ok(Frame::data(chunk)),
            Err(BodyFault::TooLarge(max_bytes)) => Err(Error::HttpRequestBodySize(Some(max_bytes as u64))),
            Err(BodyFault::Broken) => Err(Error::ConnectionTerminated),
        }))
    }
}

impl Instance {
    /// Lets the component answer. Its answer is in the exchange; this goes on until the component is done.
    pub(super) async fn answer(&mut self, call: Call, deadline: Deadline) -> Result<(), CallError> {
        self.begin(Current {
            operation: call.operation.clone(),
            caller: call.caller.name().to_owned(),
            trace: Some(call.trace.clone()),
            trace_id: TraceText::new(call.trace.id),
            depth: call.depth,
            deadline: Some(deadline),
            http: false,
        });
        let state = self.store.data_mut();
        state.begin_standard();
        let outside = state.outside.clone();
        let request = request(call, &state.facts.function).map_err(CallError::BadResponse)?;
        let mut http = state.http();
        let given = http.new_incoming_request(Scheme::Http, request).map_err(|error| call_error(&error))?;
        let taken = http
            .new_response_outparam_from_callback(move |answer| take(&outside, answer))
            .map_err(|error| call_error(&error))?;
        let Exports::Standard(exports) = &self.exports else {
            return Err(CallError::BadResponse("the component is of another world".to_owned()));
        };
        let result = exports.wasi_http_incoming_handler().call_handle(&mut self.store, given, taken).await;
        self.end();
        result.map_err(|error| call_error(&error))
    }
}

/// The component's answer begins.
fn take(outside: &Arc<Outside>, answer: Result<http::Response<WasiBody>, ErrorCode>) {
    let exchange: &Exchange = &outside.exchange;
    let answer = match answer {
        Ok(answer) => answer,
        Err(code) => return exchange.fail(format!("the component answered with an error: {code:?}")),
    };
    let (parts, body) = answer.into_parts();
    let mut headers = Vec::with_capacity(parts.headers.len());
    for (name, value) in &parts.headers {
        let Ok(value) = std::str::from_utf8(value.as_bytes()) else {
            return exchange.fail(format!("the value of the header {name} is no UTF-8"));
        };
        headers.push((name.as_str().to_owned(), value.to_owned()));
    }
    match head::checked(parts.status.as_u16(), headers) {
        Ok(head) => exchange.begin_with(head, body),
        Err(why) => exchange.fail(why),
    }
}

/// The request as the standard has it.
fn request(call: Call, function: &str) -> Result<Request<WasiBody>, String> {
    let bad = |what: &str| format!("the request's {what} cannot be handed over");
    let body = match call.stream {
        Some(stream) => Arriving(stream).boxed_unsync(),
        None => Full::new(call.body).map_err(|never| match never {}).boxed_unsync(),
    };
    let mut request = Request::new(body);
    *request.method_mut() = call.method.parse().map_err(|_| bad("method"))?;
    let target = call.query.map_or_else(|| call.path.clone(), |query| format!("{}?{query}", call.path));
    *request.uri_mut() = Uri::from(target.parse::<PathAndQuery>().map_err(|_| bad("path"))?);
    let headers = request.headers_mut();
    for (name, value) in call.headers {
        let name = HeaderName::try_from(name).map_err(|_| bad("headers"))?;
        headers.append(name, HeaderValue::try_from(value).map_err(|_| bad("headers"))?);
    }
    if !headers.contains_key(HOST) {
        headers.insert(HOST, HeaderValue::try_from(format!("{function}.internal")).map_err(|_| bad("host"))?);
    }
    if let Caller::Service(identity) = &call.caller {
        headers.insert(CALLER, HeaderValue::try_from(&identity.name).map_err(|_| bad("caller"))?);
        headers.insert(SCOPES, HeaderValue::try_from(identity.scopes.join(" ")).map_err(|_| bad("caller"))?);
    }
    let traceparent = format!("00-{}-{:016x}-01", call.trace.id, getrandom::u64().unwrap_or_default() | 1);
    headers.insert(TRACEPARENT, HeaderValue::try_from(traceparent).map_err(|_| bad("trace"))?);
    Ok(request)
}
