//! What a function is told, and whether it can use that.

use std::collections::BTreeMap;

use kontor_contract::{ConfigurationFault, Manifest};

use super::{describe::describe, manifest};
use crate::{LoadError, Settings, host::Shared, runtime::Program};

/// From here on two keys look alike.
const ALIKE: f64 = 0.75;

/// Every key that the manifest names, with what is set for it, or its default.
pub(super) fn of(settings: &Settings, manifest: &Manifest) -> BTreeMap<String, Option<String>> {
    let set = settings.configuration.get(&manifest.name);
    for key in set.into_iter().flat_map(BTreeMap::keys) {
        if !manifest.configuration.iter().any(|known| known.key == *key) {
            let function = &manifest.name;
            tracing::warn!(function, key, "{}", unknown(key, manifest));
        }
    }
    let value = |key: &str| set.and_then(|set| set.get(key)).cloned();
    let known = manifest.configuration.iter();
    known.map(|known| (known.key.clone(), value(&known.key).or_else(|| known.default.clone()))).collect()
}

/// What is said of a key that the function does not have.
fn unknown(key: &str, manifest: &Manifest) -> String {
    let known = || manifest.configuration.iter().map(|known| known.key.as_str());
    let near = known()
        .map(|name| (strsim::jaro_winkler(key, name), name))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    let hint = match near {
        Some((_, near)) => format!("did you mean {near}?"),
        None if manifest.configuration.is_empty() => "it has no configuration".to_owned(),
        None => format!("it knows {}", known().collect::<Vec<_>>().join(", ")),
    };
    format!("functions.{}.config.{key} is set, but the function does not know it; {hint}", manifest.name)
}

/// Asks the function itself, by `describe` with its configuration, what of it cannot be used. Gives the keys that nobody
/// set.
///
/// # Errors
/// The function cannot use a key that the operator set, or does not answer.
pub(super) async fn unusable(
    shared: &Shared,
    program: &Program,
    hash: &str,
    first: &Manifest,
    configuration: &BTreeMap<String, Option<String>>,
) -> Result<Vec<ConfigurationFault>, LoadError> {
    if configuration.is_empty() {
        return Ok(Vec::new());
    }
    let text = describe(shared, program, hash, configuration.clone()).await?;
    let faults = manifest::parse(&text)?.misconfigured;
    let set = shared.settings.configuration.get(&first.name);
    let value = |key: &str| set.and_then(|set| set.get(key)).filter(|value| !value.trim().is_empty());
    let wrong = faults.iter().filter_map(|fault| Some(refused(&first.name, fault, value(&fault.key)?)));
    let wrong = wrong.collect::<Vec<_>>().join("; ");
    if wrong.is_empty() { Ok(faults) } else { Err(LoadError::Misconfigured(wrong)) }
}

/// Key, value, and what is expected. A value that may be a secret, or is long, is not shown whole.
fn refused(function: &str, fault: &ConfigurationFault, value: &str) -> String {
    const SECRET: [&str; 5] = ["secret", "password", "token", "key", "credential"];
    const SHOWN_MAX_CHARS: usize = 100;
    let ConfigurationFault { key, what } = fault;
    let shown: String = value.chars().take(SHOWN_MAX_CHARS).collect();
    let shown = if SECRET.iter().any(|word| key.contains(word)) { "(hidden)".to_owned() } else { format!("{shown:?}") };
    format!("functions.{function}.config.{key} is {shown} and cannot be used: {what}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refused_value_is_shown_unless_it_may_be_a_secret() {
        for (key, shown) in [("licenses", "config.licenses is \"x7\" and"), ("smtp_password", "is (hidden) and")] {
            let fault = ConfigurationFault { key: key.to_owned(), what: "no".to_owned() };
            let text = refused("sales", &fault, "x7");
            assert!(text.contains(shown) && text.ends_with("cannot be used: no"), "{text}");
        }
    }

    #[test]
    fn an_unknown_key_is_told_with_the_nearest_one_or_all() {
        let manifest = |keys: &[&str]| -> Manifest {
            let keys: Vec<_> = keys.iter().map(|key| json!({"key": key, "description": ""})).collect();
            let manifest = json!({"name": "sales", "version": "1", "openapi": {}, "configuration": keys});
            serde_json::from_value(manifest).unwrap()
        };
        for (key, keys, words) in [
            ("curency", &["currency", "tax_rate"][..], "did you mean currency?"),
            ("colour", &["tax_rate", "licenses"], "it knows tax_rate, licenses"),
            ("colour", &[], "it has no configuration"),
        ] {
            let text = unknown(key, &manifest(keys));
            assert!(text.contains(&format!("functions.sales.config.{key}")) && text.contains(words), "{text}");
        }
    }
}
