//! Functions as operators see and change them.

use kontor_data::Deployment;
use kontor_host::{DeployError, Deployments, Failure, Installed};
use serde::{Deserialize, Serialize};

/// A function that is there, or was spoken of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// `live`, `off` (switched off), or `dark` (nothing of it serves).
    pub state: String,
    /// The function's own version that serves; none if none does.
    pub version: Option<String>,
    /// SHA-256 of the component that serves, hexadecimal.
    pub hash: Option<String>,
    /// `bundled` or `deployed`; none if nothing serves.
    pub origin: Option<String>,
    /// Number of the deployment that is to serve; none if the bundled one is.
    pub number: Option<u64>,
    /// Whether one came with the program.
    pub bundled: bool,
    /// What it was granted; `*` is everything.
    pub grants: Vec<String>,
}

/// A function with everything about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole {
    /// As it is listed.
    #[serde(flatten)]
    pub shown: Shown,
    /// What it asks for and cannot do without.
    pub asks: Vec<String>,
    /// What the configuration grants it.
    pub configured: Vec<String>,
    /// What was granted by command.
    pub granted: Vec<String>,
    /// Limits in force, by their names in `kontor.toml`.
    pub limits: Vec<(String, String)>,
    /// Its routes: method, path and `operationId`.
    pub operations: Vec<(String, String, String)>,
    /// Versions that are kept, newest first.
    pub versions: Vec<Kept>,
    /// Why something of it did not go live, if something did not.
    pub failure: Option<String>,
}

/// A version that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Counts from 1 for each function.
    pub number: u64,
    /// The function's own version.
    pub version: String,
    /// SHA-256 of the component, hexadecimal.
    pub hash: String,
    /// Who deployed it.
    pub who: String,
    /// ms since 1970 UTC.
    pub deployed_ms: i64,
    /// Whether it is the one that is to serve.
    pub serves: bool,
}

/// Something did not go live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The function's name or the file's.
    pub what: String,
    /// Why.
    pub reason: String,
    /// ms since 1970 UTC.
    pub since_ms: i64,
}

/// Everything that `kontor functions list` shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// By name.
    pub functions: Vec<Shown>,
    /// What did not go live and has not since.
    pub failures: Vec<Failed>,
}

/// What was deployed or rolled back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// The function's name.
    pub name: String,
    /// Counts from 1 for each function.
    pub number: u64,
    /// The function's own version.
    pub version: String,
    /// SHA-256 of the component, hexadecimal.
    pub hash: String,
}

/// What is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// `sql`, `reuse`, `events:FUNCTION`.
    pub grants: Vec<String>,
}

/// What came of a revocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Why the function serves no longer; none if it does.
    pub dark: Option<String>,
}

/// To which version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    /// Its number; none is the one before the one that serves.
    #[serde(default)]
    pub number: Option<u64>,
}

impl From<Deployment> for Deployed {
    fn from(deployment: Deployment) -> Self {
        let Deployment { function, number, version, hash, .. } = deployment;
        Self { name: function, number, version, hash }
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self { what: failure.what, reason: failure.reason, since_ms: failure.since_us / 1000 }
    }
}

impl From<&Installed> for Shown {
    fn from(installed: &Installed) -> Self {
        let live = installed.live.as_ref();
        let origin = |origin| if origin == kontor_host::Origin::Bundled { "bundled" } else { "deployed" };
        let state = match (live, installed.desired.enabled) {
            (_, false) => "off",
            (Some(_), true) => "live",
            (None, true) => "dark",
        };
        Self {
            name: installed.name.clone(),
            state: state.to_owned(),
            version: live.map(|live| live.manifest().version.clone()),
            hash: live.map(|live| live.hash().to_owned()),
            origin: live.map(|live| origin(live.origin()).to_owned()),
            number: installed.desired.number,
            bundled: installed.bundled,
            grants: installed.grants(),
        }
    }
}

