//! What the host is told of functions: their limits, their configuration, their grants.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Result;
use bytes::Bytes;
use kontor_data::{Engine, Registry};
use kontor_host::{Deployments, Granted, Host};
use kontor_telemetry::Traces;

use crate::{bundle, engine, folder::Folder, settings::Settings};

/// The function that shows receipts, and the one that has to know where.
const RECEIPTS: &str = "invoices";
const SALES: &str = "sales";

/// How the host is set up.
///
/// # Errors
/// The public URL makes no sense, an engine cannot be opened, or a file that the settings name cannot be read.
pub fn host_settings(
    settings: &Settings,
    folder: &Folder,
    sql: Arc<dyn Engine>,
    traces: Arc<Traces>,
) -> Result<kontor_host::Settings> {
    let limits = |function: &crate::settings::Function| settings.limits.changed(&function.limits).for_host();
    Ok(kontor_host::Settings {
        cache_folder: folder.cache(),
        engine: sql,
        documents: engine::documents(settings, folder)?,
        keyvalue: engine::keyvalue(settings, folder)?,
        limits: settings.limits.for_host(),
        function_limits: settings.functions.iter().map(|(name, function)| (name.clone(), limits(function))).collect(),
        configuration: configuration(settings)?,
        traces,
        metering: settings.metering(),
        outbound: kontor_host::Outbound {
            trusted_certificates: settings.outbound.certificates()?,
            scopes: settings.functions.iter().map(|(name, function)| (name.clone(), function.scopes.clone())).collect(),
        },
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

/// Decides what is live, of what came with the program and of what the operator puts there.
pub fn deployments(settings: &Settings, host: Arc<Host>, registry: Arc<dyn Registry>, dev: bool) -> Arc<Deployments> {
    let bundled = bundle::FUNCTIONS.iter();
    let bundled = bundled.map(|function| (function.name.to_owned(), Bytes::from_static(function.component))).collect();
    let granted = settings.functions.iter().map(|(name, function)| (name.clone(), function.grants.clone())).collect();
    Deployments::new(host, registry, bundled, Granted { functions: granted, all: dev })
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
