//! Values as JSON text.

use serde::Serialize;

/// Most answers and events fit, so that writing them does not mean copying them from buffer to larger buffer.
const CAPACITY_BYTES: usize = 768;

/// The value as JSON.
///
/// # Errors
/// If the value cannot be JSON, for example a map with keys that are no text.
pub(crate) fn text(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::with_capacity(CAPACITY_BYTES);
    serde_json::to_writer(&mut bytes, value)?;
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}
