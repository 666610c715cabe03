//! The host: what is live, and how it changes.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use kontor_contract::Manifest;
use kontor_data::Database;
use kontor_telemetry::Gauge;
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout_at},
};

use crate::{
    Answer, Budget, BudgetState, Call, CallError, Grants, LoadError, Metering, Origin, Settings, Tariff, Version,
    delivery::{Deliveries, Pauses, Sources},
    figures::Figures,
    load,
    outbound::{Network, OutboundFigures, Router},
    runtime::{
        Runtime,
        slices::{self, Places},
    },
    stores::{Opened, StoreHealth},
};

/// How often instances that nobody needs are let go.
const SWEEP: Duration = Duration::from_secs(15);

/// The host.
pub struct Host {
    pub(crate) shared: Arc<Shared>,
    deliveries: Deliveries,
}

/// What versions, calls and deliveries share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) runtime: Runtime,
    pub(crate) live: watch::Sender<Arc<Live>>,
    pub(crate) sources: Sources,
    pub(crate) stores: Opened,
    pub(crate) pauses: Pauses,
    pub(crate) figures: Figures,
    pub(crate) budgets: Vec<Arc<Budget>>,
    pub(crate) in_flight: Gauge,
    /// What functions' own requests share.
    pub(crate) network: Network,
    /// One put-live at a time for each name.
    changing: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// What the long calls of a function share, by its name.
    places: Mutex<BTreeMap<String, Places>>,
    stopping: AtomicBool,
    /// Says the same to who waits for it.
    pub(crate) stopped: watch::Sender<bool>,
    /// Told when a call ends while the host is stopping.
    ended: Notify,
}

impl Shared {
    /// A call ended, however.
    pub(crate) fn call_ended(&self) {
        self.in_flight.add(-1);
        if self.stopping.load(SeqCst) {
            self.ended.notify_one();
        }
    }

    /// What the long calls of a function share.
    pub(crate) fn places(&self, function: &str) -> Places {
        self.places.lock().entry(function.to_owned()).or_insert_with(slices::places).clone()
    }

    /// Something that the end of the program waits for, besides calls.
    pub(crate) fn enter(self: &Arc<Self>) -> Entered {
        self.in_flight.add(1);
        Entered(self.clone())
    }

    /// Whether the host stops.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(SeqCst)
    }

    /// Whoever holds this changes the function of that name.
    pub(crate) fn changing(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        self.changing.lock().entry(name.to_owned()).or_default().clone()
    }
}

/// Something under way, until it is dropped.
pub(crate) struct Entered(Arc<Shared>);

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.call_ended();
    }
}

/// Everything that is live, in one piece: it never changes, it is replaced.
#[derive(Default, Clone)]
pub struct Live {
    /// By name.
    pub functions: BTreeMap<Arc<str>, Arc<Version>>,
}

/// A version that is ready to go live, and the right to change what is live of its name.
pub struct Prepared {
    version: Arc<Version>,
    _changing: tokio::sync::OwnedMutexGuard<()>,
}

impl Prepared {
    /// What would go live.
    #[must_use]
    pub fn version(&self) -> &Arc<Version> {
        &self.version
    }
}

impl Host {
    /// Makes the engine. Cheap; no function is loaded yet.
    ///
    /// # Errors
    /// `Host` if the cache folder cannot be made or the engine not be started.
    pub fn new(settings: Settings) -> Result<Arc<Self>, LoadError> {
        load::cache::prepare(&settings.cache_folder)?;
        let memory_max_bytes = std::iter::once(&settings.limits)
            .chain(settings.function_limits.values())
            .map(|limits| limits.memory_max_bytes)
            .max()
            .unwrap_or_default();
        let runtime = Runtime::new(memory_max_bytes)?;
        let shared = Arc::new(Shared {
            network: Network::new(&settings.outbound.trusted_certificates, runtime.budget.clone())?,
            runtime,
            budgets: budgets(&settings.metering),
            settings,
            live: watch::Sender::default(),
            sources: Sources::default(),
            stores: Opened::default(),
            pauses: Pauses::default(),
            figures: Figures::default(),
            in_flight: Gauge::default(),
            changing: Mutex::default(),
            places: Mutex::default(),
            stopping: AtomicBool::new(false),
            stopped: watch::Sender::default(),
            ended: Notify::new(),
        });
        Ok(Arc::new(Self { deliveries: Deliveries::new(shared.clone()), shared }))
    }

