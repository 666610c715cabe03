//! `/api/functions/NAME/logs`: what a function logged, and what failed.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Path, Query, State},
};
use kontor_contract::Problem;
use kontor_host::LogRead;
use serde::Deserialize;

use super::{Admin, refusal::Refused};

/// Nobody waits longer for a line; who wants to asks again.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// From where on, and whether to wait for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// Lines after this number.
    #[serde(default)]
    after: u64,
    /// Whether to wait for a line if there is none.
    #[serde(default)]
    wait: bool,
}

pub async fn read(
    State(admin): State<Arc<Admin>>,
    Path(name): Path<String>,
    Query(After { after, wait }): Query<After>,
) -> Result<Json<LogRead>, Refused> {
    let read = || {
        admin.host.log(&name, after).ok_or_else(|| {
            Problem::new(404, "unknown-function", "There is no such function")
                .detail(format!("Nothing named {name} was live since the program started."))
                .hint("`kontor functions list` shows those there are.")
        })
    };
    let mut found = read()?;
    if wait && found.lines.is_empty() {
        let _ = tokio::time::timeout(WAIT_MAX, admin.host.logged(&name, found.last)).await;
        found = read()?;
    }
    Ok(Json(found))
}
