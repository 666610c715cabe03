//! The admin listener: dashboard, health, metrics, and what operators do. Loopback only.
//!
//! Reading is open to whoever reaches the listener, which on loopback is whoever is on the machine. What changes
//! anything, and the list of tokens, takes the admin key: a file that only the user who runs the program can read.

pub mod events;
mod events_api;
mod exposition;
pub mod functions;
mod functions_api;
mod guard;
mod health;
mod metrics;
mod overview;
mod process;
mod refusal;
pub mod rows;
mod rows_api;
pub mod tokens;
mod tokens_api;
pub mod usage;
mod watched;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::SystemTime,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware,
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use kontor_contract::ConfigurationFault;
use kontor_data::{Health, Registry};
use kontor_host::{Accounts, BudgetState, Deployments, Host, ScheduleState, Schedules, StoreHealth, Version};
use kontor_telemetry::{FinishedTrace, Traces};

use crate::{address::Address, figures::Figures, pages::Pages, tokens::TokenHash, tokens::Tokens};
use refusal::Refused;

pub use watched::{Reading, Watched};

/// The largest component that can be deployed, bytes. Nothing else that is sent here comes near it.
pub const COMPONENT_MAX_BYTES: usize = 64 << 20;
/// An order is a few names.
const ORDER_MAX_BYTES: usize = 64 << 10;

/// What the admin listener shows and changes.
pub struct Admin {
    /// Runs functions.
    pub host: Arc<Host>,
    /// Decides which are live.
    pub deployments: Arc<Deployments>,
    /// Knows what was used.
    pub accounts: Arc<Accounts>,
    /// Knows what was done when.
    pub schedules: Arc<Schedules>,
    /// Keeps tokens.
    pub registry: Arc<dyn Registry>,
    /// The tokens that are good now; replaced whenever the registry's change.
    pub tokens: Arc<Tokens>,
    /// Done traces.
    pub traces: Arc<Traces>,
    /// What the public listener counts.
    pub figures: Arc<Figures>,
    /// Embedded pages; `dashboard.html` is the one shown.
    pub pages: Arc<Pages>,
    /// The public address, for links.
    pub address: Address,
    /// SHA-256 of the admin key.
    pub key: TokenHash,
    /// The program's version.
    pub version: &'static str,
    /// Whether loopback callers of the public listener are granted everything.
    pub dev: bool,
    /// When the program started.
    pub started: SystemTime,
    /// Functions that came with the program: one of them missing means not ready.
    pub bundled: Vec<String>,
    /// What else is wrong, for `/readyz`; for example routes that two functions claim.
    pub problems: Box<dyn Fn() -> Vec<String> + Send + Sync>,
    /// What else runs in the program.
    pub watched: Vec<Arc<dyn Watched>>,
    /// Set while the program stops: not ready any more, so that load balancers turn away.
    pub stopping: AtomicBool,
    /// Held while tokens change, so that an older reading cannot replace a newer one.
    pub changing_tokens: tokio::sync::Mutex<()>,
}

/// The admin listener's routes.
pub fn router(admin: Arc<Admin>) -> Router {
    let guarded = Router::new()
        .route("/api/events/replay", post(events_api::replay))
        .route("/api/events/skip", post(events_api::skip))
        .route("/api/functions/{name}", delete(functions_api::remove))
        .route("/api/functions/{name}/rollback", post(functions_api::roll_back))
        .route("/api/functions/{name}/enable", post(functions_api::enable))
        .route("/api/functions/{name}/disable", post(functions_api::disable))
        .route("/api/functions/{name}/grants", post(functions_api::grant))
        .route("/api/functions/{name}/query", post(rows_api::query))
        .route("/api/functions/{name}/unprotected", post(rows_api::unprotected))
        .route("/api/tokens", get(tokens_api::list).post(tokens_api::create))
        .route("/api/tokens/{name}", delete(tokens_api::revoke))
        .layer(DefaultBodyLimit::max(ORDER_MAX_BYTES));
    let guarded = Router::new()
        .route("/api/functions", post(functions_api::deploy))
        .layer(DefaultBodyLimit::max(COMPONENT_MAX_BYTES))
        .merge(guarded)
        .route_layer(middleware::from_fn_with_state(admin.clone(), guard::admin_key));
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route("/api/overview", get(overview::show))
        .route("/api/traces", get(traces))
        .route("/api/events", get(events_api::list))
        .route("/api/functions", get(functions_api::list))
        .route("/api/functions/{name}", get(functions_api::show))
        .route("/api/events/waiting", get(events_api::waiting))
        .route("/api/usage", get(usage::show))
        .merge(guarded)
        .fallback(page)
        .method_not_allowed_fallback(refusal::method_not_allowed)
        .layer(middleware::from_fn(guard::same_origin))
        .with_state(admin)
}

impl Admin {
    /// Why the program should get no requests now; empty if it is ready. Each says what and where.
    #[must_use]
    pub fn not_ready(&self) -> Vec<String> {
        let routes = (self.problems)().into_iter();
        let mut reasons: Vec<String> = routes.filter(|problem| self.is_of_the_program(problem)).collect();
        if self.stopping.load(Relaxed) {
            reasons.push("the program is stopping".to_owned());
        }
        let live = self.host.live().borrow().clone();
        let is_missing = |name: &&String| !live.functions.contains_key(name.as_str()) && !self.deployments.is_off(name);
        let missing = self.bundled.iter().filter(is_missing);
        reasons.extend(missing.map(|name| format!("the function {name} is not live")));
        reasons.extend(self.troubled(true));
        reasons
    }

