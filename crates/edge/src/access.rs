//! Who may call an operation.

use std::collections::BTreeSet;

use kontor_contract::Problem;
use kontor_host::Caller;
use serde_json::Value;

use crate::{identity::unauthorized, problem::Refusal};

/// The security scheme that functions name for service tokens.
const SERVICE: &str = "service";

/// What a caller needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing.
    Public,
    /// All scopes of one of these. Without any nobody gets in.
    Service(Vec<Vec<String>>),
}

impl Access {
    /// Reads OpenAPI's `security`: alternatives, each with schemes that are all needed. What is not understood is not
    /// granted: a scheme that the edge does not know keeps everybody out who relies on it.
    pub(crate) fn of(security: Option<&Value>) -> Self {
        let Some(security) = security else { return Self::Public };
        let Some(alternatives) = security.as_array() else { return Self::Service(Vec::new()) };
        if alternatives.is_empty() {
            return Self::Public;
        }
        let mut services = Vec::new();
        for alternative in alternatives {
            let Some(schemes) = alternative.as_object() else { continue };
            if schemes.is_empty() {
                return Self::Public;
            }
            let scopes = schemes.get(SERVICE).filter(|_| schemes.len() == 1).and_then(Value::as_array);
            let text = |scope: &Value| scope.as_str().map(str::to_owned);
            services.extend(scopes.and_then(|scopes| scopes.iter().map(text).collect::<Option<Vec<String>>>()));
        }
        Self::Service(services)
    }

    /// Lets a caller in, or says what it lacks.
    pub(crate) fn check(&self, caller: &Caller) -> Result<(), Refusal> {
        let Self::Service(alternatives) = self else { return Ok(()) };
        let Caller::Service(identity) = caller else {
            return Err(unauthorized("This operation needs a service token."));
        };
        let holds = |scope: &String| identity.scopes.iter().any(|held| held == "*" || held == scope);
        if alternatives.iter().any(|scopes| scopes.iter().all(holds)) {
            return Ok(());
        }
        let missing: Vec<&str> =
            alternatives.first().into_iter().flatten().filter(|scope| !holds(scope)).map(String::as_str).collect();
        let problem = Problem::new(403, "forbidden", "The token does not grant this");
        Err(if missing.is_empty() {
            problem.detail("No service token can grant this operation.").into()
        } else {
            let missing = missing.join(", ");
            problem
                .detail(format!("{} lacks the scope {missing}.", identity.name))
                .hint(format!("Use a token that was made with the scope {missing}."))
                .into()
        })
    }
}

/// Every scope that an OpenAPI document asks for.
#[must_use]
pub fn scopes(document: &Value) -> BTreeSet<String> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let operations = paths.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let securities = operations.filter_map(|(_, operation)| operation.get("security")).chain(document.get("security"));
    let asked = securities.flat_map(|security| match Access::of(Some(security)) {
        Access::Service(alternatives) => alternatives,
        Access::Public => Vec::new(),
    });
    asked.flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kontor_host::Identity;
    use serde_json::json;

    use super::*;

    #[test]
    fn security_is_read_and_kept() {
        // The scopes of the caller, none for a visitor; and the status, 0 for being let in.
        type Asked = (Option<&'static [&'static str]>, u16);
        let cases: [(Value, &[Asked]); 10] = [
            (Value::Null, &[(None, 401), (Some(&["*"]), 403)]),
            (json!([]), &[(None, 0)]),
            (json!([{}]), &[(None, 0), (Some(&[]), 0)]),
            (json!([{"service": ["a"]}, {}]), &[(None, 0)]),
            (json!([{"service": []}]), &[(None, 401), (Some(&[]), 0)]),
            (json!([{"service": ["a"]}]), &[(None, 401), (Some(&[]), 403), (Some(&["a"]), 0), (Some(&["*"]), 0)]),
            (json!([{"service": ["a", "b"]}]), &[(Some(&["a"]), 403), (Some(&["b", "a"]), 0)]),
            (json!([{"service": ["a"]}, {"service": ["b"]}]), &[(Some(&["b"]), 0), (Some(&["c"]), 403)]),
            (json!([{"user": []}]), &[(None, 401), (Some(&["*"]), 403)]),
            (json!([{"service": ["a"], "user": []}]), &[(Some(&["a"]), 403)]),
        ];
        for (security, askers) in cases {
            let access = Access::of(Some(&security));
            for (scopes, expected) in askers {
                let caller = scopes.map_or(Caller::Anonymous, |scopes| {
                    let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
                    Caller::Service(Arc::new(Identity { name: "shop".into(), scopes }))
                });
                let found = access.check(&caller).map_or_else(|refusal| refusal.problem.status, |()| 0);
                assert_eq!(found, *expected, "{security} for {scopes:?}");
            }
        }
        assert_eq!(Access::of(None), Access::Public);
    }

    #[test]
    fn the_missing_scope_is_named() {
        let access = Access::of(Some(&json!([{"service": ["sales:reset", "a"]}])));
        let caller = Caller::Service(Arc::new(Identity { name: "shop".into(), scopes: vec!["a".into()] }));
        let refusal = access.check(&caller).unwrap_err();
        assert_eq!(refusal.problem.detail.as_deref(), Some("shop lacks the scope sales:reset."));
    }

    #[test]
    fn a_documents_scopes_are_those_of_its_operations_and_its_own() {
        let document = serde_json::json!({
            "paths": {
                "/a": {"get": {"security": [{"service": ["a:read"]}]}, "post": {"security": [{"service": ["a:write", "a:read"]}]}},
                "/b": {"get": {"security": []}, "delete": {}},
                "/c": {"get": {"security": [{"other": ["x:y"]}]}, "parameters": []},
            },
            "security": [{"service": ["all:all"]}],
        });
        assert_eq!(scopes(&document).into_iter().collect::<Vec<_>>(), ["a:read", "a:write", "all:all"]);
        assert!(scopes(&serde_json::json!({})).is_empty());
    }
}
