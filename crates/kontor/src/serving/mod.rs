//! The program that serves: from an empty process to listeners, and back.

mod announcement;
mod descriptors;
mod functions;
mod listeners;
pub mod seals;
mod seller;
mod signals;
mod simulation;
mod sold;
mod waiting;

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context, Result, bail};
use kontor_data::Engine;
use kontor_edge::{
    Edge, EdgeLimits, Figures, Mount, Pages, Routed, Tokens,
    admin::{self, Admin},
};
use kontor_host::{Accounts, Host, Schedules};
use kontor_telemetry::Traces;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    bundle, engine,
    folder::Folder,
    settings::{Settings, nearest},
};
use listeners::Listeners;
use signals::Signals;
pub use simulation::simulate;
use waiting::Waited;

/// Databases get so long to close in any case, also when connections used the deadline up.
const CLOSING_MIN: Duration = Duration::from_secs(1);

/// Everything that is running.
struct Running {
    folder: Folder,
    settings: Settings,
    host: Arc<Host>,
    edge: Arc<Edge>,
    admin: Arc<Admin>,
    seals: seals::Seals,
    dev: bool,
}

/// Serves until a signal, then drains.
///
/// # Errors
/// Why it cannot start; nothing has been changed then, except that an empty data folder may have been made.
pub async fn serve(mut settings: Settings, dev: bool) -> Result<()> {
    let started = SystemTime::now();
    if dev {
        check_dev(&settings)?;
        seller::fill_in(&mut settings);
    }
    descriptors::make_room(&mut settings.connections);
    // What can be refused quickly is refused first: folder, ports, and only then the functions.
    let folder = Folder::take_alone(&settings.data)?;
    seller::keep_apart(&settings, &folder).await?;
    let plan = seals::plan(&settings, dev)?;
    let listeners = Listeners::bind(&settings.listen).await?;
    let admin_name = std::mem::take(&mut settings.listen.admin_name);
    settings.listen = crate::settings::Listen { admin_name, ..listeners.addresses()? };
    let engine = engine::sql(&settings, &folder)?;
    let Waited::Reached(signals) = waiting::reach(&engine, &listeners, &folder, &settings).await? else {
        return Ok(());
    };
    let running = assemble(folder, engine, settings, plan, dev, started).await?;
    running.serve(listeners, signals).await
}

/// With `--dev`, being on this machine is enough for everything. So nobody else may reach it.
fn check_dev(settings: &Settings) -> Result<()> {
    let http = settings.listen.http;
    if !http.ip().is_loopback() {
        bail!(
            "--dev grants everything to callers on this machine and so refuses to listen on {http}; leave out --dev, \
             or listen on 127.0.0.1:{}",
            http.port()
        );
    }
    Ok(())
}

async fn assemble(
    folder: Folder,
    engine: Arc<dyn Engine>,
    settings: Settings,
    plan: seals::Plan,
    dev: bool,
    started: SystemTime,
) -> Result<Running> {
    tracing::debug!(engine = engine.name(), folder = %settings.data.display(), "opened the data folder");
    let registry = engine.registry();
    let (tokens, traces, pages) = (Arc::<Tokens>::default(), Arc::<Traces>::default(), Arc::new(bundle::pages()));
    admin::tokens::refresh(&*registry, &tokens).await.context("cannot read the tokens")?;
    let host = Host::new(functions::host_settings(&settings, &folder, engine, traces.clone())?)?;
    let deployments = functions::deployments(&settings, host.clone(), registry.clone(), dev)?;
    // Before the first call, so that no budget begins anew.
    let accounts = Accounts::open(host.clone(), registry.clone()).await.context("cannot read what was used")?;
    deployments.start().await.context("the functions cannot be put live")?;
    deployments.follow(&folder.functions(), &folder.mark()?).await?;
    let bundled = bundle::names().into_iter().map(str::to_owned).collect();
    // Events of functions that are not there any more are still delivered, and their health still matters.
    host.open_existing().await?;
    let figures = Arc::<Figures>::default();
    let edge = Edge::new(edge_settings(&settings, dev, &host, &pages, &tokens, &traces, &figures)?);
    let router: Weak<Edge> = Arc::downgrade(&edge);
    host.connect(router);
    let key = kontor_edge::tokens::hash(&folder.make_admin_key()?);
    let problems = {
        let edge = edge.clone();
        Box::new(move || edge.problems())
    };
    let routed: Box<dyn Fn() -> admin::Routed + Send + Sync> = {
        let edge = edge.clone();
        Box::new(move || {
            let edge = edge.clone();
            Box::pin(async move { edge.settled().await })
        })
    };
    accounts.follow();
    let schedules =
        Schedules::open(host.clone(), registry.clone()).await.context("cannot read which runs there were")?;
    schedules.follow();
    let seals = seals::begin(plan, &settings, &host, &registry);
    let admin = Arc::new(Admin {
        host: host.clone(),
        accounts,
        schedules,
        deployments,
        registry,
        tokens,
        traces,
        figures,
        pages,
        address: settings.address()?,
        key,
        version: env!("CARGO_PKG_VERSION"),
        dev,
        started,
        bundled,
        name: Some(settings.listen.admin_name.clone()).filter(|name| !name.is_empty()),
        routed,
        problems,
        watched: vec![seals.watched()],
        stopping: AtomicBool::new(false),
        changing_tokens: tokio::sync::Mutex::default(),
    });
    tokio::spawn(admin.clone().follow_tokens());
    Ok(Running { folder, settings, host, edge, admin, seals, dev })
}

