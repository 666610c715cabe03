//! Everything has a limit. The defaults are the documented ones; `kontor.toml` changes them.

use std::time::Duration;

/// Limits of one function's database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Text of a statement, bytes.
    pub statement_size_max_bytes: usize,
    /// Statements of a batch.
    pub batch_statements_max: usize,
    /// Parameters of a batch, bytes.
    pub batch_size_max_bytes: usize,
    /// Rows of one result.
    pub rows_max: usize,
    /// One result, bytes.
    pub result_size_max_bytes: usize,
    /// How long one statement may run.
    pub statement_time_max: Duration,
    /// Batches that may wait for the writer; past it `busy`.
    pub queue_max: usize,
    /// Bytes of batches that may wait for the writer; past it `busy`.
    pub queue_size_max_bytes: usize,
    /// Batches that may share a commit.
    pub group_max: usize,
    /// The database, bytes.
    pub database_size_max_bytes: u64,
    /// How long an idempotency record lives.
    pub idempotency_time_to_live: Duration,
    /// Events of one batch.
    pub batch_events_max: usize,
    /// Payload of an event, bytes.
    pub event_size_max_bytes: usize,
    /// Events on their way; past it writes that emit events are `unavailable`.
    pub outbox_rows_max: u64,
    /// Bytes of events on their way; past it writes that emit events are `unavailable`.
    pub outbox_size_max_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Self {
            statement_size_max_bytes: 64 << 10,
            batch_statements_max: 100,
            batch_size_max_bytes: 4 * MIB,
            rows_max: 10_000,
            result_size_max_bytes: 8 * MIB,
            statement_time_max: Duration::from_secs(5),
            queue_max: 4096,
            queue_size_max_bytes: 64 * MIB,
            group_max: 512,
            database_size_max_bytes: 10 << 30,
            idempotency_time_to_live: Duration::from_secs(30 * 24 * 3600),
            batch_events_max: 100,
            event_size_max_bytes: 256 << 10,
            outbox_rows_max: 1_000_000,
            outbox_size_max_bytes: 1 << 30,
        }
    }
}
