//! Which functions are live, and how that comes about: what came with the program, what lies in the functions folder,
//! and what operators order.
//!
//! The registry says what is to serve and keeps the components: a file that is half copied or the wrong one never takes
//! away what served before. A version is stored in the registry before it goes live, and everything that can fail happens
//! before that. Compiling and describing is done before anything is locked, so that deployments do not wait for each
//! other's.

mod ahead;
mod files;
pub(crate) mod folder;
mod offer;
mod orders;
mod permission;
mod seen;
mod shared;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use kontor_data::{Deployment, Desired, Registry, RegistryError};
use parking_lot::Mutex;

use crate::{Grants, Host, LoadError, Origin, Signers, Version, grants::REPLACE};

/// Puts functions live and takes them down.
pub struct Deployments {
    host: Arc<Host>,
    registry: Arc<dyn Registry>,
    bundled: BTreeMap<String, Bytes>,
    /// What the operator decided beforehand, beside the grants in the registry.
    granted: Granted,
    /// What did not go live since, by function or file, until it does.
    failures: Mutex<BTreeMap<String, Failure>>,
    /// What operators switched off.
    off: Mutex<BTreeSet<String>>,
    /// What this process has made of the registry's wishes, by function.
    applied: Mutex<BTreeMap<String, Desired>>,
    /// Counts grants: what was refused before one may be taken after it.
    granted_count: AtomicU64,
    /// One change of the registry's wishes at a time. Nobody compiles or runs a guest while holding it.
    changing: tokio::sync::Mutex<()>,
}

/// Something did not go live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The function's name or the file's.
    pub what: String,
    /// Why: what, where, and what to do.
    pub reason: String,
    /// µs since 1970 UTC.
    pub since_us: i64,
}

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The component does not go live.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The registry cannot be read or written.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// There is no such function, or no such version of it.
    #[error("{0}")]
    Unknown(String),
    /// The order makes no sense.
    #[error("{0}")]
    Invalid(String),
}

/// A function as an operator sees it.
#[derive(Debug, Clone)]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// The version that serves; none if it does not.
    pub live: Option<Arc<Version>>,
    /// What is to serve. Its grants are those given by command.
    pub desired: Desired,
    /// Whether one came with the program.
    pub bundled: bool,
    /// Whether it may have whatever it asks for.
    pub everything: bool,
    /// What the configuration grants.
    pub configured: Vec<String>,
}

impl Installed {
    /// Everything that is granted, by configuration or command; `*` and the hosts that are named if everything else is.
    pub fn grants(&self) -> Vec<String> {
        let named: BTreeSet<&String> = self.configured.iter().chain(&self.desired.grants).collect();
        let named = named.into_iter().cloned();
        match self.everything {
            true => std::iter::once("*".to_owned()).chain(named.filter(|name| name.starts_with("http:"))).collect(),
            false => named.collect(),
        }
    }
}

impl std::fmt::Debug for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {} ({})", self.name(), self.manifest().version, self.hash())
    }
}

/// What the operator decided beforehand.
#[derive(Debug, Default)]
pub struct Granted {
    /// By function.
    pub functions: BTreeMap<String, Vec<String>>,
    /// Everything to everybody, but hosts.
    pub all: bool,
    /// Whose signature counts.
    pub signers: Signers,
}

impl Deployments {
    /// Nothing is live yet. `bundled` came with the program, by name.
    pub fn new(
        host: Arc<Host>,
        registry: Arc<dyn Registry>,
        bundled: BTreeMap<String, Bytes>,
        granted: Granted,
    ) -> Arc<Self> {
        Arc::new(Self {
            host,
            registry,
            bundled,
            granted,
            failures: Mutex::default(),
            off: Mutex::default(),
            applied: Mutex::default(),
            granted_count: AtomicU64::new(0),
            changing: tokio::sync::Mutex::default(),
        })
    }

    /// Puts live what served last, all at the same time: first the registry's word, then what came with the program. Where
    /// other processes write the registry too, it is followed from then on.
    ///
    /// # Errors
    /// The registry cannot be read, or a bundled function does not go live. What was deployed and does not go live any
    /// more is a [`Failure`], and the bundled one of that name serves in its place.
    pub async fn start(self: &Arc<Self>) -> Result<(), DeployError> {
        let mut wanted: BTreeMap<String, Desired> =
            self.bundled.keys().map(|name| (name.clone(), Desired::of(name))).collect();
        wanted.extend(self.registry.desired().await?.into_iter().map(|desired| (desired.function.clone(), desired)));
        let mut going = tokio::task::JoinSet::new();
        for desired in wanted.into_values() {
            let deployments = self.clone();
            going.spawn(async move { deployments.bring_back(&desired).await });
        }
        going.join_all().await.into_iter().collect::<Result<(), DeployError>>()?;
        if self.registry.is_shared() {
            tokio::spawn(self.clone().follow_registry());
        }
        Ok(())
    }

