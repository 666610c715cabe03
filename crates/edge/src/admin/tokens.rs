//! Tokens of services: making, listing, revoking. The same whether the program serves or only its folder is there.

use std::{collections::BTreeSet, fmt::Write, sync::Arc, time::SystemTime};

use kontor_data::{Registry, RegistryError, Token};
use kontor_host::Identity;
use serde::{Deserialize, Serialize};

use crate::tokens::{Tokens, hash};

/// Bytes of randomness in a secret.
const SECRET_BYTES: usize = 32;
const NAME_MAX: usize = 64;
const SCOPES_MAX: usize = 100;
/// From here on two scopes look alike.
const ALIKE: f64 = 0.8;

/// What a new token shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Unique; what functions see. `[a-z0-9-]{1,64}`.
    pub name: String,
    /// `FUNCTION:RIGHT`, for example `sales:reset`, or `*` for all.
    pub scopes: Vec<String>,
}

/// A token that was just made. The only time that its secret is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// Its name.
    pub name: String,
    /// What it grants.
    pub scopes: Vec<String>,
    /// What the service sends as bearer.
    pub secret: String,
    /// Scopes that no function asks for, each with those that look like it or, if none does, with all there are. The token
    /// is good all the same: its function may come later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A token as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// What it grants.
    pub scopes: Vec<String>,
    /// ms since 1970 UTC.
    pub created_ms: i64,
    /// ms since 1970 UTC; none while it is good.
    pub revoked_ms: Option<i64>,
}

/// Why a token was not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenFault {
    /// The name or a scope is not allowed.
    #[error("{0}")]
    Invalid(String),
    /// There is no good token of that name.
    #[error("there is no token named {0} that is good; `kontor tokens list` shows all")]
    Unknown(String),
    /// The registry says no.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

