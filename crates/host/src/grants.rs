//! What the operator lets a function have.
//!
//! A manifest asks, and nothing is had without a grant: `sql` for a database of its own, `documents` for the collections and
//! `keyvalue` for the buckets that it names, all its own, `events:SOURCE` for events of another function, `reuse` for
//! instances that serve several calls, `replace` for taking the place of a function that came with the program, `calls:FUNCTION` for requests to another function, `http:HOST` for requests to another server.
//! Configuration needs none: what the operator writes
//! under a function's name is meant for it. An ask for reuse is a wish; every other ask without a grant keeps the
//! function from going live.

use std::collections::BTreeSet;

use kontor_contract::Manifest;

use crate::{LoadError, outbound::Host};

/// The grant of a database.
const SQL: &str = "sql";
/// The grant of collections.
const DOCUMENTS: &str = "documents";
/// The grant of buckets.
const KEY_VALUE: &str = "keyvalue";
/// The grant of reuse.
const REUSE: &str = "reuse";
/// The grant of taking the place of a function that came with the program.
pub(crate) const REPLACE: &str = "replace";
/// What the grant of another function's events begins with.
const EVENTS: &str = "events:";
/// What the grant of calls of another function begins with.
const CALLS: &str = "calls:";
/// What the grant of a host begins with: of a name, that it may be asked for; of an address, that it may be connected to
/// although it is not public.
const HTTP: &str = "http:";

/// Every grant there is, for messages.
pub const GRANTS: &str = "sql, documents, keyvalue, reuse, replace, events:FUNCTION, calls:FUNCTION and http:HOST";

/// What a function may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grants {
    /// Whatever it asks for: for what came with the program.
    Everything,
    /// Whatever it asks for but hosts, and of those these: for trying out.
    AllButHosts(BTreeSet<String>),
    /// These.
    These(BTreeSet<String>),
}

impl Grants {
    /// Nothing but what is named.
    pub fn these<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Self::These(names.into_iter().map(Into::into).collect())
    }

    pub(crate) fn has(&self, ask: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::AllButHosts(names) => !ask.starts_with(HTTP) || names.contains(ask),
            Self::These(names) => names.contains(ask),
        }
    }

    /// The hosts that are granted by name or address.
    pub(crate) fn hosts(&self) -> Vec<Host> {
        let names = match self {
            Self::Everything => return Vec::new(),
            Self::AllButHosts(names) | Self::These(names) => names,
        };
        names.iter().filter_map(|name| name.strip_prefix(HTTP)?.parse().ok()).collect()
    }

    /// Compares with what a manifest asks for. Gives whether its wish for reuse is granted.
    pub(crate) fn check(&self, manifest: &Manifest) -> Result<bool, LoadError> {
        let missing: Vec<String> = asks(manifest).into_iter().filter(|ask| !self.has(ask)).collect();
        if missing.is_empty() {
            return Ok(manifest.reuse && self.has(REUSE));
        }
        let (name, missing) = (&manifest.name, missing.join(" "));
        Err(LoadError::NotGranted(format!(
            "{name} asks for what is not granted; grant it with `kontor functions grant {name} {missing}`"
        )))
    }
}

/// What a manifest asks for and cannot do without, each once.
pub fn asks(manifest: &Manifest) -> BTreeSet<String> {
    let stores = [
        (manifest.sql.is_some(), SQL),
        (!manifest.collections.is_empty(), DOCUMENTS),
        (!manifest.buckets.is_empty(), KEY_VALUE),
    ];
    let stores = stores.into_iter().filter(|(asked, _)| *asked).map(|(_, name)| name.to_owned());
    let own = |source: &str| source == manifest.name;
    let sources = manifest.subscriptions.iter().filter(|wanted| !own(&wanted.source));
    let sources = sources.map(|wanted| format!("{EVENTS}{}", wanted.source));
    let callees = manifest.calls.iter().filter(|callee| !own(callee)).map(|callee| format!("{CALLS}{callee}"));
    let hosts = manifest.http.iter().map(|host| format!("{HTTP}{host}"));
    stores.chain(sources).chain(callees).chain(hosts).collect()
}