    /// At a start: what does not go live any more gives way to the bundled one, and is told.
    async fn bring_back(&self, desired: &Desired) -> Result<(), DeployError> {
        match self.bring_up(desired).await {
            Err(error) if desired.number.is_some() => {
                self.fail(&desired.function, &error.to_string());
                self.bring_up(&Desired { number: None, ..desired.clone() }).await?;
                self.applied.lock().insert(desired.function.clone(), desired.clone());
                Ok(())
            }
            done => done,
        }
    }

    /// What a function may have.
    ///
    /// # Errors
    /// It would take the place of one that came with the program, with its routes, its data and its configuration, and
    /// that was not granted.
    fn grants(&self, desired: &Desired, origin: Origin) -> Result<Grants, LoadError> {
        if origin == Origin::Bundled {
            return Ok(Grants::Everything);
        }
        let name = &desired.function;
        let names = self.configured(name).chain(desired.grants.iter()).cloned();
        if self.granted.all {
            return Ok(Grants::AllButHosts(names.collect()));
        }
        let grants = Grants::these(names);
        if self.bundled.contains_key(name) && !grants.has(REPLACE) {
            return Err(LoadError::NotGranted(format!(
                "{name} came with the program, and another one in its place gets its data and its address; if that is \
                 meant, run `kontor functions grant {name} {REPLACE}`"
            )));
        }
        Ok(grants)
    }

    /// How many grants there have been.
    fn grants_made(&self) -> u64 {
        self.granted_count.load(Relaxed)
    }

    /// Whether anything of that name serves.
    fn is_live(&self, name: &str) -> bool {
        self.host.live().borrow().functions.contains_key(name)
    }

    /// What the configuration grants.
    fn configured(&self, name: &str) -> impl Iterator<Item = &String> {
        self.granted.functions.get(name).into_iter().flatten()
    }

    /// What is to be live of a function; by default what came with the program.
    async fn desired(&self, name: &str) -> Result<Desired, RegistryError> {
        let all = self.registry.desired().await?;
        Ok(all.into_iter().find(|desired| desired.function == name).unwrap_or_else(|| Desired::of(name)))
    }

    /// Remembers and logs that something did not go live.
    fn fail(&self, what: &str, reason: &str) {
        tracing::error!(what, reason, "does not go live");
        let failure = Failure { what: what.to_owned(), reason: reason.to_owned(), since_us: now_us() };
        self.failures.lock().insert(what.to_owned(), failure);
    }

    /// Whether an operator switched the function off.
    pub fn is_off(&self, name: &str) -> bool {
        self.off.lock().contains(name)
    }

    /// What did not go live and has not since.
    pub fn failures(&self) -> Vec<Failure> {
        self.failures.lock().values().cloned().collect()
    }

    /// Every function that is there or was spoken of, by name.
    ///
    /// # Errors
    /// The registry cannot be read.
    pub async fn list(&self) -> Result<Vec<Installed>, DeployError> {
        let mut wanted: BTreeMap<String, Desired> =
            self.registry.desired().await?.into_iter().map(|desired| (desired.function.clone(), desired)).collect();
        for name in self.bundled.keys() {
            wanted.entry(name.clone()).or_insert_with(|| Desired::of(name));
        }
        let live = self.host.live().borrow().clone();
        let installed = wanted.into_values().map(|desired| {
            let bundled = self.bundled.contains_key(&desired.function);
            let live = live.functions.get(desired.function.as_str()).cloned();
            let everything = self.granted.all || live.as_ref().is_some_and(|live| live.origin() == Origin::Bundled);
            let configured = self.configured(&desired.function).cloned().collect();
            Installed { name: desired.function.clone(), live, bundled, everything, configured, desired }
        });
        Ok(installed.collect())
    }

    /// The versions of a function that are kept, newest first.
    ///
    /// # Errors
    /// The registry cannot be read.
    pub async fn versions(&self, function: &str) -> Result<Vec<Deployment>, DeployError> {
        Ok(self.registry.deployments(function).await?)
    }
}

fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
