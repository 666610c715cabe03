//! Puts the bundled functions live, with what they are told.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result};
use bytes::Bytes;
use kontor_data::Engine;
use kontor_host::{Host, Origin};
use kontor_telemetry::Traces;
use tokio::task::JoinSet;

use crate::{bundle, folder::Folder, settings::Settings};

/// The function that shows receipts, and the one that has to know where.
const RECEIPTS: &str = "invoices";
const SALES: &str = "sales";

/// How the host is set up.
///
/// # Errors
/// The public URL makes no sense.
pub fn host_settings(
    settings: &Settings,
    folder: &Folder,
    engine: Arc<dyn Engine>,
    traces: Arc<Traces>,
) -> Result<kontor_host::Settings> {
    let limits = |function: &crate::settings::Function| settings.limits.changed(&function.limits).for_host();
    Ok(kontor_host::Settings {
        cache_folder: folder.cache(),
        engine,
        limits: settings.limits.for_host(),
        function_limits: settings.functions.iter().map(|(name, function)| (name.clone(), limits(function))).collect(),
        configuration: configuration(settings)?,
        traces,
    })
}

/// What functions are told: what the operator wrote, and what follows from the public address.
fn configuration(settings: &Settings) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    let written = settings.functions.iter().map(|(name, function)| (name.clone(), function.config.clone()));
    let mut all: BTreeMap<String, BTreeMap<String, String>> = written.collect();
    let base = settings.address()?.function(RECEIPTS);
    all.entry(SALES.to_owned()).or_default().entry("receipt_base".to_owned()).or_insert(base);
    Ok(all)
}

/// Puts all bundled functions live at the same time, and gives their names.
///
/// # Errors
/// Why one of them does not go live.
pub async fn put_bundled_live(host: &Arc<Host>) -> Result<Vec<String>> {
    let mut going = JoinSet::new();
    for function in bundle::FUNCTIONS {
        let host = host.clone();
        going.spawn(async move {
            let component = Bytes::from_static(function.component);
            let version = host.put_live(component, Origin::Bundled).await;
            let version =
                version.with_context(|| format!("the bundled function {} does not go live", function.name))?;
            Ok(version.name().to_string())
        });
    }
    let mut names: Vec<String> = going.join_all().await.into_iter().collect::<Result<_>>()?;
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sales_learns_where_receipts_are_unless_it_is_told() {
        let mut settings = Settings::default();
        let base = |settings: &Settings| configuration(settings).unwrap()[SALES]["receipt_base"].clone();
        assert_eq!(base(&settings), "http://invoices.localhost:8000");
        settings.domain = "shop.example".to_owned();
        settings.public_url = Some("https://shop.example".to_owned());
        assert_eq!(base(&settings), "https://invoices.shop.example");
        let sales = settings.functions.entry(SALES.to_owned()).or_default();
        sales.config.insert("receipt_base".to_owned(), "https://other.example/r".to_owned());
        assert_eq!(base(&settings), "https://other.example/r");
    }
}