    /// Whether a fault of the routes, which begins with the function's name, is one of a function that came with the
    /// program, or of the program itself.
    fn is_of_the_program(&self, problem: &str) -> bool {
        let function = problem.split(':').next().unwrap_or_default();
        let is_function = self.host.live().borrow().functions.contains_key(function);
        !is_function || self.bundled.iter().any(|bundled| bundled == function)
    }

    /// Databases that do not work: those of the functions that came with the program, or the others'. What an operator's
    /// own function has done to its database keeps nobody from the shop.
    fn troubled(&self, bundled: bool) -> Vec<String> {
        let is_asked = |name: &String| self.bundled.contains(name) == bundled;
        let databases = self.host.databases().into_iter().filter(|(name, _)| is_asked(name));
        let databases = databases.filter_map(|(name, database)| match database.health() {
            Health::Ok => None,
            Health::ReadOnly(reason) => Some(format!("the database of {name} takes no writes: {reason}")),
            Health::Stopped(reason) => Some(format!("the database of {name} has stopped: {reason}")),
        });
        let stores = self.host.stores_health().into_iter().filter(|store| is_asked(&store.function));
        let stores = stores.filter_map(|StoreHealth { function, what, health }| match health {
            Health::Ok => None,
            Health::ReadOnly(reason) => Some(format!("the {what} of {function} take no changes: {reason}")),
            Health::Stopped(reason) => Some(format!("the {what} of {function} have stopped: {reason}")),
        });
        databases.chain(stores).collect()
    }

    /// Sources whose outbox fills up, long before it is full and nothing that makes events is taken any more.
    fn filling(&self) -> Vec<String> {
        let databases = self.host.databases();
        let filling = databases.iter().filter_map(|(name, database)| {
            let (rows, most) = (database.backlog().rows, self.host.outbox_rows_max(name));
            (rows >= most / 2).then(|| {
                format!(
                    "{rows} of at most {most} events of {name} wait; when it is full, nothing that makes events is taken. \
                     `kontor events list` says for whom and why; `kontor functions remove NAME` forgets a subscriber that \
                     is gone for good"
                )
            })
        });
        filling.collect()
    }

    /// What waits for the operator while everything else goes on: the program is ready all the same. Each says what and
    /// where.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let live = self.host.live().borrow().clone();
        let incomplete = live.functions.values().filter(|version| !version.misconfigured().is_empty());
        let warning = |version: &Arc<Version>| incomplete_configuration(version.name(), version.misconfigured());
        let failures = self.deployments.failures();
        let failed = failures.iter().map(|failure| format!("{} does not go live: {}", failure.what, failure.reason));
        let budgets = self.host.budgets().into_iter().filter(BudgetState::is_near_its_end);
        let budgets = budgets.map(|budget| budget.warning(self.host.tariff()));
        let missed = live.functions.values().flat_map(|version| self.missed(version));
        let own = (self.problems)().into_iter().filter(|problem| !self.is_of_the_program(problem));
        let watched = self.watched.iter().flat_map(|watched| watched.warnings());
        let others = own.chain(self.troubled(false)).chain(self.filling()).chain(watched);
        incomplete.map(warning).chain(failed).chain(others).chain(budgets).chain(missed).collect()
    }
}

impl Admin {
    /// Schedules whose last run came to nothing.
    fn missed(&self, version: &Version) -> Vec<String> {
        let name = version.name();
        let warning = |state: ScheduleState| match state.state {
            "failed" => {
                let error = state.error.unwrap_or_default();
                Some(format!("the schedule {} of {name} failed when it was last due: {error}", state.name))
            }
            "interrupted" => Some(format!(
                "the schedule {} of {name} was cut off when it was last due, since the program ended; it is not repeated",
                state.name
            )),
            _ => None,
        };
        self.schedules.states(version).into_iter().filter_map(warning).collect()
    }
}

/// Keys with the same fault stand together: mostly they are simply not set.
fn incomplete_configuration(function: &str, faults: &[ConfigurationFault]) -> String {
    let mut by_what: Vec<(&str, Vec<&str>)> = Vec::new();
    for ConfigurationFault { key, what } in faults {
        match by_what.iter_mut().find(|(known, _)| known == what) {
            Some((_, keys)) => keys.push(key),
            None => by_what.push((what, vec![key])),
        }
    }
    let faults = by_what.into_iter().map(|(what, keys)| format!("{} ({what})", keys.join(", "))).collect::<Vec<_>>();
    format!(
        "the configuration of {function} is not complete, and what needs it waits; set in [functions.{function}.config] of \
         kontor.toml: {}",
        faults.join("; ")
    )
}

async fn traces(State(admin): State<Arc<Admin>>) -> Json<Vec<FinishedTrace>> {
    Json(admin.traces.list())
}

/// The dashboard and its files; no other page belongs on this listener.
async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Result<Response, Refused> {
    if !matches!(*request.method(), http::Method::GET | http::Method::HEAD) {
        return Err(Refused::not_found());
    }
    let path = match request.uri().path() {
        "/" | "/index.html" | "/dashboard" => "/dashboard.html",
        path => path,
    };
    match admin.pages.get(path) {
        Some(page) if path == "/dashboard.html" || !page.is_html() => {
            Ok(page.answer(request.headers()).map(axum::body::Body::new).into_response())
        }
        None if path == "/dashboard.html" => {
            Ok("This program was built without pages. /api/overview, /healthz, /readyz and /metrics are there.\n"
                .into_response())
        }
        _ => Err(Refused::not_found()),
    }
}

#[cfg(test)]
mod tests;
