//! Which functions are live, and how that comes about: what came with the program, what lies in the functions folder,
//! and what operators order.
//!
//! The registry says what is to serve and keeps the components: a file that is half copied or the wrong one never takes
//! away what served before. A version is stored in the registry before it goes live, and everything that can fail happens
//! before that.

mod files;
pub(crate) mod folder;
mod orders;

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
use sha2::{Digest, Sha256};

use crate::{Grants, Host, LoadError, Origin, Version, grants::REPLACE, runtime::engine::hex};

/// Puts functions live and takes them down.
pub struct Deployments {
    host: Arc<Host>,
    registry: Arc<dyn Registry>,
    bundled: BTreeMap<String, Bytes>,
    /// Grants by function from the configuration, beside those in the registry.
    granted: BTreeMap<String, Vec<String>>,
    /// Whether everything is granted, to try things out.
    grant_all: bool,
    /// What did not go live since, by function or file, until it does.
    failures: Mutex<BTreeMap<String, Failure>>,
    /// What operators switched off.
    off: Mutex<BTreeSet<String>>,
    /// Counts grants: what was refused before one may be taken after it.
    granted_count: AtomicU64,
    /// One change of the registry's wishes at a time.
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
    /// What is to serve.
    pub desired: Desired,
    /// Whether one came with the program.
    pub bundled: bool,
    /// Everything that is granted, by configuration or command; `*` if everything is.
    pub grants: Vec<String>,
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
            granted: granted.functions,
            grant_all: granted.all,
            failures: Mutex::default(),
            off: Mutex::default(),
            granted_count: AtomicU64::new(0),
            changing: tokio::sync::Mutex::default(),
        })
    }

    /// Puts live what served last, all at the same time: first the registry's word, then what came with the program.
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
        going.join_all().await.into_iter().collect()
    }

    /// At a start: what does not go live any more gives way to the bundled one, and is told.
    async fn bring_back(&self, desired: &Desired) -> Result<(), DeployError> {
        match self.bring_up(desired).await {
            Err(error) if desired.number.is_some() => {
                self.fail(&desired.function, &error.to_string());
                self.bundled(&desired.function).await
            }
            done => done,
        }
    }

    /// Puts live what is desired of one function, or takes it down.
    async fn bring_up(&self, desired: &Desired) -> Result<(), DeployError> {
        let name = &desired.function;
        if !desired.enabled {
            self.off.lock().insert(name.clone());
            self.host.take_down(name);
            return Ok(());
        }
        self.off.lock().remove(name);
        match desired.number {
            Some(number) => self.deployed(desired, number).await,
            None => self.bundled(name).await,
        }
    }

    /// Puts live what came with the program under this name; if nothing did, nothing is live.
    async fn bundled(&self, name: &str) -> Result<(), DeployError> {
        match self.bundled.get(name) {
            Some(component) => self.host.put_live(component.clone()).await.map(drop).map_err(Into::into),
            None => {
                self.host.take_down(name);
                Ok(())
            }
        }
    }

    async fn deployed(&self, desired: &Desired, number: u64) -> Result<(), DeployError> {
        let name = &desired.function;
        let component = self.registry.component(name, number).await?;
        let component = component
            .ok_or_else(|| DeployError::Unknown(format!("version {number} of {name} is not kept any more")))?;
        let prepared = self.host.prepare(component.into(), Origin::Dropped, Some(name), &self.grants(desired)?).await?;
        self.host.swap_in(prepared);
        self.failures.lock().remove(name);
        Ok(())
    }

    /// What a function may have.
    ///
    /// # Errors
    /// It would take the place of one that came with the program, with its routes, its data and its configuration, and
    /// that was not granted.
    fn grants(&self, desired: &Desired) -> Result<Grants, LoadError> {
        let name = &desired.function;
        let names = self.granted(name).chain(desired.grants.iter()).cloned();
        if self.grant_all {
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

    fn granted(&self, name: &str) -> impl Iterator<Item = &String> {
        self.granted.get(name).into_iter().flatten()
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
            let everything = self.grant_all || live.as_ref().is_some_and(|live| live.origin() == Origin::Bundled);
            let named = self.granted(&desired.function).chain(desired.grants.iter()).cloned();
            let grants = match everything {
                true => std::iter::once("*".to_owned()).chain(named.filter(|name| name.starts_with("http:"))).collect(),
                false => named.collect(),
            };
            Installed { name: desired.function.clone(), live, bundled, grants, desired }
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

/// SHA-256, hexadecimal.
fn hash(component: &[u8]) -> String {
    hex(&Sha256::digest(component))
}

fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
