//! What happens to the files of a folder, in order, and which call is to fail.

use std::{
    collections::HashMap,
    ffi::c_int,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use parking_lot::Mutex;

/// Something that happened. Files are named by their last part.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// Bytes were handed to the system.
    Write { file: String, offset: usize, data: Vec<u8> },
    /// The file was cut or lengthened.
    Truncate { file: String, size: usize },
    /// Everything written to the file before is on the disk.
    Sync { file: String },
    /// A sync failed: what was written since the last one may never come to the disk, whatever later ones say.
    LostSync { file: String },
    /// The file went.
    Delete { file: String },
    /// A client was told that this sale is durable.
    Acknowledged(i64),
}

/// A call that fails instead of being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    /// Which call, counted from now on; of writes, truncations and syncs.
    pub(super) call: usize,
    /// Whether the disk has no room, or is broken.
    pub(super) full: bool,
}

/// What a call is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    Write,
    Truncate,
    Sync,
}

#[derive(Default)]
struct Recording {
    events: Vec<Event>,
    fault: Option<Fault>,
    calls: usize,
    failed_with: Option<c_int>,
}

static RECORDINGS: LazyLock<Mutex<HashMap<PathBuf, Recording>>> = LazyLock::new(Mutex::default);

/// Begins to record what happens in a folder.
pub(super) fn begin(folder: &Path) {
    RECORDINGS.lock().insert(folder.to_owned(), Recording::default());
}

/// From now on a call fails.
pub(super) fn fail(folder: &Path, fault: Fault) {
    if let Some(recording) = RECORDINGS.lock().get_mut(folder) {
        (recording.fault, recording.calls, recording.failed_with) = (Some(fault), 0, None);
    }
}

/// SQLite's code with which the call failed; none if it has not come.
pub(super) fn failed_with(folder: &Path) -> Option<c_int> {
    RECORDINGS.lock().get(folder)?.failed_with
}

/// Ends the recording.
pub(super) fn end(folder: &Path) -> Vec<Event> {
    RECORDINGS.lock().remove(folder).map(|recording| recording.events).unwrap_or_default()
}

/// Notes what happened, if the folder is recorded.
pub(super) fn note(folder: &Path, event: Event) {
    if let Some(recording) = RECORDINGS.lock().get_mut(folder) {
        recording.events.push(event);
    }
}

/// The code with which this call has to fail; none if it is to be done.
pub(super) fn fault(folder: &Path, call: Call) -> Option<c_int> {
    let mut all = RECORDINGS.lock();
    let recording = all.get_mut(folder)?;
    recording.calls += 1;
    let fault = recording.fault.filter(|fault| fault.call == recording.calls)?;
    recording.fault = None;
    recording.failed_with = Some(match (call, fault.full) {
        // Where there is no room, a sync can tell it too: blocks are given out late.
        (Call::Write | Call::Truncate, true) => rusqlite::ffi::SQLITE_FULL,
        (Call::Write, false) => rusqlite::ffi::SQLITE_IOERR_WRITE,
        (Call::Truncate, false) => rusqlite::ffi::SQLITE_IOERR_TRUNCATE,
        (Call::Sync, _) => rusqlite::ffi::SQLITE_IOERR_FSYNC,
    });
    recording.failed_with
}
