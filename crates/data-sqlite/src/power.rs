//! The power goes, the disk fails, the disk is full: what was acknowledged is there.
//!
//! What SQLite does to its files is recorded, and for every sync the disk is made up as it may look if the power goes right
//! before it. From each of these the store has to open with everything that a client was told of, nothing twice and nothing
//! in part.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "everything in here is a test, and clippy sees only test functions as such"
)]

mod image;
mod recorder;
mod sales;
mod vfs;
mod words;

use std::{collections::BTreeSet, path::Path};

use crate::connection::Storage;
use image::{Disk, Unsynced};
use recorder::Event;

fn recorded(synchronous: &'static str) -> Storage {
    vfs::register();
    Storage { access: vfs::NAME, synchronous }
}

/// What a run over all sync points came to.
#[derive(Debug, Default)]
struct Outcome {
    points: usize,
    checkpoints: usize,
    acknowledged: usize,
    lost: usize,
}

/// Turns the power off right before each sync, and looks with `found` what is there.
async fn turn_off_everywhere(events: &[Event], found: impl AsyncFn(&Path) -> BTreeSet<i64>) -> Outcome {
    let (mut disk, mut acknowledged, mut outcome) = (Disk::default(), BTreeSet::new(), Outcome::default());
    for (place, event) in events.iter().enumerate() {
        if let Event::Sync { file } = event {
            outcome.points += 1;
            outcome.checkpoints += usize::from(file == "shop.sqlite");
            let seed = 0x9e37_79b9 + place as u64;
            for unsynced in [Unsynced::Dropped, Unsynced::Torn(seed), Unsynced::Torn(!seed), Unsynced::Kept] {
                outcome.lost += lost(&disk, unsynced, &acknowledged, &found).await;
            }
        }
        if let Event::Acknowledged(id) = event {
            acknowledged.insert(*id);
        }
        disk.take(event);
    }
    outcome.acknowledged = acknowledged.len();
    outcome
}

/// How many of what was acknowledged are not there.
async fn lost(
    disk: &Disk,
    unsynced: Unsynced,
    acknowledged: &BTreeSet<i64>,
    found: impl AsyncFn(&Path) -> BTreeSet<i64>,
) -> usize {
    let folder = tempfile::tempdir().unwrap();
    disk.write(folder.path(), unsynced);
    let found = found(folder.path()).await;
    acknowledged.difference(&found).count()
}

/// SQLite's own opinion of a file that nobody has open.
fn check_integrity(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let integrity: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
}
