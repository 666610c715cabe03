//! Requests that functions send: to other servers within what they were granted, and to one another.
//!
//! Each function has its own connections: one that was made to an address that only this function may reach is never
//! another's.

mod addresses;
mod body;
mod circuit;
mod connecting;
mod connector;
mod failure;
pub(crate) mod headers;
mod hosts;
mod neighbours;
mod network;
mod request;

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Method, Request, Response, Uri, header::HeaderName};
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use kontor_telemetry::Trace;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant as Deadline, timeout_at},
};

pub(crate) use body::{AnyBody, BodyError};
pub(crate) use failure::Failure;
pub(crate) use hosts::{Allowed, Host};
pub(crate) use neighbours::{DEPTH_MAX, Neighbours};
pub use neighbours::{InternalCall, Router};
pub(crate) use network::Network;
pub use network::OutboundFigures;
pub(crate) use request::request;

use self::{body::limited, connecting::Connecting, request::check_url};
use crate::{
    Identity, Limits,
    runtime::{memory::Budget, state::TraceText},
};

/// W3C Trace Context.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Requests of one function at once: more than its calls, since some send several.
const AT_ONCE_MAX: usize = 512;
/// Connections to one host that are kept for the next request, and for how long.
const KEPT_PER_HOST: usize = 32;
const KEPT_FOR: Duration = Duration::from_secs(60);
/// The head of an answer, bytes and headers.
const HEAD_MAX_BYTES: usize = 128 << 10;
const HEAD_MAX_HEADERS: usize = 200;

/// What a request inherits from the call that it is sent in.
#[derive(Clone)]
pub(crate) struct Errand {
    pub(crate) trace: Option<Arc<Trace>>,
    pub(crate) trace_id: TraceText,
    /// How many calls between functions lead to this one.
    pub(crate) depth: u8,
    /// When the call ends.
    pub(crate) deadline: Deadline,
}

/// What a function may reach, and its connections.
pub(crate) struct Outbound {
    function: Arc<str>,
    /// As whom it calls others.
    identity: Arc<Identity>,
    allowed: Arc<Allowed>,
    /// Functions that it may call.
    calls: Vec<String>,
    client: Client<Connecting, AnyBody>,
    places: Arc<Semaphore>,
    limits: Limits,
    neighbours: Arc<Neighbours>,
    budget: Arc<Budget>,
    figures: Arc<OutboundFigures>,
}

/// What one function's requests are bound to.
pub(crate) struct Bounds {
    pub(crate) identity: Arc<Identity>,
    pub(crate) allowed: Allowed,
    pub(crate) calls: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) figures: Arc<OutboundFigures>,
}

/// Where a request goes.
enum Destination<'a> {
    Function(&'a str),
    Server,
}