/// A secret that nobody can guess: `kt_` and 64 hexadecimal digits, by which leak scanners can know it.
///
/// # Errors
/// The system gives no random bytes.
pub fn new_secret() -> Result<String, TokenFault> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(TokenFault::Random)?;
    Ok(bytes.iter().fold("kt_".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// Makes a token. `known` are the scopes that functions ask for; if there are none, nobody knows.
///
/// # Errors
/// The name or a scope is not allowed, the name is taken, or the store says no.
pub async fn create(registry: &dyn Registry, new: NewToken, known: &BTreeSet<String>) -> Result<Created, TokenFault> {
    check(&new)?;
    let secret = new_secret()?;
    let NewToken { name, scopes } = new;
    let token = Token {
        name: name.clone(),
        hash: hash(&secret),
        scopes: scopes.clone(),
        created_us: now_us(),
        revoked_us: None,
    };
    registry.add_token(token).await?;
    tracing::info!(token = %name, scopes = %scopes.join(" "), "an operator made a token");
    let warnings = unknown_scopes(&scopes, known);
    Ok(Created { name, scopes, secret, warnings })
}

/// Revokes a token.
///
/// # Errors
/// There is none of that name, or the store says no.
pub async fn revoke(registry: &dyn Registry, name: &str) -> Result<(), TokenFault> {
    if !registry.revoke_token(name, now_us()).await? {
        return Err(TokenFault::Unknown(name.to_owned()));
    }
    tracing::info!(token = %name, "an operator revoked a token");
    Ok(())
}

/// All tokens, revoked ones too, by name.
///
/// # Errors
/// The store says no.
pub async fn list(registry: &dyn Registry) -> Result<Vec<Shown>, RegistryError> {
    let show = |token: Token| Shown {
        name: token.name,
        scopes: token.scopes,
        created_ms: token.created_us / 1000,
        revoked_ms: token.revoked_us.map(|us| us / 1000),
    };
    Ok(registry.tokens().await?.into_iter().map(show).collect())
}

/// Makes the edge believe exactly the registry's good tokens.
///
/// # Errors
/// The store says no; the edge then believes what it believed before.
pub async fn refresh(registry: &dyn Registry, tokens: &Tokens) -> Result<(), RegistryError> {
    let all = registry.tokens().await?;
    let good = all.into_iter().filter(|token| token.revoked_us.is_none());
    tokens.replace(good.map(|token| (token.hash, Arc::new(Identity { name: token.name, scopes: token.scopes }))));
    Ok(())
}

fn unknown_scopes(scopes: &[String], known: &BTreeSet<String>) -> Vec<String> {
    if known.is_empty() {
        return Vec::new();
    }
    let near = |scope: &str| {
        let scored = known.iter().map(|name| (strsim::jaro_winkler(scope, name), name));
        scored.filter(|(likeness, _)| *likeness > ALIKE).max_by(|(one, _), (other, _)| one.total_cmp(other))
    };
    let warning = |scope: &String| match near(scope) {
        Some((_, near)) => format!("no function asks for the scope {scope}; did you mean {near}?"),
        None => {
            let known = known.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            format!("no function asks for the scope {scope}; those there are: {known}")
        }
    };
    scopes.iter().filter(|scope| *scope != "*" && !known.contains(*scope)).map(warning).collect()
}

fn check(new: &NewToken) -> Result<(), TokenFault> {
    if !is_word(&new.name) || new.name.len() > NAME_MAX {
        let name = &new.name;
        return Err(TokenFault::Invalid(format!(
            "{name:?} cannot be a token's name; take up to {NAME_MAX} lower-case letters, digits and hyphens"
        )));
    }
    if new.scopes.is_empty() || new.scopes.len() > SCOPES_MAX {
        return Err(TokenFault::Invalid(format!(
            "a token needs 1 to {SCOPES_MAX} scopes, for example --scope sales:reset"
        )));
    }
    let wrong = new.scopes.iter().find(|scope| !is_scope(scope));
    match wrong {
        Some(scope) => Err(TokenFault::Invalid(format!(
            "{scope:?} is no scope; write FUNCTION:RIGHT, for example sales:reset, or * for all"
        ))),
        None => Ok(()),
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_scope(text: &str) -> bool {
    text == "*" || text.split_once(':').is_some_and(|(function, right)| is_word(function) && is_word(right))
}

fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_scopes_are_checked() {
        let check = |name: &str, scopes: &[&str]| {
            super::check(&NewToken { name: name.into(), scopes: scopes.iter().map(|&scope| scope.into()).collect() })
        };
        assert!(check("shop-2", &["sales:reset", "invoices:read"]).is_ok());
        assert!(check("all", &["*"]).is_ok());
        for (name, scopes) in [
            ("", &["*"][..]),
            ("Shop", &["*"]),
            ("a b", &["*"]),
            ("shop", &[]),
            ("shop", &["sales"]),
            ("shop", &["sales:"]),
            ("shop", &[":reset"]),
            ("shop", &["sales:reset:now"]),
            ("shop", &["sales:*"]),
            ("shop", &["sales:reset", "Sales:Reset"]),
        ] {
            assert!(check(name, scopes).is_err(), "{name:?} {scopes:?}");
        }
        assert!(check(&"a".repeat(NAME_MAX + 1), &["*"]).is_err());
    }

    #[test]
    fn a_scope_that_nobody_asks_for_is_told_with_one_like_it_or_all() {
        let known = BTreeSet::from(["invoices:read".to_owned(), "sales:reset".to_owned()]);
        for (scope, words) in [
            ("sales:rest", Some("did you mean sales:reset?")),
            ("mail:send", Some("those there are: invoices:read, sales:reset")),
            ("sales:reset", None),
            ("*", None),
        ] {
            let warnings = unknown_scopes(&[scope.to_owned()], &known);
            assert_eq!(
                warnings.first().is_some_and(|text| text.contains(words.unwrap_or_default())),
                words.is_some(),
                "{warnings:?}"
            );
        }
        assert!(unknown_scopes(&["mail:send".to_owned()], &BTreeSet::new()).is_empty(), "nobody knows");
    }

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let (one, other) = (new_secret().unwrap(), new_secret().unwrap());
        assert_eq!(one.len(), 3 + 2 * SECRET_BYTES);
        assert_ne!(one, other);
    }
}
