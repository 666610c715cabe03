//! The suite's shop on files that are never synced, for what SQLite alone does.

use std::sync::Arc;

use kontor_data::{Engine, Limits};
use kontor_data_conformance::Stand;
pub use kontor_data_conformance::shop::{Shop, batch, event, guarded, read_total, receipt, sale, select, total, write};
use kontor_data_sqlite::SqliteEngine;

pub async fn open() -> Shop {
    with(Limits::default()).await
}

pub async fn with(limits: Limits) -> Shop {
    let open = || std::future::ready(Arc::new(SqliteEngine::in_memory().unwrap()) as Arc<dyn Engine>);
    Shop::with(&Stand::new(open), limits).await
}
