//! The tests' guest under any name: it does what its path says.

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

/// Where it keeps its manifest.
const MARK: &[u8] = b"KONTOR-TEST-MANIFEST:";
const SLOT_BYTES: usize = 4096;

/// The guest as this version of this function, with a `GET` at each of the paths that takes any query.
pub fn named(guest: &[u8], name: &str, version: &str, paths: &[&str]) -> Result<Vec<u8>> {
    let query = json!({ "name": "query", "in": "query", "schema": { "type": "object" } });
    let operation = |path: &&str| (path.to_string(), json!({ "get": { "operationId": path, "parameters": [query] } }));
    let paths: Map<String, Value> = paths.iter().map(operation).collect();
    let manifest = json!({ "name": name, "version": version, "openapi": { "openapi": "3.1.0", "paths": paths } });
    let mut bytes = guest.to_vec();
    let start = bytes.windows(MARK.len()).position(|window| window == MARK).context("the guest has no mark")?;
    let slot = bytes.get_mut(start + MARK.len()..start + SLOT_BYTES).context("the guest is cut")?;
    slot.fill(b' ');
    slot.iter_mut().zip(manifest.to_string().bytes()).for_each(|(to, byte)| *to = byte);
    Ok(bytes)
}