impl Outbound {
    /// Nothing is connected yet.
    pub(crate) fn new(function: Arc<str>, network: &Network, bounds: Bounds) -> Self {
        let Bounds { identity, allowed, calls, limits, figures } = bounds;
        let allowed = Arc::new(allowed);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT_FOR)
            .pool_max_idle_per_host(KEPT_PER_HOST)
            .http1_max_buf_size(HEAD_MAX_BYTES)
            .http1_max_headers(HEAD_MAX_HEADERS)
            .build(Connecting::new(allowed.clone(), network.tls.clone()));
        let places = Arc::new(Semaphore::new(AT_ONCE_MAX));
        let (neighbours, budget) = (network.neighbours.clone(), network.budget.clone());
        Self { function, identity, allowed, calls, client, places, limits, neighbours, budget, figures }
    }

    /// Sends a request and gathers its answer.
    pub(crate) async fn whole(
        &self,
        errand: &Errand,
        request: Request<Bytes>,
        patience: Option<Duration>,
    ) -> Result<Response<Bytes>, Failure> {
        self.counted(self.fetched(errand, request, patience).await, |answer| answer.body().len())
    }

    async fn fetched(
        &self,
        errand: &Errand,
        mut request: Request<Bytes>,
        patience: Option<Duration>,
    ) -> Result<Response<Bytes>, Failure> {
        let most = self.limits.outbound_request_max_bytes;
        if request.body().len() > most {
            return Err(Failure::TooLarge(format!("the request's body has more than {most} bytes")));
        }
        self.figures.sent_bytes.add(request.body().len() as u64);
        let deadline = patience.map_or(errand.deadline, |patience| errand.deadline.min(Deadline::now() + patience));
        let answer_max = self.limits.outbound_response_max_bytes;
        let _place = self.place()?;
        if let Destination::Function(callee) = self.destination(request.uri())? {
            let callee = callee.to_owned();
            let bounds = (errand, deadline, answer_max);
            return self.neighbours.call(&self.identity, &self.function, &callee, request, bounds).await;
        }
        self.mark(errand, request.headers_mut());
        let request = request.map(|body| limited(Full::new(body), most));
        let fetching = async {
            let (head, body) = self.client.request(request).await.map_err(|error| Failure::of(&error))?.into_parts();
            Ok(Response::from_parts(head, self.gathered(body, answer_max).await?))
        };
        timeout_at(deadline, fetching).await.unwrap_or(Err(Failure::Timeout))
    }

    /// Sends a request whose body may be under way, and gives the answer with its body under way. Calls of functions are
    /// gathered all the same.
    pub(crate) async fn streamed<B>(
        &self,
        errand: &Errand,
        request: Request<B>,
        first_byte: Option<Duration>,
    ) -> Result<Response<AnyBody>, Failure>
    where
        B: Body<Data = Bytes, Error: std::fmt::Display> + Send + Unpin + 'static,
    {
        let most = self.limits.outbound_request_max_bytes;
        let request = request.map(|body| limited(body, most));
        self.counted(self.streaming(errand, request, first_byte).await, |_| 0)
    }

    async fn streaming(
        &self,
        errand: &Errand,
        request: Request<AnyBody>,
        first_byte: Option<Duration>,
    ) -> Result<Response<AnyBody>, Failure> {
        let (mut head, mut body) = request.into_parts();
        let deadline = first_byte.map_or(errand.deadline, |patience| errand.deadline.min(Deadline::now() + patience));
        let (most, answer_max) = (self.limits.outbound_request_max_bytes, self.limits.outbound_response_max_bytes);
        let whole = async |body| timeout_at(deadline, self.gathered(body, most)).await.unwrap_or(Err(Failure::Timeout));
        if matches!(head.method, Method::GET | Method::HEAD) {
            // Nobody reads the body of such a request on its way, and who writes one would take that for a broken
            // connection.
            let bytes = whole(body).await?;
            body = limited(Full::new(bytes), most);
        }
        let admitted = headers::filtered(head.headers).and_then(|headers| {
            check_url(&head.uri)?;
            Ok((headers, self.place()?, self.destination(&head.uri)?))
        });
        let (headers, place, destination) = match admitted {
            Ok(admitted) => admitted,
            Err(failure) => {
                // Who is still writing shall learn of this, and not of a connection that broke off.
                tokio::spawn(timeout_at(deadline, body.collect()));
                return Err(failure);
            }
        };
        head.headers = headers;
        if let Destination::Function(callee) = destination {
            let callee = callee.to_owned();
            let request = Request::from_parts(head, whole(body).await?);
            let bounds = (errand, deadline, answer_max);
            let answer = self.neighbours.call(&self.identity, &self.function, &callee, request, bounds).await?;
            return Ok(answer.map(|body| limited(Full::new(body), answer_max)));
        }
        self.mark(errand, &mut head.headers);
        let sending = self.client.request(Request::from_parts(head, body));
        let answer = timeout_at(deadline, sending).await.map_err(|_| Failure::Timeout)?;
        let answer = answer.map_err(|error| Failure::of(&error))?;
        Ok(answer.map(|body| {
            // The place is taken as long as the answer is read.
            let held = body.map_frame(move |frame| {
                let _held = &place;
                frame
            });
            limited(held, answer_max)
        }))
    }

    fn counted<T>(&self, result: Result<T, Failure>, received_bytes: impl Fn(&T) -> usize) -> Result<T, Failure> {
        self.figures.requests.add(1);
        match &result {
            Ok(answer) => self.figures.received_bytes.add(received_bytes(answer) as u64),
            Err(failure) => {
                self.figures.failures.add(1);
                tracing::debug!(function = %self.function, %failure, "an outbound request failed");
            }
        }
        result
    }

    fn place(&self) -> Result<OwnedSemaphorePermit, Failure> {
        self.places.clone().try_acquire_owned().map_err(|_| Failure::Busy)
    }

    /// Where the request goes, if it may go there.
    fn destination<'a>(&self, uri: &'a Uri) -> Result<Destination<'a>, Failure> {
        let host = uri.host().unwrap_or_default();
        let (function, port) = (&self.function, connector::port_of(uri));
        match hosts::function_of(host) {
            Some(Ok(callee)) if uri.scheme_str() == Some("http") && uri.port().is_none() => {
                if self.calls.iter().any(|may| may == callee) {
                    return Ok(Destination::Function(callee));
                }
                Err(Failure::Denied(format!(
                    "{function} may not call {callee}; its manifest has to name it in `calls`"
                )))
            }
            Some(_) => Err(Failure::Denied(format!("{host} is no function; they are at http://NAME.internal/"))),
            None if self.allowed.names(host, port) => Ok(Destination::Server),
            None => Err(Failure::Denied(format!(
                "{function} may not send requests to {host} on port {port}; its manifest has to name it in `http`, and the \
                 operator to grant it"
            ))),
        }
    }

    /// What the host says of a request.
    fn mark(&self, errand: &Errand, headers: &mut http::HeaderMap) {
        let hop = getrandom::u64().unwrap_or_default() | 1;
        let text = format!("00-{}-{hop:016x}-01", errand.trace_id.as_str());
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(TRACEPARENT, value);
        }
    }

    /// A body whole. While it grows it counts with the memory of all instances.
    async fn gathered<B>(&self, mut body: B, max_bytes: usize) -> Result<Bytes, Failure>
    where
        B: Body<Data = Bytes, Error: std::error::Error + 'static> + Unpin,
    {
        let mut held = self.budget.hold();
        let mut all = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Failure::of(&error))?;
            let Ok(chunk) = frame.into_data() else { continue };
            let size = all.len() + chunk.len();
            if size > max_bytes {
                return Err(Failure::TooLarge(format!("the body has more than {max_bytes} bytes")));
            }
            if !held.grow_to(size) {
                return Err(Failure::Busy);
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }
}
