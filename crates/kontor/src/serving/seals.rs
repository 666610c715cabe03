//! Seals over invoices, made and exported beside everything else.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use kontor_data::Registry;
use kontor_edge::admin::{Reading, Watched};
use kontor_host::Host;
use kontor_seals::{Export, Keeper, KeyError, Lease, SigningKey, key};
use tokio::task::JoinHandle;

use crate::settings::Settings;

/// The function whose registrations are sealed.
pub const INVOICES: &str = "invoices";

/// What is needed for seals, read before anything is served.
pub struct Plan {
    key: Option<SigningKey>,
    export: Option<Export>,
    /// Why invoices will not be sealed.
    missing: Option<String>,
}

/// Seals, while the program serves.
pub struct Seals {
    keeper: Arc<Keeper>,
    tasks: Vec<JoinHandle<()>>,
}

/// Reads the signing key; with `--dev` one that is not there is made. Without a key invoices are registered and not sealed.
///
/// # Errors
/// The key's file holds something else, or where to export makes no sense.
pub fn plan(settings: &Settings, dev: bool) -> Result<Plan> {
    let file = settings.seals.key_file(&settings.data);
    let read = match SigningKey::read(&file) {
        Err(KeyError::Missing(_)) if dev => SigningKey::create(&file, &[]),
        read => read,
    };
    let (key, missing) = match read {
        Ok(key) => (Some(key), None),
        Err(error @ KeyError::Missing(_)) => (None, Some(format!("invoices are not sealed: {error}"))),
        Err(error) => return Err(error).context("seals.key_file"),
    };
    if key.is_some() {
        warn_about(&file, &settings.data);
    }
    let export =
        settings.seals.export.as_deref().map(|place| Export::new(place, &settings.data.join("seals-exported")));
    Ok(Plan { key, export: export.transpose().context("seals.export")?, missing })
}

/// A key that is not kept as it should be works all the same.
fn warn_about(file: &Path, data: &Path) {
    if key::is_open_to_others(file) {
        tracing::warn!(file = %file.display(), "others on this machine can read the signing key; `chmod 600` it");
    }
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if real(file).starts_with(real(data)) {
        tracing::warn!(
            file = %file.display(),
            "the signing key lies in the data folder, so whoever gets a copy of the one gets the other; move it out and name it \
             with [seals] key_file"
        );
    }
}

/// Begins. One process of several makes seals; each exports for itself.
pub fn begin(plan: Plan, settings: &Settings, host: &Arc<Host>, registry: &Arc<dyn Registry>) -> Seals {
    let Plan { key, export, missing } = plan;
    let source = Arc::downgrade(host);
    let keeper = Keeper::new(Box::new(move || source.upgrade()?.databases().remove(INVOICES)));
    let mut tasks = Vec::new();
    if let Some(missing) = missing {
        keeper.warn(missing);
    }
    if let Some(key) = key {
        let is_shared = settings.engines.are_shared();
        let lease = if is_shared { Lease::shared(registry.clone()) } else { Lease::Alone };
        tasks.push(tokio::spawn(keeper.clone().seal(Arc::new(key), lease)));
    }
    if let Some(export) = export {
        tasks.push(tokio::spawn(keeper.clone().export(export)));
    }
    Seals { keeper, tasks }
}

impl Seals {
    /// What operators see of it.
    pub fn watched(&self) -> Arc<dyn Watched> {
        Arc::new(Watch(self.keeper.clone()))
    }

    /// Ends both tasks, before the databases close.
    pub async fn stop(self) {
        self.keeper.stop();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "seals broke off");
            }
        }
    }
}

struct Watch(Arc<Keeper>);

impl Watched for Watch {
    fn warnings(&self) -> Vec<String> {
        self.0.status().warnings()
    }

    fn readings(&self) -> Vec<Reading> {
        let status = self.0.status();
        let last = Reading {
            name: "kontor_seals_last",
            help: "Place in the chain of the last seal that this process made or exported.",
            value: status.sealed,
        };
        let exported = status.exported.map(|value| Reading {
            name: "kontor_seals_exported_last",
            help: "Place in the chain of the last exported seal.",
            value,
        });
        let troubled = Reading {
            name: "kontor_seals_troubled",
            help: "1 if invoices are not sealed, or seals not exported; /readyz says why.",
            value: i64::from(!status.warnings().is_empty()),
        };
        [last, troubled].into_iter().chain(exported).collect()
    }
}
