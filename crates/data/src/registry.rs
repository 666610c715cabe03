//! What Kontor itself has to remember: service tokens, and which functions the operator put there.

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
    /// Who deployed it: a person, a token's name, or the file it came in.
    pub who: String,
    /// µs since 1970 UTC.
    pub deployed_us: i64,
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
    /// here. Past [`DEPLOYMENTS_KEPT`] the oldest goes.
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
}