/// Whether there is such a grant.
pub fn is_grant(name: &str) -> bool {
    matches!(name, SQL | DOCUMENTS | KEY_VALUE | REUSE | REPLACE)
        || [EVENTS, CALLS]
            .iter()
            .any(|prefix| name.strip_prefix(prefix).is_some_and(crate::load::manifest::is_function_name))
        || name.strip_prefix(HTTP).is_some_and(|host| host.parse::<Host>().is_ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manifest(reuse: bool) -> Manifest {
        let manifest = json!({
            "name": "hello", "version": "1", "openapi": {}, "sql": {"migrations": []}, "reuse": reuse,
            "subscriptions": [
                {"source": "sales", "name": "sale.made"}, {"source": "sales", "name": "sale.undone"},
                {"source": "hello", "name": "greeted"},
            ],
        });
        serde_json::from_value(manifest).unwrap()
    }

    #[test]
    fn what_is_missing_is_named_in_the_command_that_grants_it() {
        let error = |names: &[&str]| {
            let grants = Grants::these(names.iter().copied());
            grants.check(&manifest(true)).map_err(|error| error.to_string())
        };
        assert!(error(&[]).unwrap_err().contains("`kontor functions grant hello events:sales sql`"));
        assert!(error(&["sql", "events:invoices"]).unwrap_err().contains("grant hello events:sales`"));
        assert_eq!(error(&["sql", "events:sales"]), Ok(false), "reuse is a wish");
        assert_eq!(error(&["sql", "events:sales", "reuse"]), Ok(true));
        assert!(Grants::Everything.check(&manifest(true)).unwrap());
        assert!(!Grants::Everything.check(&manifest(false)).unwrap(), "who does not wish does not get");
    }

    #[test]
    fn collections_and_buckets_are_asked_for() {
        let collection = json!({"name": "profiles", "policy": "versioned", "schema": true});
        let manifest = json!({
            "name": "hello", "version": "1", "openapi": {}, "collections": [collection], "buckets": ["sessions"],
        });
        let manifest: Manifest = serde_json::from_value(manifest).unwrap();
        assert_eq!(asks(&manifest).into_iter().collect::<Vec<_>>(), ["documents", "keyvalue"]);
        let error = Grants::these(["documents"]).check(&manifest).unwrap_err().to_string();
        assert!(error.contains("`kontor functions grant hello keyvalue`"), "{error}");
        assert_eq!(Grants::these(["documents", "keyvalue"]).check(&manifest).ok(), Some(false));
    }

    #[test]
    fn grants_have_names() {
        for name in [
            "sql",
            "reuse",
            "documents",
            "keyvalue",
            "events:sales",
            "calls:sales",
            "http:api.example",
            "http:10.0.0.5:80",
            "http:*.a.example",
        ] {
            assert!(is_grant(name), "{name}");
        }
        for name in
            ["events:", "SQL", "calls:", "calls:a.b", "http:", "http:*", "http:http://a", "http:sales.internal", "http"]
        {
            assert!(!is_grant(name), "{name}");
        }
    }

    #[test]
    fn hosts_are_never_granted_with_everything_else() {
        let mut manifest = manifest(false);
        manifest.http = vec!["api.example".to_owned()];
        manifest.calls = vec!["invoices".to_owned(), "hello".to_owned()];
        let granted = |names: &[&str]| Grants::AllButHosts(names.iter().map(|&name| name.to_owned()).collect());
        let error = granted(&[]).check(&manifest).unwrap_err().to_string();
        assert!(error.contains("`kontor functions grant hello http:api.example`"), "{error}");
        assert!(granted(&["http:api.example"]).check(&manifest).is_ok());
        let error = Grants::these(["sql", "events:sales"]).check(&manifest).unwrap_err().to_string();
        assert!(error.contains("grant hello calls:invoices http:api.example`"), "{error}");
    }
}
