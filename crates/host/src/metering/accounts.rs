//! What was used, from the counters to the registry and back.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use kontor_data::{Registry, RegistryError, Usage, Used};
use kontor_telemetry::Endpoint;
use tokio::sync::Mutex;

use super::{BudgetState, Tariff};
use crate::Host;

/// How often usage is written down. So much of it is lost if the program is killed.
const SETTLE_EVERY: Duration = Duration::from_secs(10);

/// Brings usage to the registry.
pub struct Accounts {
    host: Arc<Host>,
    registry: Arc<dyn Registry>,
    /// What each operation's counters showed when they were last settled. Held while settling.
    settled: Mutex<BTreeMap<(String, String), Used>>,
}

/// What was used since an hour, and what is left of budgets.
#[derive(Debug, Clone)]
pub struct Bill {
    /// The prices.
    pub tariff: Tariff,
    /// Hours since 1970 UTC: the first one that counts.
    pub since_hour: i64,
    /// By function and operation.
    pub usage: Vec<Usage>,
    /// As they are now.
    pub budgets: Vec<BudgetState>,
}

/// What the counters show.
fn reading(endpoint: &Endpoint) -> Used {
    Used {
        requests: endpoint.requests(),
        errors: endpoint.errors(),
        calls: endpoint.work.calls.get(),
        cpu_ns: endpoint.work.cpu_ns.get(),
        memory_page_us: endpoint.work.memory_page_us.get(),
        received_bytes: endpoint.received_bytes.get(),
        sent_bytes: endpoint.sent_bytes.get(),
        rows: endpoint.work.rows.get(),
    }
}

fn since(now: Used, before: Used) -> Used {
    Used {
        requests: now.requests.wrapping_sub(before.requests),
        errors: now.errors.wrapping_sub(before.errors),
        calls: now.calls.wrapping_sub(before.calls),
        cpu_ns: now.cpu_ns.wrapping_sub(before.cpu_ns),
        memory_page_us: now.memory_page_us.wrapping_sub(before.memory_page_us),
        received_bytes: now.received_bytes.wrapping_sub(before.received_bytes),
        sent_bytes: now.sent_bytes.wrapping_sub(before.sent_bytes),
        rows: now.rows.wrapping_sub(before.rows),
    }
}

impl Accounts {
    /// Budgets go on where they were.
    ///
    /// # Errors
    /// The registry cannot be read.
    pub async fn open(host: Arc<Host>, registry: Arc<dyn Registry>) -> Result<Arc<Self>, RegistryError> {
        let now = SystemTime::now();
        for spent in registry.spent().await? {
            let budgets = host.shared.budgets.iter();
            budgets.filter(|budget| budget.rule().key() == spent.budget).for_each(|budget| budget.restore(&spent, now));
        }
        Ok(Arc::new(Self { host, registry, settled: Mutex::default() }))
    }

    /// Settles every ten seconds, as long as somebody holds this.
    pub fn follow(self: &Arc<Self>) {
        let accounts = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(SETTLE_EVERY).await;
                let Some(accounts) = accounts.upgrade() else { return };
                if let Err(error) = accounts.settle().await {
                    tracing::warn!(%error, "usage could not be written down; trying again");
                }
            }
        });
    }

    /// Writes down what was used since the last time.
    ///
    /// # Errors
    /// The registry cannot be written; nothing is lost, the next time has it.
    pub async fn settle(&self) -> Result<(), RegistryError> {
        let mut settled = self.settled.lock().await;
        let now = SystemTime::now();
        let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let hour = i64::try_from(seconds / 3600).unwrap_or_default();
        let mut readings = Vec::new();
        let mut usage = Vec::new();
        for (name, endpoint) in self.host.shared.figures.all() {
            let reading = reading(&endpoint);
            let used = since(reading, settled.get(&name).copied().unwrap_or_default());
            if used != Used::default() {
                let (function, operation) = name.clone();
                usage.push(Usage { function, operation, hour, used });
                readings.push((name, reading));
            }
        }
        if usage.is_empty() {
            return Ok(());
        }
        let spent = self.host.shared.budgets.iter().map(|budget| budget.spent(now)).collect();
        self.registry.settle(usage, spent).await?;
        settled.extend(readings);
        Ok(())
    }

    /// What was used since an hour (hours since 1970 UTC), up to now.
    ///
    /// # Errors
    /// The registry cannot be read or written.
    pub async fn bill(&self, since_hour: i64) -> Result<Bill, RegistryError> {
        self.settle().await?;
        let usage = self.registry.usage(since_hour).await?;
        let tariff = self.host.shared.settings.metering.tariff.clone();
        Ok(Bill { tariff, since_hour, usage, budgets: self.host.budgets() })
    }
}
