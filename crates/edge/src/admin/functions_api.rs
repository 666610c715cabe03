//! `/api/functions`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use bytes::Bytes;
use http::StatusCode;
use kontor_contract::Problem;
use kontor_host::{DeployError, Deployments, LoadError};
use serde::Deserialize;

use super::{
    Admin,
    functions::{self, Deployed, Grant, Listed, RollBack, Whole},
    refusal::{Refused, read},
};

/// What deploying is told beside the component.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Who deploys; kept with the version.
    #[serde(default)]
    who: Option<String>,
    /// The component's file, without `.wasm`: the name of a component that has none of its own.
    #[serde(default)]
    file: Option<String>,
}

/// A name is kept with every version; no more of it than this, bytes.
const WHO_MAX_BYTES: usize = 100;

fn refused(error: DeployError) -> Refused {
    let (status, code, title) = match &error {
        DeployError::Load(LoadError::Host(reason)) => return Refused::unavailable(reason.clone()),
        DeployError::Load(_) => (422, "not-live", "It does not go live; what served before serves on"),
        DeployError::Registry(error) => return Refused::unavailable(error.to_string()),
        DeployError::Unknown(_) => (404, "unknown-function", "There is no such function or version"),
        DeployError::Invalid(_) => (422, "invalid-order", "This cannot be done"),
    };
    Problem::new(status, code, title).detail(error.to_string()).into()
}

pub async fn list(State(admin): State<Arc<Admin>>) -> Result<Json<Listed>, Refused> {
    functions::list(&admin.deployments).await.map(Json).map_err(refused)
}

pub async fn show(State(admin): State<Arc<Admin>>, Path(name): Path<String>) -> Result<Json<Whole>, Refused> {
    functions::show(&admin.deployments, &name).await.map(Json).map_err(refused)
}

/// Carries an order out to its end, also if the client goes away meanwhile: what the registry says and what is live must
/// not part.
async fn whole<T, F>(admin: &Admin, order: impl FnOnce(Arc<Deployments>) -> F) -> Result<T, Refused>
where
    T: Send + 'static,
    F: Future<Output = Result<T, DeployError>> + Send + 'static,
{
    let done = tokio::spawn(order(admin.deployments.clone())).await;
    done.map_err(|error| Refused::unavailable(format!("the order broke off: {error}")))?.map_err(refused)
}

pub async fn deploy(
    State(admin): State<Arc<Admin>>,
    Query(about): Query<About>,
    component: Bytes,
) -> Result<(StatusCode, Json<Deployed>), Refused> {
    let mut who = about.who.unwrap_or_else(|| "operator".to_owned());
    who.truncate(who.floor_char_boundary(WHO_MAX_BYTES));
    let order = |all: Arc<Deployments>| async move { all.upload(component, about.file.as_deref(), &who).await };
    let deployed = whole(&admin, order).await?;
    Ok((StatusCode::CREATED, Json(deployed.into())))
}

pub async fn roll_back(
    State(admin): State<Arc<Admin>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Deployed>, Refused> {
    let order: RollBack = if body.is_empty() { RollBack::default() } else { read(&body)? };
    let order = |all: Arc<Deployments>| async move { all.roll_back(&name, order.number).await };
    let deployed = whole(&admin, order).await?;
    Ok(Json(deployed.into()))
}

pub async fn remove(State(admin): State<Arc<Admin>>, Path(name): Path<String>) -> Result<StatusCode, Refused> {
    let order = |all: Arc<Deployments>| async move { all.remove(&name).await };
    whole(&admin, order).await.map(|()| StatusCode::NO_CONTENT)
}

pub async fn enable(State(admin): State<Arc<Admin>>, Path(name): Path<String>) -> Result<StatusCode, Refused> {
    let order = |all: Arc<Deployments>| async move { all.switch(&name, true).await };
    whole(&admin, order).await.map(|()| StatusCode::NO_CONTENT)
}

pub async fn disable(State(admin): State<Arc<Admin>>, Path(name): Path<String>) -> Result<StatusCode, Refused> {
    let order = |all: Arc<Deployments>| async move { all.switch(&name, false).await };
    whole(&admin, order).await.map(|()| StatusCode::NO_CONTENT)
}

pub async fn grant(
    State(admin): State<Arc<Admin>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Refused> {
    let order: Grant = read(&body)?;
    let order = |all: Arc<Deployments>| async move { all.grant(&name, &order.grants).await };
    whole(&admin, order).await.map(|()| StatusCode::NO_CONTENT)
}
