//! Whether a manifest makes sense. Every fault is named at once.

use std::collections::{BTreeMap, BTreeSet};

use kontor_contract::Manifest;
use kontor_data::{documents::check_collections, keyvalue::check_buckets};
use serde_json::Value;

use crate::{LoadError, outbound::Host, schedules::Calendar};

/// What OpenAPI calls the operations of a path.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/// Kontor's own database has this name.
const RESERVED: &str = "kontor";
/// Names and ids of all kinds, bytes.
const NAME_MAX_BYTES: usize = 100;
/// Schedules of one function.
const SCHEDULES_MAX: usize = 100;
/// Hosts, and functions, that one function sends requests to.
const REACH_MAX: usize = 100;

/// An operation of the OpenAPI document.
pub(crate) struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    /// Its `operationId`; empty if it has none.
    pub(crate) id: &'a str,
}

/// Every operation of the document, in its order.
pub(crate) fn operations(manifest: &Manifest) -> impl Iterator<Item = Operation<'_>> {
    let paths = manifest.openapi.get("paths").and_then(Value::as_object);
    paths.into_iter().flatten().flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.filter(|(method, _)| METHODS.contains(&method.as_str())).map(move |(method, operation)| Operation {
            path,
            method,
            id: operation.get("operationId").and_then(Value::as_str).unwrap_or_default(),
        })
    })
}

/// Reads and checks a manifest.
pub(crate) fn parse(text: &str) -> Result<Manifest, LoadError> {
    let manifest = Manifest::parse(text)
        .map_err(|error| LoadError::BadManifest(format!("what `describe` returns is no manifest: {error}")))?;
    let faults = faults(&manifest);
    if faults.is_empty() {
        return Ok(manifest);
    }
    Err(LoadError::BadManifest(format!("the manifest of {:?} is wrong: {}", manifest.name, faults.join("; "))))
}

fn faults(manifest: &Manifest) -> Vec<String> {
    let mut faults = Vec::new();
    if !is_function_name(&manifest.name) {
        faults.push("/name: must be [a-z][a-z0-9-]{0,39}, and not \"kontor\", which is Kontor's own".to_owned());
    }
    if !is_short(&manifest.version) {
        faults.push(format!("/version: must have 1 to {NAME_MAX_BYTES} bytes and no control characters"));
    }
    openapi_faults(manifest, &mut faults);
    subscription_faults(manifest, &mut faults);
    schedule_faults(manifest, &mut faults);
    reach_faults(manifest, &mut faults);
    store_faults(manifest, &mut faults);
    let mut keys = BTreeSet::new();
    for (index, known) in manifest.configuration.iter().enumerate() {
        if !is_name(&known.key, b'_', 60) {
            faults.push(format!("/configuration/{index}/key: must be [a-z][a-z0-9_]{{0,59}}"));
        }
        if !keys.insert(&known.key) {
            faults.push(format!("/configuration/{index}/key: {} is there twice", known.key));
        }
    }
    for (migration, number) in manifest.sql.iter().flat_map(|sql| &sql.migrations).zip(1..) {
        if migration.number != number {
            faults.push(format!(
                "/sql/migrations: {} stands where {number} must be; count from 1 without gaps",
                migration.number
            ));
        }
    }
    faults
}

fn store_faults(manifest: &Manifest, faults: &mut Vec<String>) {
    for (index, collection) in manifest.collections.iter().enumerate() {
        if let Err(fault) = check_collections(std::slice::from_ref(collection)) {
            faults.push(format!("/collections/{index}: {fault}"));
        }
    }
    // One by one for the places of what is wrong, and all together for what is there twice or too often.
    if !faults.iter().any(|fault| fault.starts_with("/collections"))
        && let Err(fault) = check_collections(&manifest.collections)
    {
        faults.push(format!("/collections: {fault}"));
    }
    if let Err(fault) = check_buckets(&manifest.buckets) {
        faults.push(format!("/buckets: {fault}"));
    }
}

