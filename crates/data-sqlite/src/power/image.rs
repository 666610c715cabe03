//! What is on the disk when the power goes.
//!
//! What was synced is there. Of what was written since, each write may be there, may be missing, or may be there in part:
//! a disk writes sectors, in any order.

use std::{collections::BTreeMap, path::Path};

use super::recorder::Event;

/// A disk writes so many bytes at once or not at all.
const SECTOR_SIZE_BYTES: usize = 512;

/// What becomes of writes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsynced {
    /// None is there.
    Dropped,
    /// All are there.
    Kept,
    /// Each sector of each write is there or is not, by this seed.
    Torn(u64),
}

/// A change that waits for a sync.
#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, data: Vec<u8> },
    Truncate(usize),
}

#[derive(Debug, Clone, Default)]
struct File {
    /// None: not even its name is on the disk.
    durable: Option<Vec<u8>>,
    waiting: Vec<Change>,
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>, mut is_there: impl FnMut() -> bool) {
        match self {
            Self::Truncate(size) if is_there() => content.resize(*size, 0),
            Self::Truncate(_) => {}
            Self::Write { offset, data } => {
                let mut at = *offset;
                let mut left = data.as_slice();
                while !left.is_empty() {
                    // Sectors are the disk's, not the write's.
                    let length = (SECTOR_SIZE_BYTES - at % SECTOR_SIZE_BYTES).min(left.len());
                    let (sector, rest) = left.split_at(length);
                    if is_there() {
                        content.resize(content.len().max(at + length), 0);
                        content[at..at + length].copy_from_slice(sector);
                    }
                    (at, left) = (at + length, rest);
                }
            }
        }
    }
}

/// A disk, as events leave it.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk(BTreeMap<String, File>);

impl Disk {
    fn file(&mut self, name: &str) -> &mut File {
        self.0.entry(name.to_owned()).or_default()
    }

    /// Something happened.
    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::Write { file, offset, data } => {
                self.file(file).waiting.push(Change::Write { offset: *offset, data: data.clone() });
            }
            Event::Truncate { file, size } => self.file(file).waiting.push(Change::Truncate(*size)),
            Event::Sync { file } => {
                let file = self.file(file);
                let mut content = file.durable.take().unwrap_or_default();
                file.waiting.drain(..).for_each(|change| change.apply(&mut content, || true));
                file.durable = Some(content);
            }
            Event::LostSync { file } => self.file(file).waiting.clear(),
            Event::Delete { file } => {
                self.0.remove(file);
            }
            Event::Acknowledged(_) => {}
        }
    }

    /// Writes into a folder what is there if the power goes now.
    pub(super) fn write(&self, folder: &Path, unsynced: Unsynced) {
        let mut state = match unsynced {
            Unsynced::Torn(seed) => seed,
            _ => 0,
        };
        for (name, file) in &self.0 {
            let mut is_there = || match unsynced {
                Unsynced::Dropped => false,
                Unsynced::Kept => true,
                Unsynced::Torn(_) => {
                    // Knuth's multiplier; the high bits are the random ones.
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    state >> 63 == 1
                }
            };
            let Some(mut content) = file.durable.clone().or_else(|| is_there().then(Vec::new)) else { continue };
            file.waiting.iter().for_each(|change| change.apply(&mut content, &mut is_there));
            std::fs::write(folder.join(name), content).unwrap();
        }
    }
}