    /// [`Host::prepare`] and [`Host::swap_in`] in one, for what came with the program.
    ///
    /// # Errors
    /// What is wrong with the component, its manifest or its database. The old version stays live.
    pub async fn put_live(&self, component: Bytes) -> Result<Arc<Version>, LoadError> {
        let prepared = self.prepare(component, Origin::Bundled, None, &Grants::Everything).await?;
        let version = prepared.version.clone();
        self.swap_in(prepared);
        Ok(version)
    }

    /// Hash, compile (cached), check, describe, compare with what is granted, open and migrate its database. What is live
    /// does not change; as long as what this gives is kept, nobody else changes the function of that name.
    /// `expected` is the name that the function has to have, if that is known.
    ///
    /// # Errors
    /// What is wrong with the component, its manifest or its database.
    pub async fn prepare(
        &self,
        component: Bytes,
        origin: Origin,
        expected: Option<&str>,
        grants: &Grants,
    ) -> Result<Prepared, LoadError> {
        let loaded = load::load(&self.shared, component, origin, expected).await?;
        let name = loaded.manifest.name.clone();
        if let Some(expected) = expected.filter(|expected| **expected != name) {
            return Err(LoadError::BadManifest(format!(
                "the function says that its name is {name}, but it is put there as {expected}; rename the one or the other"
            )));
        }
        let reuse = grants.check(&loaded.manifest)?;
        let changing = self.shared.changing(&name).lock_owned().await;
        if self.shared.is_stopping() {
            return Err(LoadError::Host("the host is stopping; nothing goes live any more".to_owned()));
        }
        let version = load::open(&self.shared, loaded, reuse, &grants.hosts()).await?;
        Ok(Prepared { version, _changing: changing })
    }

    /// Makes a prepared version the one that is live. Calls under way finish on the one before. Cannot fail.
    pub fn swap_in(&self, prepared: Prepared) {
        let version = prepared.version;
        self.shared.live.send_modify(|live| {
            Arc::make_mut(live).functions.insert(version.name().clone(), version.clone());
        });
        self.deliveries.begin(&version);
        self.sweep(&version);
    }

    /// From now on functions can call one another; `router` knows the way. It is asked as long as it lives.
    pub fn connect(&self, router: Weak<dyn Router>) {
        self.shared.network.neighbours.connect(router);
    }

    /// How functions' own requests went, by function.
    pub fn outbound_figures(&self) -> Vec<(String, Arc<OutboundFigures>)> {
        self.shared.network.all_figures()
    }

    /// Reads a component's manifest through all checks, and puts nothing live.
    ///
    /// # Errors
    /// What is wrong with the component or its manifest.
    pub async fn describe(&self, component: Bytes) -> Result<Manifest, LoadError> {
        Ok(load::load(&self.shared, component, Origin::Dropped, None).await?.manifest)
    }

    /// Whether a component does not say by itself what it is called, so that whoever puts it there has to.
    ///
    /// # Errors
    /// What is wrong with the component.
    pub async fn is_nameless(&self, component: Bytes) -> Result<bool, LoadError> {
        load::is_nameless(&self.shared, component).await
    }

    /// Opens the databases that are there although nobody put their function live, so that their events and health are
    /// seen.
    ///
    /// # Errors
    /// Why one of them does not open.
    pub async fn open_existing(&self) -> Result<(), LoadError> {
        for name in self.shared.settings.engine.existing()? {
            if load::manifest::is_function_name(&name) {
                self.shared.sources.open(&self.shared.settings, &name, None).await?;
            }
        }
        Ok(())
    }

    /// Takes a function out. Its database, its events and subscriptions stay. False if there was none.
    pub fn take_down(&self, name: &str) -> bool {
        self.shared.live.send_if_modified(|live| {
            live.functions.contains_key(name) && Arc::make_mut(live).functions.remove(name).is_some()
        })
    }

