//! Models of the ports `documents` and `keyvalue` in memory: what every engine must do, written as plainly as can be, to
//! compare engines with. Nothing is kept.
//!
//! There is none of `sql` and `events`: it would have to be a second SQL database. The suite compares engines with a model
//! of what its statements do instead, and functions' tests use SQLite's engine in memory.

mod documents;
mod keyvalue;

pub use documents::MemoryDocuments;
pub use keyvalue::MemoryKeyValue;

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970 UTC.
fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
