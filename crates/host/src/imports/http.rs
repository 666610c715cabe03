//! `http`: requests to other servers and to other functions.

use std::time::{Duration, Instant};

use crate::{
    outbound::{self, Failure, headers},
    runtime::{
        State,
        bindings::kontor::function::http::{Error, Host, Incoming, Outgoing},
    },
};

impl Host for State {
    async fn send(&mut self, request: Outgoing) -> Result<Incoming, Error> {
        let Some(outbound) = self.facts.outbound.clone() else {
            return Err(Error::Denied("nothing is at hand while a function is described".to_owned()));
        };
        let Outgoing { method, url, headers, body, timeout_ms } = request;
        let request = outbound::request(&method, &url, headers, body).map_err(error)?;
        let patience = timeout_ms.map(|ms| Duration::from_millis(ms.into()));
        let name = format!("{method} {}", request.uri().host().unwrap_or_default());
        let start = Instant::now();
        let answer = outbound.whole(&self.errand(), request, patience).await;
        self.span(std::sync::Arc::<str>::from(name), super::HOST_CALL, start, start.elapsed());
        let (head, body) = answer.map_err(error)?.into_parts();
        Ok(Incoming { status: head.status.as_u16(), headers: headers::texts(&head.headers), body: body.into() })
    }
}

/// What the guest learns of a failure.
fn error(failure: Failure) -> Error {
    match failure {
        Failure::Denied(why) => Error::Denied(why),
        Failure::Invalid(why) => Error::Invalid(why),
        Failure::TooLarge(what) => Error::TooLarge(what),
        Failure::Timeout => Error::Timeout,
        Failure::Unreachable(why) => Error::Unreachable(why),
        Failure::Busy => Error::Busy,
    }
}
