//! `/api/functions/{name}/query` and `/api/functions/{name}/unprotected`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use bytes::Bytes;
use kontor_contract::Problem;
use kontor_data::{Database, SqlError};

use super::{
    Admin,
    refusal::{Refused, read},
    rows::{self, Found, Query},
};

pub async fn query(
    State(admin): State<Arc<Admin>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Found>, Refused> {
    let asked: Query = read(&body)?;
    rows::ask(&*database(&admin, &name)?, asked).await.map(Json).map_err(refused)
}

/// Which of the tables in the body are not kept append-only.
pub async fn unprotected(
    State(admin): State<Arc<Admin>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Vec<String>>, Refused> {
    let tables: Vec<String> = read(&body)?;
    database(&admin, &name)?.unprotected(tables).await.map(Json).map_err(refused)
}

fn database(admin: &Admin, name: &str) -> Result<Arc<dyn Database>, Refused> {
    let found = admin.host.databases().remove(name);
    found.ok_or_else(|| {
        let problem = Problem::new(404, "unknown-function", "There is no such database");
        problem.detail(format!("No function {name:?} has a database.")).into()
    })
}

fn refused(error: SqlError) -> Refused {
    match error {
        SqlError::Invalid(what) => Problem::new(422, "invalid-query", "This is no query").detail(what).into(),
        error => Refused::unavailable(error.to_string()),
    }
}