fn edge_settings(
    settings: &Settings,
    dev: bool,
    host: &Arc<Host>,
    pages: &Arc<Pages>,
    tokens: &Arc<Tokens>,
    traces: &Arc<Traces>,
    figures: &Arc<Figures>,
) -> Result<kontor_edge::Settings> {
    let mount = |mount: &crate::settings::Mount| Mount { path: mount.path.clone(), function: mount.function.clone() };
    Ok(kontor_edge::Settings {
        host: host.clone(),
        address: settings.address()?,
        mounts: settings.mounts.iter().map(mount).collect(),
        pages: pages.clone(),
        tokens: tokens.clone(),
        traces: traces.clone(),
        dev,
        limits: settings.connections.for_edge(settings.drain_deadline),
        trusted_proxies: settings.trusted_proxies()?,
        figures: figures.clone(),
    })
}

impl Running {
    async fn serve(self, listeners: Listeners, signals: Option<Signals>) -> Result<()> {
        // Before anybody can be told that the program is ready: who knows that may stop it, or give it orders and looks here.
        let signals = signals.map_or_else(Signals::catch, Ok)?;
        self.folder.announce(self.settings.listen.admin).context("cannot write kontor.lock")?;
        let (stop, stopping) = watch::channel(false);
        let (stop_admin, stopping_admin) = watch::channel(false);
        let mut public = JoinSet::new();
        for listener in listeners.http {
            public.spawn(self.edge.clone().serve(listener, told(stopping.clone())));
        }
        let admin = self.admin.clone();
        let routed = Routed {
            router: admin::router(admin.clone()),
            body_max_bytes: Arc::new(move |head, _| admin::guard::body_max_bytes(&admin, head)),
        };
        let limits = EdgeLimits { drain_deadline: Duration::from_secs(1), ..EdgeLimits::default() };
        let serving_admin = tokio::spawn(kontor_edge::serve(
            listeners.admin,
            Arc::new(routed),
            limits,
            Arc::default(),
            told(stopping_admin),
        ));
        announcement::print(&self.settings, &self.admin, self.dev)?;
        self.warn();

        let signal = signals.first().await;
        let deadline = self.settings.drain_deadline.0;
        let began = Instant::now();
        tracing::info!(signal, ?deadline, "stopping; requests under way are finished first");
        self.admin.stopping.store(true, Relaxed);
        stop.send_replace(true);
        let broken: usize = public.join_all().await.into_iter().sum();
        if broken > 0 {
            tracing::warn!(connections = broken, "broke off connections that were not done by the deadline");
        }
        self.seals.stop().await;
        self.host.stop(deadline.saturating_sub(began.elapsed()).max(CLOSING_MIN)).await;
        if let Err(error) = self.admin.accounts.settle().await {
            tracing::warn!(%error, "what was used in the last seconds could not be written down");
        }
        stop_admin.send_replace(true);
        serving_admin.await.context("the admin listener failed")?;
        tracing::info!(took = ?began.elapsed(), "stopped");
        Ok(())
    }
}

impl Running {
    /// What works, but probably not as the operator wants.
    fn warn(&self) {
        if self.admin.bundled.is_empty() {
            tracing::warn!("this program was built without functions and pages; `cargo xtask serve` builds them in");
            return;
        }
        for warning in self.admin.warnings() {
            tracing::warn!("{warning}");
        }
        let live = self.host.live().borrow().clone();
        let names = || live.functions.keys().map(|name| &**name);
        let is_dark = |name: &str| !live.functions.contains_key(name) && !self.admin.deployments.is_off(name);
        for name in self.settings.functions.keys().filter(|name| is_dark(name)) {
            let hint = match nearest(name, names()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("live are {}", names().collect::<Vec<_>>().join(", ")),
            };
            tracing::warn!(function = %name, "the configuration names a function that is not live; {hint}");
        }
        for mount in self.settings.mounts.iter().filter(|mount| is_dark(&mount.function)) {
            let (path, function) = (&mount.path, &mount.function);
            tracing::warn!(
                path,
                function,
                "a mount leads to a function that is not live; put it there, or mend [[mounts]]"
            );
        }
    }
}

/// Done once the sender says so, or is gone.
async fn told(mut receiver: watch::Receiver<bool>) {
    drop(receiver.wait_for(|told| *told).await);
}
