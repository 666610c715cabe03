//! `/healthz`: the process answers. `/readyz`: it should get requests.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;

use super::Admin;

pub async fn alive() -> Json<serde_json::Value> {
    Json(json!({"status": "ok"}))
}

pub async fn ready(State(admin): State<Arc<Admin>>) -> Response {
    let reasons = admin.not_ready();
    if reasons.is_empty() {
        let warnings = admin.warnings();
        let ready = if warnings.is_empty() {
            json!({"status": "ready"})
        } else {
            json!({"status": "ready", "warnings": warnings})
        };
        return Json(ready).into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "not ready", "reasons": reasons}))).into_response()
}
