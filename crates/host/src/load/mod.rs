//! From bytes to a version that can go live.

pub(crate) mod cache;
mod check;
mod configuration;
mod describe;
pub(crate) mod manifest;
mod nameless;

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use kontor_contract::{Manifest, manifest::Schedule};
use sha2::{Digest, Sha256};

use crate::{
    Identity, LoadError, Origin, Version,
    host::Shared,
    imports::outage::Outages,
    metering::{ON_EVENT, ON_SCHEDULE},
    outbound::{Allowed, Bounds, Host, Outbound},
    runtime::{Facts, Program, engine::hex},
    schedules::Calendar,
    serve::{Admission, Idle, head::span_name},
};

/// A component may be so large, bytes.
const COMPONENT_MAX_BYTES: usize = 64 << 20;

/// A component that went through every check, without data yet.
pub(crate) struct Loaded {
    pub(crate) manifest: Manifest,
    hash: String,
    origin: Origin,
    program: Program,
    publishes: bool,
}

/// Whether a component does not say by itself what it is called.
///
/// # Errors
/// It is none.
pub(crate) async fn is_nameless(shared: &Arc<Shared>, bytes: Bytes) -> Result<bool, LoadError> {
    let hash = hex(&Sha256::digest(&bytes));
    let component = cache::component(shared.clone(), hash, bytes).await?;
    Ok(check::fits(&shared.runtime, &component)?.is_standard() && !check::describes(&component))
}

/// Hash, compile, check, describe, validate. `file` is the name under which it was put there, for a component that has none
/// of its own.
pub(crate) async fn load(
    shared: &Arc<Shared>,
    bytes: Bytes,
    origin: Origin,
    file: Option<&str>,
) -> Result<Loaded, LoadError> {
    if bytes.len() > COMPONENT_MAX_BYTES {
        return Err(LoadError::NotAFunction(format!(
            "the component has {} bytes; at most {COMPONENT_MAX_BYTES} are allowed: build it with optimisation and \
             without debug information",
            bytes.len()
        )));
    }
    let hash = hex(&Sha256::digest(&bytes));
    let component = cache::component(shared.clone(), hash.clone(), bytes).await?;
    let program = check::fits(&shared.runtime, &component)?;
    let publishes = check::publishes(&shared.runtime, &component);
    if program.is_standard() && !check::describes(&component) {
        let manifest = nameless::manifest(file, &hash)?;
        return Ok(Loaded { manifest, hash, origin, program, publishes });
    }
    let text = describe::describe(shared, &program, &hash, BTreeMap::new()).await?;
    let mut manifest = manifest::parse(&text)?;
    if program.is_standard() && (!manifest.subscriptions.is_empty() || !manifest.schedules.is_empty()) {
        return Err(LoadError::BadManifest(
            "a component of the world wasi:http/proxy takes no events and has no schedules; leave them out of its manifest, \
             or build it against kontor:function/function"
                .to_owned(),
        ));
    }
    // It was told nothing yet, so it is right to miss something.
    manifest.misconfigured.clear();
    Ok(Loaded { manifest, hash, origin, program, publishes })
}

/// Opens its database, makes its subscriptions, and is a version. `reuse` says whether its instances may serve several
/// calls, `granted` which hosts the operator named.
pub(crate) async fn open(
    shared: &Arc<Shared>,
    loaded: Loaded,
    reuse: bool,
    granted: &[Host],
) -> Result<Arc<Version>, LoadError> {
    let Loaded { mut manifest, hash, origin, program, publishes } = loaded;
    // First: a function that cannot use what the operator set shall leave nothing behind.
    let configuration = configuration::of(&shared.settings, &manifest);
    manifest.misconfigured = configuration::unusable(shared, &program, &hash, &manifest, &configuration).await?;
    let nameless = manifest.openapi.get(nameless::MARK).is_some();
    let name = manifest.name.as_str();
    let limits = shared.settings.limits_of(name).clone();
    // Before sql, which may be the only service that the engines at hand can give: a refusal leaves nothing behind.
    let stores = shared.stores.open(&shared.settings, &manifest).await?;
    let sources = &shared.sources;
    let sql = manifest.sql.is_some();
    let database =
        if sql || publishes { Some(sources.open(&shared.settings, name, manifest.sql.clone()).await?) } else { None };
    sources.subscribe(&shared.settings, &manifest).await?;
    let outbound = Arc::new(outbound(shared, &manifest, granted, nameless));
    let facts = Facts {
        function: name.into(),
        version: manifest.version.as_str().into(),
        places: shared.places(name),
        database,
        sql,
        configuration,
        outbound: Some(outbound),
        wakeups: sources.wakeups(name),
        stores,
        refused: Outages::default(),
        limits,
    };
    let endpoints = shared.figures.of(name, manifest::operations(&manifest).map(|operation| operation.id));
    let budgets = shared.budgets.iter().filter(|budget| budget.rule().function == name).cloned().collect();
    let calendar = |schedule: &Schedule| Calendar::new(schedule).ok().map(|calendar| (schedule.clone(), calendar));
    Ok(Arc::new(Version {
        // Those that cannot be read are faults of the manifest, and it came this far without any.
        schedules: manifest.schedules.iter().filter_map(calendar).collect(),
        event_figures: shared.figures.one(name, ON_EVENT),
        schedule_figures: shared.figures.one(name, ON_SCHEDULE),
        budgets,
        admission: Admission::new(&facts.limits),
        idle: Idle::new(&facts.limits, reuse),
        endpoints,
        handle_span: span_name(name, "handle"),
        event_span: span_name(name, "on-event"),
        schedule_span: span_name(name, "on-schedule"),
        event_operation: "on-event ".into(),
        schedule_operation: "on-schedule ".into(),
        shared: shared.clone(),
        facts: Arc::new(facts),
        hash,
        origin,
        program,
        manifest,
    }))
}

/// What the function may reach: of the hosts in its manifest all, since without each grant it would not come this far. One
/// without a manifest cannot ask, and may reach what was granted.
fn outbound(shared: &Shared, manifest: &Manifest, granted: &[Host], nameless: bool) -> Outbound {
    let name = manifest.name.as_str();
    let asked = manifest.http.iter().filter_map(|host| host.parse().ok());
    let hosts = if nameless { granted.to_vec() } else { asked.collect() };
    let scopes = shared.settings.outbound.scopes.get(name).cloned().unwrap_or_default();
    let bounds = Bounds {
        identity: Arc::new(Identity { name: format!("{name}.internal"), scopes }),
        allowed: Allowed::new(hosts, granted),
        calls: manifest.calls.clone(),
        limits: shared.settings.limits_of(name).clone(),
        figures: shared.network.figures(name),
    };
    Outbound::new(name.into(), &shared.network, bounds)
}