fn openapi_faults(manifest: &Manifest, faults: &mut Vec<String>) {
    let version = manifest.openapi.get("openapi").and_then(Value::as_str).unwrap_or_default();
    if !version.starts_with("3.1.") {
        faults.push(format!("/openapi/openapi: is {version:?}, must be 3.1.x"));
    }
    if !manifest.openapi.get("paths").is_some_and(Value::is_object) {
        faults.push("/openapi/paths: must be an object; its paths are the function's routes".to_owned());
    }
    let mut ids = BTreeSet::new();
    let mut shapes = BTreeMap::new();
    for Operation { path, .. } in operations(manifest) {
        let other = *shapes.entry(shape(path)).or_insert(path);
        if other != path {
            faults
                .push(format!("/openapi/paths: {path} and {other} are the same path; give their parameters one name"));
        }
    }
    for Operation { path, method, id } in operations(manifest) {
        let place = format!("/openapi/paths/{}/{method}", path.replace('~', "~0").replace('/', "~1"));
        if !path.starts_with('/') {
            faults.push(format!("{place}: a path must begin with a slash"));
        }
        if !is_short(id) {
            faults
                .push(format!("{place}/operationId: must have 1 to {NAME_MAX_BYTES} bytes and no control characters"));
        } else if !ids.insert(id) {
            faults.push(format!("{place}/operationId: {id} is there twice"));
        }
    }
}

fn subscription_faults(manifest: &Manifest, faults: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for (index, subscription) in manifest.subscriptions.iter().enumerate() {
        if !is_function_name(&subscription.source) {
            faults.push(format!("/subscriptions/{index}/source: must be a function's name"));
        }
        if !is_short(&subscription.name) {
            faults.push(format!(
                "/subscriptions/{index}/name: must have 1 to {NAME_MAX_BYTES} bytes and no control characters"
            ));
        }
        if !seen.insert((&subscription.source, &subscription.name)) {
            faults.push(format!("/subscriptions/{index}: is there twice"));
        }
    }
}

/// Hosts and functions that it wants to send requests to.
fn reach_faults(manifest: &Manifest, faults: &mut Vec<String>) {
    for (index, host) in manifest.http.iter().enumerate() {
        if host.parse::<Host>().is_err() {
            faults.push(format!(
                "/http/{index}: {host:?} is no host; write a name in lower case, *.NAME or an address, and :PORT if it is not \
                 the usual one; functions belong into /calls"
            ));
        }
    }
    for (index, callee) in manifest.calls.iter().enumerate() {
        if !is_function_name(callee) {
            faults.push(format!("/calls/{index}: must be a function's name"));
        }
    }
    for (place, count) in [("/http", manifest.http.len()), ("/calls", manifest.calls.len())] {
        if count > REACH_MAX {
            faults.push(format!("{place}: has {count}; at most {REACH_MAX} are allowed"));
        }
    }
}

fn schedule_faults(manifest: &Manifest, faults: &mut Vec<String>) {
    let mut names = BTreeSet::new();
    for (index, schedule) in manifest.schedules.iter().enumerate() {
        if !is_short(&schedule.name) {
            faults.push(format!("/schedules/{index}/name: must have 1 to {NAME_MAX_BYTES} bytes"));
        } else if !names.insert(&schedule.name) {
            faults.push(format!("/schedules/{index}/name: {} is there twice", schedule.name));
        }
        if let Err(fault) = Calendar::new(schedule) {
            faults.push(format!("/schedules/{index}: {fault}"));
        }
    }
    if manifest.schedules.len() > SCHEDULES_MAX {
        faults.push(format!("/schedules: has {}; at most {SCHEDULES_MAX} are allowed", manifest.schedules.len()));
    }
}

/// A path without its parameters' names: what tells two paths apart.
fn shape(path: &str) -> String {
    let mut shape = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, parameter)) = rest.split_once('{') {
        shape.push_str(before);
        shape.push_str("{}");
        rest = parameter.split_once('}').map_or("", |(_, after)| after);
    }
    shape + rest
}

