//! What Kontor itself has to remember: service tokens, which functions the operator put there, what was used, and which
//! scheduled runs there were.

use crate::Async;

/// A service's token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Unique name; what functions see.
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// What it grants.
    pub scopes: Vec<String>,
    /// µs since 1970 UTC.
    pub created_us: i64,
    /// µs since 1970 UTC; none while it is good.
    pub revoked_us: Option<i64>,
}

/// A version of a function that was deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The function's name.
    pub function: String,
    /// Counts from 1 for each function.
    pub number: u64,
    /// SHA-256 of the component, 64 hexadecimal digits.
    pub hash: String,
    /// The function's own version, for people.
    pub version: String,
    /// Who deployed it: a person, `token:NAME`, or `folder:NAME` for a file in the functions folder.
    pub who: String,
    /// µs since 1970 UTC.
    pub deployed_us: i64,
    /// A signature of the component as it came with it, in Base64; none if it came without. The host checks it anew
    /// whenever the deployment goes live.
    pub signature: Option<String>,
}

/// What is to be live of one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The function's name.
    pub function: String,
    /// Number of the deployment that is to serve; none if what came with the program is.
    pub number: Option<u64>,
    /// False if the operator switched the function off.
    pub enabled: bool,
    /// Hash of the file in the functions folder that was last acted upon, whatever came of it; none if there was none.
    pub seen: Option<String>,
    /// What the operator granted by command, beside the configuration.
    pub grants: Vec<String>,
}

impl Desired {
    /// Nothing was ever said of this function.
    #[must_use]
    pub fn of(function: &str) -> Self {
        Self { function: function.to_owned(), number: None, enabled: true, seen: None, grants: Vec::new() }
    }
}

/// Deployments that are kept of each function; the one that is to serve is always among them.
pub const DEPLOYMENTS_KEPT: usize = 20;

/// What the calls of one operation used within one hour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// The function's name.
    pub function: String,
    /// An `operationId`; `(on-event)` and `(on-schedule)` for what no HTTP request caused.
    pub operation: String,
    /// Hours since 1970 UTC.
    pub hour: i64,
    /// How much.
    pub used: Used,
}

/// How much was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// Answers, refusals among them.
    pub requests: u64,
    /// Answers with 5xx.
    pub errors: u64,
    /// Calls that the function was at work for.
    pub calls: u64,
    /// CPU, nanoseconds.
    pub cpu_ns: u64,
    /// Pages of 64 KiB times microseconds.
    pub memory_page_us: u64,
    /// Bodies received, bytes.
    pub received_bytes: u64,
    /// Bodies sent, bytes.
    pub sent_bytes: u64,
    /// Rows that statements returned or touched.
    pub rows: u64,
}

impl std::ops::AddAssign for Used {
    fn add_assign(&mut self, more: Self) {
        self.requests += more.requests;
        self.errors += more.errors;
        self.calls += more.calls;
        self.cpu_ns += more.cpu_ns;
        self.memory_page_us += more.memory_page_us;
        self.received_bytes += more.received_bytes;
        self.sent_bytes += more.sent_bytes;
        self.rows += more.rows;
    }
}

/// What was used of a budget within one of its windows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spent {
    /// Which budget: function, caller and length of the window.
    pub budget: String,
    /// Counts windows since 1970 UTC.
    pub window: u64,
    /// Requests that it let pass.
    pub requests: u64,
    /// Calls that the function was at work for.
    pub calls: u64,
    /// Pages of 64 KiB times microseconds.
    pub memory_page_us: u64,
    /// Bodies sent, bytes.
    pub sent_bytes: u64,
}

/// Hours for which usage is kept: 400 days, so that a month can be compared with the same one a year before.
pub const USAGE_KEPT_HOURS: i64 = 400 * 24;

/// The last run of a schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// The function's name.
    pub function: String,
    /// The schedule's name.
    pub schedule: String,
    /// When it was due, µs since 1970 UTC. For a schedule that never ran: when it was first seen.
    pub due_us: i64,
    /// When it ended, µs since 1970 UTC; none while it is under way, or if the program ended meanwhile.
    pub ended_us: Option<i64>,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// Why the registry did not do it.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// There is one of that name already.
    #[error("a token named {0} exists already; revoke it first, or choose another name")]
    Exists(String),
    /// The store says no.
    #[error("{0}")]
    Store(String),
}

/// Kontor's own records.
pub trait Registry: Send + Sync {
    /// Whether other processes read and write the same records at the same time: then what is to serve may change at any
    /// moment without this process doing it.
    fn is_shared(&self) -> bool {
        false
    }

    /// Every token, revoked ones too, by name.
    fn tokens(&self) -> Async<'_, Result<Vec<Token>, RegistryError>>;

    /// Stores a token. A revoked token of that name is replaced.
    fn add_token(&self, token: Token) -> Async<'_, Result<(), RegistryError>>;

    /// Revokes a token; false if there is none of that name that is good.
    fn revoke_token(&self, name: &str, at_us: i64) -> Async<'_, Result<bool, RegistryError>>;

    /// What is to be live of every function of which anything was ever said, by name.
    fn desired(&self) -> Async<'_, Result<Vec<Desired>, RegistryError>>;

    /// Replaces what is to be live of one function.
    fn desire(&self, desired: Desired) -> Async<'_, Result<(), RegistryError>>;

    /// Stores a deployment with its component and makes it the one that is to serve, in one commit. `number` is given
    /// here. An earlier deployment of the same component goes, since going back to it would change nothing; past
    /// [`DEPLOYMENTS_KEPT`] the oldest one goes.
    fn deploy<'a>(
        &'a self,
        deployment: Deployment,
        component: &'a [u8],
        seen: Option<String>,
    ) -> Async<'a, Result<Deployment, RegistryError>>;

    /// The deployments of a function, newest first.
    fn deployments<'a>(&'a self, function: &'a str) -> Async<'a, Result<Vec<Deployment>, RegistryError>>;

    /// The component of a deployment; none if it is not kept any more.
    fn component<'a>(&'a self, function: &'a str, number: u64) -> Async<'a, Result<Option<Vec<u8>>, RegistryError>>;

    /// Adds usage to what is there of the same hour, and replaces what budgets have spent, in one commit. What is older
    /// than [`USAGE_KEPT_HOURS`] before the newest goes.
    fn settle(&self, usage: Vec<Usage>, spent: Vec<Spent>) -> Async<'_, Result<(), RegistryError>>;

    /// Usage from an hour on, summed up by function and operation, in their order. `hour` is the first one.
    fn usage(&self, since_hour: i64) -> Async<'_, Result<Vec<Usage>, RegistryError>>;

    /// What budgets have spent, in the window that each was last settled in.
    fn spent(&self) -> Async<'_, Result<Vec<Spent>, RegistryError>>;

    /// Every schedule's last run.
    fn runs(&self) -> Async<'_, Result<Vec<Run>, RegistryError>>;

    /// Notes that a run begins, unless one that was due then or later is noted already: then false, and whoever asks must
    /// not begin it.
    fn begin_run(&self, run: Run) -> Async<'_, Result<bool, RegistryError>>;

    /// Notes how the run that was due then ended.
    fn end_run(&self, run: Run) -> Async<'_, Result<(), RegistryError>>;
}
