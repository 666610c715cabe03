//! What Kontor itself has to remember: service tokens now; deployments and grants later.

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
}
