//! Asking a component what it is.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::{
    CallError, Limits, LoadError,
    host::Shared,
    imports::outage::Outages,
    runtime::{
        Facts, Program,
        instance::{call_error, outside, store},
        meter::Metered,
        slices::places,
    },
    stores::Stores,
};

/// A manifest may be so large, bytes.
const MANIFEST_MAX_BYTES: usize = 4 << 20;
/// Wall clock of `describe`.
const DEADLINE: Duration = Duration::from_secs(5);

/// Calls `describe` in an instance of its own, with nothing at hand but `configuration`, within limits.
pub(super) async fn describe(
    shared: &Shared,
    program: &Program,
    hash: &str,
    configuration: BTreeMap<String, Option<String>>,
) -> Result<String, LoadError> {
    // Nobody knows its name yet: the log shows the hash.
    let facts = Arc::new(Facts {
        function: "(describe)".into(),
        version: hash.into(),
        limits: Limits { deadline: DEADLINE, ..shared.settings.limits.clone() },
        places: places(),
        database: None,
        sql: false,
        configuration,
        outbound: None,
        wakeups: Arc::default(),
        stores: Stores::default(),
        refused: Outages::default(),
    });
    let outside = outside(&facts);
    let call = Box::pin(async {
        let mut store = store(&shared.runtime, facts, outside.clone());
        program.describe(&mut store).await.map_err(|error| call_error(&error))
    });
    let result = tokio::time::timeout(DEADLINE, Metered::new(outside.meter.clone(), call))
        .await
        .unwrap_or(Err(CallError::Deadline(DEADLINE)));
    outside.lines.end();
    let text = result.map_err(|error| LoadError::BadManifest(format!("the component's `describe` failed: {error}")))?;
    if text.len() > MANIFEST_MAX_BYTES {
        return Err(LoadError::BadManifest(format!(
            "the manifest has {} bytes; at most {MANIFEST_MAX_BYTES} are allowed",
            text.len()
        )));
    }
    Ok(text)
}
