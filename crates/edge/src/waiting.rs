//! What is answered while the database that everything needs was not reached yet: nothing but why.

use std::sync::Arc;

use axum::{
    Json, Router,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, RETRY_AFTER},
};
use kontor_contract::Problem;
use serde_json::json;
use tokio::sync::watch;

use crate::{listener::Routed, problem};

/// Bodies that nobody reads.
const BODY_MAX_BYTES: usize = 64 << 10;

/// The admin listener's answers: `/healthz` works, `/readyz` gives the reason, everything else is 503.
#[must_use]
pub fn admin(reason: watch::Receiver<String>) -> Arc<Routed> {
    let ready = move || {
        let reasons = [reason.borrow().clone()];
        async move { (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "not ready", "reasons": reasons}))) }
    };
    let alive = || async { Json(json!({"status": "ok"})) };
    routed(Router::new().route("/healthz", get(alive)).route("/readyz", get(ready)))
}

/// The public listener's: why is nobody's business there.
#[must_use]
pub fn public() -> Arc<Routed> {
    routed(Router::new())
}

fn routed(router: Router) -> Arc<Routed> {
    Arc::new(Routed {
        router: router.fallback(|| async { unavailable() }),
        body_max_bytes: Arc::new(|_, _| Some(BODY_MAX_BYTES)),
    })
}

fn unavailable() -> Response {
    let problem = Problem::new(503, "unavailable", "The database cannot be reached yet")
        .hint("Nothing was done. Try again in a moment.");
    let mut answer = problem::respond(&problem).map(axum::body::Body::new);
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.into_response()
}
