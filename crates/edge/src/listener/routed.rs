//! An axum router behind a listener.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use axum::{Router, extract::Request, response::Response};
use bytes::Bytes;
use http::request::Parts;
use hyper::body::Incoming;
use tower::{Service, ServiceExt};

use super::{Answering, Connection};
use crate::{problem, receive};

/// How large a request's body may be, by its head alone; none if it is not read at all. Who may do nothing sends nothing.
pub type BodyMax = dyn Fn(&Parts, SocketAddr) -> Option<usize> + Send + Sync;

/// Serves an axum router. Bodies are read whole, with a limit, before a handler runs; handlers find the other end's
/// [`SocketAddr`] among the request's extensions.
#[derive(Clone)]
pub struct Routed {
    /// What answers.
    pub router: Router,
    /// The largest request body, bytes; past it 413. The router refuses by itself whose body is not read.
    pub body_max_bytes: Arc<BodyMax>,
}

impl Answering for Routed {
    type Body = axum::body::Body;

    async fn answer(&self, request: http::Request<Incoming>, connection: &Arc<Connection>) -> Response {
        let (mut head, body) = request.into_parts();
        let body = match (self.body_max_bytes)(&head, connection.peer()) {
            None => {
                receive::discard(&head.headers, body);
                Bytes::new()
            }
            Some(most) => match receive::whole(&head.headers, body, most, connection).await {
                Ok(body) => body,
                Err(refused) => return problem::respond(&refused.problem()).map(axum::body::Body::new),
            },
        };
        head.extensions.insert::<SocketAddr>(connection.peer());
        let request = Request::from_parts(head, axum::body::Body::from(body));
        let mut router = self.router.clone();
        let answer: Result<Response, Infallible> = match ServiceExt::<Request>::ready(&mut router).await {
            Ok(ready) => ready.call(request).await,
            Err(never) => match never {},
        };
        answer.unwrap_or_else(|never| match never {})
    }
}
