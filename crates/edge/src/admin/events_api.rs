//! `/api/events`.

use std::sync::Arc;

use axum::{Json, extract::State};
use bytes::Bytes;
use http::StatusCode;
use kontor_contract::Problem;

use super::{
    Admin,
    events::{self, EventFault, Failed, Remedy, Target, Waiting},
    refusal::{Refused, read},
};

pub async fn list(State(admin): State<Arc<Admin>>) -> Result<Json<Vec<Failed>>, Refused> {
    let failed = events::list(&admin.host.databases()).await;
    failed.map(Json).map_err(|error| Refused::unavailable(error.to_string()))
}

pub async fn waiting(State(admin): State<Arc<Admin>>) -> Result<Json<Vec<Waiting>>, Refused> {
    let paused = |source: &str, subscriber: &str| admin.host.why_paused(source, subscriber);
    let waiting = events::waiting(&admin.host.databases(), paused).await;
    waiting.map(Json).map_err(|error| Refused::unavailable(error.to_string()))
}

pub async fn replay(State(admin): State<Arc<Admin>>, body: Bytes) -> Result<StatusCode, Refused> {
    remedy(&admin, &body, Remedy::Replay).await
}

pub async fn skip(State(admin): State<Arc<Admin>>, body: Bytes) -> Result<StatusCode, Refused> {
    remedy(&admin, &body, Remedy::Skip).await
}

async fn remedy(admin: &Admin, body: &[u8], remedy: Remedy) -> Result<StatusCode, Refused> {
    let target: Target = read(body)?;
    match events::remedy(&admin.host.databases(), &target, remedy).await {
        Ok(()) => {
            // Its key is free again; nobody should have to wait for the next event to notice.
            admin.host.wake(&target.source);
            Ok(StatusCode::NO_CONTENT)
        }
        Err(EventFault::Store(error)) => Err(Refused::unavailable(error.to_string())),
        Err(fault) => {
            Err(Problem::new(404, "unknown-event", "There is no such dead letter").detail(fault.to_string()).into())
        }
    }
}
