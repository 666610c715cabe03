//! `wasi:http` for components of the standard world: what they send out goes the way of everybody's requests.

use std::time::Instant;

use http::Request;
use http_body_util::BodyExt;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

use super::State;
use crate::{
    imports::HOST_CALL,
    outbound::{BodyError, Errand, Failure, Outbound},
};

/// A future as the hook gives it.
type Sending<T> = Box<dyn Future<Output = Result<T, Error>> + Send>;
/// An answer, and what goes on while its body is read.
type Answered = (http::Response<WasiBody>, Sending<()>);

/// What an instance needs for `wasi:http`.
#[derive(Default)]
pub(crate) struct Standard {
    context: WasiHttpCtx,
    hooks: Hooks,
}

#[derive(Default)]
struct Hooks {
    /// Of the call under way.
    current: Option<(std::sync::Arc<Outbound>, Errand)>,
}

impl State {
    /// From now on requests belong to the call under way.
    pub(crate) fn begin_standard(&mut self) {
        let errand = self.errand();
        self.standard.hooks.current = self.facts.outbound.clone().map(|outbound| (outbound, errand));
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let Standard { context, hooks } = &mut self.standard;
        WasiHttpCtxView { ctx: context, table: &mut self.table, hooks }
    }
}

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _processed: Sending<()>,
    ) -> Sending<Answered> {
        let current = self.current.clone();
        Box::new(async move {
            let (outbound, errand) = current.ok_or(Error::HttpRequestDenied)?;
            let name = format!("{} {}", request.method(), request.uri().host().unwrap_or_default());
            let start = Instant::now();
            let patience = options.and_then(|options| options.first_byte_timeout);
            let answer = outbound.streamed(&errand, request, patience).await;
            if let Some(trace) = &errand.trace {
                let depth = HOST_CALL.saturating_add(errand.depth.saturating_mul(2));
                trace.span(std::sync::Arc::<str>::from(name), depth, start, start.elapsed());
            }
            let answer = answer.map_err(|failure| error(&failure))?;
            let none: Sending<()> = Box::new(async { Ok(()) });
            Ok((answer.map(|body| body.map_err(|error| broken(&error)).boxed_unsync()), none))
        })
    }
}

/// What a component learns of a failure; the standard's codes have room for little more.
fn error(failure: &Failure) -> Error {
    match failure {
        Failure::Denied(why) => {
            tracing::debug!(why, "a request was denied");
            Error::HttpRequestDenied
        }
        Failure::Invalid(_) => Error::HttpRequestUriInvalid,
        Failure::TooLarge(_) => Error::HttpRequestBodySize(None),
        Failure::Timeout => Error::HttpResponseTimeout,
        Failure::Unreachable(_) => Error::DestinationUnavailable,
        Failure::Busy => Error::ConnectionLimitReached,
    }
}

fn broken(error: &BodyError) -> Error {
    match error {
        BodyError::TooLarge(max_bytes) => Error::HttpResponseBodySize(Some(*max_bytes as u64)),
        BodyError::Broken(_) => Error::HttpResponseIncomplete,
    }
}
