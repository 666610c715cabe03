//! What runs beside the program that serves: makes seals, and exports them.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use kontor_data::{Database, SqlError};
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, timeout},
};

use crate::{Export, ExportError, Lease, SigningKey, Store, sealer::Sealer, store};

/// Between two looks at what was registered.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// A look at many series takes long; it never takes more than a twentieth of the time.
const REST_FACTOR: u32 = 20;
/// Seals that are exported at once.
const EXPORTED_AT_ONCE: usize = 200;
/// After a failed export.
const EXPORT_AGAIN: Duration = Duration::from_secs(5);

/// How sealing and exporting stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// The last seal that this process made or saw in the store.
    pub sealed: i64,
    /// The last seal that was exported; none if nothing is exported.
    pub exported: Option<i64>,
    /// What keeps invoices from being sealed, in words; empty if nothing does.
    pub sealing: Option<String>,
    /// What keeps seals from being exported.
    pub exporting: Option<String>,
}

impl Status {
    /// What an operator has to know.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.sealing.iter().chain(&self.exporting).cloned().collect()
    }
}

/// Gives the database of the function `invoices` as it is now; none while the function is not there.
pub type Source = Box<dyn Fn() -> Option<Arc<dyn Database>> + Send + Sync>;

/// Keeps what is registered under seals.
pub struct Keeper {
    source: Source,
    status: Mutex<Status>,
    /// Told when there is a new seal.
    made: Notify,
    stop: watch::Sender<bool>,
}

impl Keeper {
    /// Nothing runs yet.
    #[must_use]
    pub fn new(source: Source) -> Arc<Self> {
        Arc::new(Self { source, status: Mutex::default(), made: Notify::new(), stop: watch::Sender::default() })
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status.lock().clone()
    }

    /// Says why there are no seals, where that is known from the beginning.
    pub fn warn(&self, what: String) {
        self.status.lock().sealing = Some(what);
    }

    /// Ends both tasks; what is not sealed or exported by then is so after the next start.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Makes seals until it is stopped.
    pub async fn seal(self: Arc<Self>, key: Arc<SigningKey>, mut lease: Lease) {
        let mut stopping = self.stop.subscribe();
        let mut sealer: Option<(Arc<dyn Database>, Sealer)> = None;
        loop {
            let began = Instant::now();
            let trouble = match lease.leads(now_us()).await {
                Ok(true) => self.seal_all(&key, &mut sealer).await,
                Ok(false) => Ok(()),
                Err(error) => Err(format!("seals wait: {error}")),
            };
            self.tell(trouble.err(), |status| &mut status.sealing);
            let pause = LOOK_AGAIN.max(began.elapsed() * REST_FACTOR);
            tokio::select! {
                () = sleep(pause) => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
        }
    }

    /// Seals until nothing waits.
    async fn seal_all(
        &self,
        key: &Arc<SigningKey>,
        kept: &mut Option<(Arc<dyn Database>, Sealer)>,
    ) -> Result<(), String> {
        let Some(database) = (self.source)() else { return Ok(()) };
        if kept.as_ref().is_none_or(|(known, _)| !Arc::ptr_eq(known, &database)) {
            *kept = Some((database.clone(), Sealer::new(database, key.clone())));
        }
        let Some((_, sealer)) = kept else { return Ok(()) };
        loop {
            let made = sealer.round(now_us()).await.map_err(|error| error.to_string())?;
            if let Some(record) = made.record {
                self.status.lock().sealed = record.seal.sequence;
                self.made.notify_one();
            }
            match made.fault {
                Some(fault) => return Err(fault.to_string()),
                None if made.more && !*self.stop.borrow() => {}
                None => return Ok(()),
            }
        }
    }

    /// Exports seals until it is stopped: by every process for itself, whoever made them.
    pub async fn export(self: Arc<Self>, mut export: Export) {
        let mut stopping = self.stop.subscribe();
        let mut last = None;
        loop {
            let (trouble, pause) = match self.export_all(&mut export, &mut last).await {
                Ok(()) => (None, LOOK_AGAIN),
                Err(error) => {
                    // Where it stands is found out again.
                    last = None;
                    (Some(format!("seals are not exported: {error}")), EXPORT_AGAIN)
                }
            };
            self.tell(trouble, |status| &mut status.exporting);
            tokio::select! {
                _ = timeout(pause, self.made.notified()) => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
        }
    }

    /// `last` is the sequence that was exported last, once it is known to be the database's own.
    async fn export_all(&self, export: &mut Export, last: &mut Option<i64>) -> Result<(), Trouble> {
        let Some(database) = (self.source)() else { return Ok(()) };
        let mut from = match *last {
            Some(last) => last,
            None => continued(&database, export).await?,
        };
        loop {
            let next = store::seals_after(&database, from, EXPORTED_AT_ONCE).await?;
            export.add(&next).await?;
            from = next.last().map_or(from, |record| record.seal.sequence);
            *last = Some(from);
            let mut status = self.status.lock();
            status.exported = Some(from);
            status.sealed = status.sealed.max(from);
            if next.len() < EXPORTED_AT_ONCE {
                return Ok(());
            }
        }
    }

    /// Logs what is new.
    fn tell(&self, trouble: Option<String>, place: impl Fn(&mut Status) -> &mut Option<String>) {
        let mut status = self.status.lock();
        let known = place(&mut status);
        if *known == trouble {
            return;
        }
        match &trouble {
            Some(trouble) => tracing::error!("{trouble}"),
            None => tracing::info!("seals go on"),
        }
        *known = trouble;
    }
}

/// Where an export goes on: behind its last seal, which has to be the store's own, or it is of another history.
///
/// # Errors
/// [`ExportError::Differs`], and why one of both cannot be read.
pub async fn continued(store: &(impl Store + ?Sized), export: &mut Export) -> Result<i64, Trouble> {
    let Some(last) = export.last()? else { return Ok(0) };
    let sequence = last.seal.sequence;
    let ours = store::seals_after(store, sequence - 1, 1).await?;
    if ours.first() == Some(&last) { Ok(sequence) } else { Err(ExportError::Differs(sequence).into()) }
}

/// Why seals are not exported.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// There it does not work.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// Here it does not.
    #[error(transparent)]
    Sql(#[from] SqlError),
}

fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
