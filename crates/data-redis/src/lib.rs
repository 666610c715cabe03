//! The port `keyvalue` on Redis 7 and later, and on Valkey; on one server with its replicas, or on a cluster.
//!
//! An entry is a string with Redis' own expiry. Beside the entries of a bucket lie two sorted sets: its keys, in the order of
//! their bytes, for lists; and the times at which entries end, so that keys of entries that are over are taken out of the
//! former. Every change is one script, so that all three change together or not at all, and all keys of one function's
//! bucket carry the same hash tag, so that they lie in one slot of a cluster.
//!
//! # What can be lost
//!
//! Redis answers before its replicas have a write, and by default before its own disk has it. So, unlike with the other
//! engines, an acknowledged write can be lost: up to a second of them when the server is killed with `appendfsync everysec`
//! (none with `appendfsync always`), and whatever a replica had not received when it is made the primary. After such a
//! failover a counter can show a number that it had already passed, and a compare-and-set can succeed twice. Sessions, rate
//! limits and caches bear that; money and stock belong into `sql`. What is kept stays whole: an entry and its place in the
//! lists are lost together or not at all.

mod check;
mod engine;
mod keys;
mod line;
mod scripts;
mod server;
mod store;

pub use engine::{RedisKeyValue, RedisSettings};