    /// Lets no source keep events for this function any more. True if one did.
    ///
    /// # Errors
    /// A source cannot be written.
    pub async fn forget_subscriber(&self, name: &str) -> Result<bool, LoadError> {
        self.shared.sources.forget(name).await
    }

    /// The most events of a source that may wait.
    pub fn outbox_rows_max(&self, source: &str) -> u64 {
        self.shared.settings.limits_of(source).data.outbox_rows_max
    }

    /// What is live now, and a signal for each change.
    pub fn live(&self) -> watch::Receiver<Arc<Live>> {
        self.shared.live.subscribe()
    }

    /// Calls a version. Cancel-safe: dropping the future ends the call and its instance; a batch that is queued commits.
    ///
    /// # Errors
    /// Why there is no answer; what the function itself said of it is in the log alone.
    pub async fn handle(&self, version: &Arc<Version>, call: Call) -> Result<Answer, CallError> {
        if self.shared.is_stopping() {
            return Err(CallError::Stopping);
        }
        version.handle(call).await
    }

    /// Databases by source, also of functions that are not live, for events and health.
    pub fn databases(&self) -> BTreeMap<String, Arc<dyn Database>> {
        self.shared.sources.databases()
    }

    /// Why events of `source` are not delivered to `subscriber` now: it is not live, or said that it lacks something. None
    /// if they are.
    pub fn why_paused(&self, source: &str, subscriber: &str) -> Option<String> {
        if !self.shared.live.borrow().functions.contains_key(subscriber) {
            return Some(format!("the function {subscriber} is not live"));
        }
        self.shared.pauses.of(source, subscriber)
    }

    /// HTTP calls under way; event delivery yields to them.
    pub fn in_flight(&self) -> &Gauge {
        &self.shared.in_flight
    }

    /// How budgets stand.
    pub fn budgets(&self) -> Vec<BudgetState> {
        let now = SystemTime::now();
        self.shared.budgets.iter().map(|budget| budget.state(now)).collect()
    }

    /// What calls cost.
    pub fn tariff(&self) -> &Tariff {
        &self.shared.settings.metering.tariff
    }

    /// Lets the subscribers of a source look for events at once, for example after an operator replayed one.
    pub fn wake(&self, source: &str) {
        self.shared.sources.wake(source);
    }

    /// Stops event delivery, refuses new calls, waits for those under way, closes the databases. At most `deadline`.
    pub async fn stop(&self, deadline: Duration) {
        let deadline = Instant::now() + deadline;
        self.shared.stopping.store(true, SeqCst);
        self.shared.stopped.send_replace(true);
        for version in self.shared.live.borrow().functions.values() {
            version.admission.close();
        }
        let _ = timeout_at(deadline, async {
            self.deliveries.stop().await;
            while self.shared.in_flight.get() > 0 {
                self.shared.ended.notified().await;
            }
        })
        .await;
        self.deliveries.abort();
        for database in self.databases().values() {
            if timeout_at(deadline, database.close()).await.is_err() {
                tracing::warn!("a database did not close within the deadline; what was acknowledged is safe");
            }
        }
        if timeout_at(deadline, self.shared.stores.close()).await.is_err() {
            tracing::warn!("documents or entries did not close within the deadline; what was acknowledged is safe");
        }
        for version in self.shared.live.borrow().functions.values() {
            version.idle.clear();
        }
    }

    /// How the documents and the entries of functions are, those of which any were opened: what it is, for people, and its
    /// health.
    pub fn stores_health(&self) -> Vec<StoreHealth> {
        self.shared.stores.health()
    }

    /// Lets go of instances that a version does not need, as long as it lives.
    fn sweep(&self, version: &Arc<Version>) {
        let version = Arc::downgrade(version);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                let Some(version) = version.upgrade() else { return };
                version.idle.sweep();
            }
        });
    }
}

fn budgets(metering: &Metering) -> Vec<Arc<Budget>> {
    metering.budgets.iter().map(|rule| Arc::new(Budget::new(rule.clone(), metering.tariff.clone()))).collect()
}

impl Drop for Host {
    /// Versions hold what they share, and what they share holds what is live: without this, nothing of it would ever go.
    fn drop(&mut self) {
        self.shared.live.send_replace(Arc::default());
    }
}