/// Short enough to be shown in a table, and nothing in it that could steer a terminal.
fn is_short(text: &str) -> bool {
    (1..=NAME_MAX_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn is_name(name: &str, separator: u8, max_bytes: usize) -> bool {
    name.len() <= max_bytes
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == separator)
}

/// Whether a function can have this name: it is a host name, a file name and a source of events.
pub(crate) fn is_function_name(name: &str) -> bool {
    is_name(name, b'-', 40) && name != RESERVED
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({
            "name": "sales", "version": "1.0.0",
            "openapi": {"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "getA"}, "post": {"operationId": "postA"}}}},
            "subscriptions": [{"source": "sales", "name": "sale.made"}],
            "sql": {"migrations": [{"number": 1, "name": "first", "steps": []}]},
            "schedules": [{"name": "nightly", "cron": "0 3 * * *", "time_zone": "Europe/Berlin"}],
            "configuration": [{"key": "currency", "description": "ISO 4217"}],
            "http": ["api.example"], "calls": ["invoices"],
            "collections": [{"name": "profiles", "policy": "versioned", "shard_key": "login",
                "paths": [{"path": "login", "type": "text"}], "schema": {"type": "object"}}],
            "buckets": ["sessions"],
        })
    }

    #[test]
    fn a_good_manifest_passes() {
        let manifest = parse(&good().to_string()).unwrap();
        assert_eq!(operations(&manifest).map(|operation| operation.id).collect::<Vec<_>>(), ["getA", "postA"]);
    }

    #[test]
    fn each_fault_is_named_with_its_place() {
        let cases = [
            ("/name", json!("Sales")),
            ("/name", json!("kontor")),
            ("/name", json!("a".repeat(41))),
            ("/version", json!("")),
            ("/version", json!("1\u{1b}[2J")),
            ("/openapi/openapi", json!("3.0.3")),
            ("/openapi/paths", json!([])),
            ("/openapi/paths/~1a/get/operationId", json!("postA")),
            ("/openapi/paths/~1a/get/operationId", json!("")),
            ("/subscriptions/0/source", json!("../x")),
            ("/subscriptions/0/name", json!("")),
            ("/sql/migrations/0/number", json!(2)),
            ("/schedules/0/name", json!("")),
            ("/schedules/0", json!({"name": "n", "cron": "0 25 * * *", "time_zone": "UTC"})),
            ("/schedules/0", json!({"name": "n", "cron": "0 3 * * *", "time_zone": "Mars"})),
            ("/schedules", json!([good()["schedules"][0], good()["schedules"][0]])),
            ("/configuration/0/key", json!("Currency")),
            ("/http/0", json!("http://api.example")),
            ("/http/0", json!("invoices.internal")),
            ("/http", json!(vec!["a.example"; REACH_MAX + 1])),
            ("/calls/0", json!("invoices.internal")),
            ("/collections/0/name", json!("kontor_profiles")),
            ("/collections/0/shard_key", json!("nowhere")),
            ("/collections/0/paths/0/path", json!("a..b")),
            ("/collections/0/schema", json!({"type": 7})),
            ("/collections", json!([good()["collections"][0], good()["collections"][0]])),
            ("/buckets", json!(["Sessions"])),
            ("/buckets", json!(["sessions", "sessions"])),
        ];
        for (pointer, value) in cases {
            let mut manifest = good();
            *manifest.pointer_mut(pointer).unwrap() = value.clone();
            let error = parse(&manifest.to_string()).unwrap_err().to_string();
            let shown = pointer.trim_end_matches("/0/number").trim_end_matches("/get/operationId");
            // What the port says of a collection names the part that is wrong in its own words.
            let shown = if pointer.starts_with("/collections/0") { "/collections/0: " } else { shown };
            assert!(error.contains(shown), "{pointer} = {value}: {error}");
        }
    }

    #[test]
    fn two_paths_of_one_shape_are_one_too_many() {
        let get = |id: &str| json!({"get": {"operationId": id}});
        for (paths, faulty) in [
            (json!({"/x/{a}": get("a"), "/x/{b}": get("b")}), true),
            (json!({"/x/{a}/y": get("a"), "/x/{b}/z": get("b"), "/x/a": get("c")}), false),
        ] {
            let mut manifest = good();
            manifest["openapi"]["paths"] = paths.clone();
            assert_eq!(parse(&manifest.to_string()).is_err(), faulty, "{paths}");
        }
    }

    #[test]
    fn all_faults_come_at_once() {
        let mut manifest = good();
        manifest["name"] = json!("");
        manifest["version"] = json!("");
        let error = parse(&manifest.to_string()).unwrap_err().to_string();
        assert!(error.contains("/name") && error.contains("/version"), "{error}");
    }
}
