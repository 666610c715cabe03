//! Functions that do not come with the program. Above all the component that does what its path says, under any name and version. `cargo xtask test` builds it.

use std::{env, fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

/// The example of a function that does not come with the program.
///
/// # Errors
/// If `KONTOR_TEST_GUESTS` does not lead to it.
pub fn example() -> Result<Vec<u8>> {
    read("wishlists.wasm")
}

fn read(name: &str) -> Result<Vec<u8>> {
    let folder = env::var_os("KONTOR_TEST_GUESTS")
        .context("KONTOR_TEST_GUESTS names no folder: run `cargo xtask test`, which builds the guests and sets it")?;
    let file = Path::new(&folder).join(name);
    fs::read(&file).with_context(|| format!("cannot read {}: run `cargo xtask test`, which builds it", file.display()))
}

/// Where its manifest lies in its bytes, and how long that may be.
const MARK: &[u8] = b"KONTOR-TEST-MANIFEST:";
const SLOT_BYTES: usize = 4096;

/// A manifest with one operation, `GET /version`, and nothing else.
#[must_use]
pub fn manifest(name: &str, version: &str) -> Value {
    json!({
        "name": name, "version": version,
        "openapi": { "openapi": "3.1.0", "paths": { "/version": { "get": { "operationId": "version" } } } },
    })
}

/// The component of the standard world `wasi:http/proxy`, which knows nothing of Kontor.
///
/// # Errors
/// If `KONTOR_TEST_GUESTS` does not lead to it.
pub fn standard() -> Result<Vec<u8>> {
    read("standard.wasm")
}

/// The component with this manifest.
///
/// # Errors
/// If `KONTOR_TEST_GUESTS` does not lead to it, or the manifest is too long for it.
pub fn component(manifest: &Value) -> Result<Vec<u8>> {
    let mut bytes = read("guest.wasm")?;
    let start = bytes.windows(MARK.len()).position(|window| window == MARK).context("the guest has no mark")?;
    let (start, end) = (start + MARK.len(), start + SLOT_BYTES);
    let slot = bytes.get_mut(start..end).context("the guest is cut")?;
    let text = manifest.to_string();
    ensure!(text.len() <= slot.len(), "the manifest is too long for the guest");
    slot.fill(b' ');
    slot.iter_mut().zip(text.bytes()).for_each(|(to, byte)| *to = byte);
    Ok(bytes)
}