/// Every function, and what did not go live.
///
/// # Errors
/// The registry cannot be read.
pub async fn list(deployments: &Deployments) -> Result<Listed, DeployError> {
    let installed = deployments.list().await?;
    let failures = deployments.failures().into_iter().map(Failed::from).collect();
    Ok(Listed { functions: installed.iter().map(Shown::from).collect(), failures })
}

/// One function with everything about it.
///
/// # Errors
/// There is none of that name, or the registry cannot be read.
pub async fn show(deployments: &Deployments, name: &str) -> Result<Whole, DeployError> {
    let failure = deployments.failures().into_iter().find(|failure| failure.what == name).map(|failure| failure.reason);
    let all = deployments.list().await?;
    let installed = all.iter().find(|installed| installed.name == name).ok_or_else(|| {
        let names = all.iter().map(|installed| installed.name.as_str()).collect::<Vec<_>>().join(", ");
        let why = failure.as_ref().map_or_else(String::new, |reason| format!("; it did not go live: {reason}"));
        DeployError::Unknown(format!("there is no function {name}{why}; there are {names}"))
    })?;
    let number = installed.desired.number;
    let kept = |kept: Deployment| Kept {
        serves: number == Some(kept.number),
        number: kept.number,
        version: kept.version,
        hash: kept.hash,
        who: kept.who,
        deployed_ms: kept.deployed_us / 1000,
    };
    let manifest = installed.live.as_ref().map(|live| live.manifest());
    let operations = manifest.map(|manifest| super::overview::operations(manifest).map(owned).collect());
    Ok(Whole {
        shown: Shown::from(installed),
        configured: installed.configured.clone(),
        granted: installed.desired.grants.clone(),
        asks: manifest.map(|manifest| kontor_host::asks(manifest).into_iter().collect()).unwrap_or_default(),
        limits: installed.live.as_ref().map(|live| limits(live.limits())).unwrap_or_default(),
        operations: operations.unwrap_or_default(),
        versions: deployments.versions(name).await?.into_iter().map(kept).collect(),
        failure,
    })
}

fn owned((operation, method, path): (&str, &str, &str)) -> (String, String, String) {
    (method.to_uppercase(), path.to_owned(), operation.to_owned())
}

fn limits(limits: &kontor_host::Limits) -> Vec<(String, String)> {
    let bytes = |bytes: usize| format!("{} KiB", bytes >> 10);
    let large = |bytes: u64| format!("{} MiB", bytes >> 20);
    let data = &limits.data;
    let shown = [
        ("deadline", format!("{:?}", limits.deadline)),
        ("cpu_max", format!("{:?}", limits.cpu)),
        ("memory_max", bytes(limits.memory_max_bytes)),
        ("request_max", bytes(limits.request_max_bytes)),
        ("response_max", bytes(limits.response_max_bytes)),
        ("in_flight_max", limits.in_flight_max.to_string()),
        ("queue_max", limits.queue_max.to_string()),
        ("reuse_max", limits.reuse_max.to_string()),
        ("statement_max", bytes(data.statement_size_max_bytes)),
        ("statement_time_max", format!("{:?}", data.statement_time_max)),
        ("batch_statements_max", data.batch_statements_max.to_string()),
        ("batch_max", bytes(data.batch_size_max_bytes)),
        ("rows_max", data.rows_max.to_string()),
        ("result_max", bytes(data.result_size_max_bytes)),
        ("write_queue_max", data.queue_max.to_string()),
        ("write_queue_size_max", bytes(data.queue_size_max_bytes)),
        ("database_max", large(data.database_size_max_bytes)),
        ("idempotency_time", format!("{:?}", data.idempotency_time_to_live)),
        ("batch_events_max", data.batch_events_max.to_string()),
        ("event_max", bytes(data.event_size_max_bytes)),
        ("outbox_rows_max", data.outbox_rows_max.to_string()),
        ("outbox_max", large(data.outbox_size_max_bytes)),
    ];
    shown.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
