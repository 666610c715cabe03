//! `/api/tokens`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use bytes::Bytes;
use http::StatusCode;
use kontor_contract::Problem;
use kontor_data::RegistryError;

use super::{
    Admin,
    guard::{DEPLOY, READ},
    refusal::{Refused, read},
    tokens::{self, Created, Shown, TokenFault},
};
use crate::scopes;

impl From<TokenFault> for Refused {
    fn from(fault: TokenFault) -> Self {
        let detail = fault.to_string();
        let (status, code, title) = match fault {
            TokenFault::Invalid(_) => (422, "invalid-token", "The token cannot be made like this"),
            TokenFault::Unknown(_) => (404, "unknown-token", "There is no such token"),
            TokenFault::Registry(RegistryError::Exists(_)) => (409, "token-exists", "The name is taken"),
            TokenFault::Registry(RegistryError::Store(_)) | TokenFault::Random(_) => return Self::unavailable(detail),
        };
        Problem::new(status, code, title).detail(detail).into()
    }
}

pub async fn list(State(admin): State<Arc<Admin>>) -> Result<Json<Vec<Shown>>, Refused> {
    Ok(Json(tokens::list(&*admin.registry).await.map_err(TokenFault::from)?))
}

pub async fn create(State(admin): State<Arc<Admin>>, body: Bytes) -> Result<(StatusCode, Json<Created>), Refused> {
    let new = read(&body)?;
    let _one_at_a_time = admin.changing_tokens.lock().await;
    let live = admin.host.live().borrow().clone();
    let of_functions = live.functions.values().flat_map(|version| scopes(&version.manifest().openapi));
    let known = of_functions.chain([DEPLOY, READ].map(str::to_owned)).collect();
    let created = tokens::create(&*admin.registry, new, &known).await?;
    refresh(&admin).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

pub async fn revoke(State(admin): State<Arc<Admin>>, Path(name): Path<String>) -> Result<StatusCode, Refused> {
    let _one_at_a_time = admin.changing_tokens.lock().await;
    tokens::revoke(&*admin.registry, &name).await?;
    refresh(&admin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was made or revoked counts from the very next request.
async fn refresh(admin: &Admin) -> Result<(), Refused> {
    let done = tokens::refresh(&*admin.registry, &admin.tokens).await;
    Ok(done.map_err(TokenFault::from)?)
}
