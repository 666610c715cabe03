//! `/api/overview`: what the dashboard shows.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{Json, extract::State};
use kontor_contract::Manifest;
use kontor_data::{Database, Health};
use kontor_host::{Origin, PoolFigures, ScheduleState, Version};
use kontor_telemetry::Endpoint;
use serde::Serialize;

use super::Admin;

/// The program as a whole.
#[derive(Debug, Serialize)]
pub struct Overview {
    version: &'static str,
    dev: bool,
    started_ms: u64,
    ready: bool,
    problems: Vec<String>,
    /// What waits for the operator although the program is ready.
    warnings: Vec<String>,
    functions: Vec<Function>,
    events: Vec<Events>,
}

/// A live function.
#[derive(Debug, Serialize)]
struct Function {
    name: String,
    version: String,
    hash: String,
    origin: &'static str,
    host: String,
    subscriptions: Vec<String>,
    schedules: Vec<ScheduleState>,
    pool: PoolFigures,
    operations: Vec<Operation>,
    database: DatabaseState,
}

/// An operation and what it did so far.
#[derive(Debug, Serialize)]
struct Operation {
    operation: String,
    method: String,
    path: String,
    requests: u64,
    errors: u64,
    p50_us: u64,
    p99_us: u64,
}

/// Whether a database works.
#[derive(Debug, Serialize)]
struct DatabaseState {
    state: &'static str,
    reason: Option<String>,
}

/// Events of one source on their way.
#[derive(Debug, Serialize)]
struct Events {
    source: String,
    rows: u64,
    bytes: u64,
    /// Age of the oldest one that is no dead letter.
    oldest_ms: Option<u64>,
    dead: u64,
}

pub async fn show(State(admin): State<Arc<Admin>>) -> Json<Overview> {
    let problems = admin.not_ready();
    let live = admin.host.live().borrow().clone();
    let events = admin.host.databases().into_iter().map(|(source, database)| events(source, &*database));
    Json(Overview {
        version: admin.version,
        dev: admin.dev,
        started_ms: since_1970_ms(admin.started),
        ready: problems.is_empty(),
        problems,
        warnings: admin.warnings(),
        functions: live.functions.values().map(|version| function(&admin, version)).collect(),
        events: events.collect(),
    })
}

fn function(admin: &Admin, version: &Version) -> Function {
    let name: &str = version.name();
    let manifest = version.manifest();
    // A function without a database has none that could be broken.
    let health = version.database().map_or(Health::Ok, |database| database.health());
    let (state, reason) = state(&health);
    let database = DatabaseState { state, reason };
    Function {
        name: name.to_owned(),
        version: manifest.version.clone(),
        hash: version.hash().to_owned(),
        origin: if version.origin() == Origin::Bundled { "bundled" } else { "deployed" },
        host: admin.address.function(name),
        subscriptions: manifest.subscriptions.iter().map(|wanted| wanted.name.clone()).collect(),
        schedules: admin.schedules.states(version),
        pool: version.pool(),
        operations: operations(manifest)
            .map(|(operation, method, path)| figures(operation, method, path, &version.endpoint(operation)))
            .collect(),
        database,
    }
}

fn figures(operation: &str, method: &str, path: &str, endpoint: &Endpoint) -> Operation {
    let quantile = |quantile| endpoint.latency.quantile(quantile).map_or(0, micros);
    Operation {
        operation: operation.to_owned(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        requests: endpoint.requests(),
        errors: endpoint.errors(),
        p50_us: quantile(0.5),
        p99_us: quantile(0.99),
    }
}

/// `operationId`, method and path template of every operation.
pub fn operations(manifest: &Manifest) -> impl Iterator<Item = (&str, &str, &str)> {
    let paths = manifest.openapi.get("paths").and_then(serde_json::Value::as_object);
    paths.into_iter().flatten().flat_map(|(path, item)| {
        item.as_object().into_iter().flatten().filter_map(move |(method, operation)| {
            let id = operation.get("operationId")?.as_str()?;
            Some((id, method.as_str(), path.as_str()))
        })
    })
}

/// A database's state in a word, and why.
pub fn state(health: &Health) -> (&'static str, Option<String>) {
    match health {
        Health::Ok => ("ok", None),
        Health::ReadOnly(reason) => ("read-only", Some(reason.clone())),
        Health::Stopped(reason) => ("stopped", Some(reason.clone())),
    }
}

fn events(source: String, database: &dyn Database) -> Events {
    let backlog = database.backlog();
    let now_ms = since_1970_ms(SystemTime::now());
    let made_ms = backlog.oldest_us.map(|us| u64::try_from(us / 1000).unwrap_or_default());
    let oldest_ms = made_ms.map(|made_ms| now_ms.saturating_sub(made_ms));
    Events { source, rows: backlog.rows, bytes: backlog.bytes, oldest_ms, dead: backlog.dead }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn since_1970_ms(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
