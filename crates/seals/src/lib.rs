//! Seals over invoices: made, exported, checked.
//!
//! The rules (`kontor_rules::seal`) say what leaves, trees and the chain are; this room has the key, the clock and the
//! store. It knows the port `sql` and the tables of the function `invoices`, and neither the function nor what runs it: so
//! no guest code takes part in sealing, and none ever sees the key.
//!
//! - [`key`]: the signing key's file, and public keys
//! - [`sealer`]: closes what was registered since the last seal; [`lease`]: in which of several processes
//! - [`export`]: where seals go by themselves, so that whoever holds the key cannot rewrite history unseen
//! - [`verify()`]: replays everything from the store
//! - [`keeper`]: the task that does the first three while the program serves

mod columns;
pub mod export;
mod hex;
pub mod keeper;
pub mod key;
pub mod lease;
mod record;
pub mod sealer;
mod store;
mod verify;

pub use export::{Export, ExportError};
pub use keeper::{Keeper, Status, Trouble, continued};
pub use key::{KeyError, PublicKey, SigningKey};
pub use lease::Lease;
pub use record::Record;
pub use sealer::{SealError, Sealer};
pub use store::{Store, end_of_chain, seals_after};
pub use verify::{Archive, Checkpoint, Progress, Summary, TABLES, Verification, VerifyError};
