//! SQLite's own access to files with a recorder in it.
//!
//! The real `unix-excl` does the work, so what is tested is what runs. Only the four calls that change a file are caught:
//! after a file was opened its table of methods is exchanged for a copy in which they are ours.
#![allow(
    unsafe_code,
    reason = "SQLite takes an access to files as C structures and nothing else; crates that wrap them bring one of their own \
              instead of the real one, or need libclang to build. For tests alone"
)]

use std::{
    collections::HashMap,
    ffi::{CStr, OsStr, c_char, c_int, c_void},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use parking_lot::Mutex;
use rusqlite::ffi;

use super::recorder::{self, Call, Event};

/// The name under which connections find it.
pub(super) const NAME: &str = "kontor-recorded";

/// A table of methods in which some are ours, and the one it was made from.
#[repr(C)]
struct Table {
    /// First, so that a pointer to it is a pointer to the whole.
    methods: ffi::sqlite3_io_methods,
    original: *const ffi::sqlite3_io_methods,
}

/// Tables by the address of their original. There are as many as SQLite has ways to lock files: two or three, kept forever.
static TABLES: LazyLock<Mutex<HashMap<usize, usize>>> = LazyLock::new(Mutex::default);
/// Open files by their address: folder and name.
static FILES: LazyLock<Mutex<HashMap<usize, (PathBuf, String)>>> = LazyLock::new(Mutex::default);
/// The address of the real one; registers ours when it is first asked for.
static ORIGINAL: LazyLock<usize> = LazyLock::new(|| {
    // SAFETY: the name is a C string; SQLite keeps its own list of these and never frees `unix-excl`.
    let original = unsafe { ffi::sqlite3_vfs_find(c"unix-excl".as_ptr()) };
    assert!(!original.is_null(), "SQLite has no unix-excl");
    // SAFETY: it is not null, and nothing changes it after SQLite's start.
    let mut ours = unsafe { *original };
    ours.pNext = std::ptr::null_mut();
    ours.zName = c"kontor-recorded".as_ptr();
    ours.xOpen = Some(open);
    ours.xDelete = Some(delete);
    // SAFETY: the structure is never freed, as SQLite demands; it is a copy of a good one.
    let registered = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(Box::new(ours)), 0) };
    assert_eq!(registered, ffi::SQLITE_OK);
    original as usize
});

/// Makes it known to SQLite.
pub(super) fn register() {
    let _ = *ORIGINAL;
}

fn original() -> *mut ffi::sqlite3_vfs {
    *ORIGINAL as *mut ffi::sqlite3_vfs
}

/// Folder and name of a path that SQLite gives.
///
/// # Safety
/// A C string, or null.
unsafe fn name(path: *const c_char) -> Option<(PathBuf, String)> {
    if path.is_null() {
        return None;
    }
    // SAFETY: the caller says so.
    let path = Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(path) }.to_bytes()));
    Some((path.parent()?.to_owned(), path.file_name()?.to_str()?.to_owned()))
}

/// The table in which the changing calls are ours.
///
/// # Safety
/// The original is good forever.
unsafe fn table_of(original: *const ffi::sqlite3_io_methods) -> *const ffi::sqlite3_io_methods {
    let mut tables = TABLES.lock();
    let table = tables.entry(original as usize).or_insert_with(|| {
        // SAFETY: the caller says so.
        let mut methods = unsafe { *original };
        methods.xClose = Some(close);
        methods.xWrite = Some(write);
        methods.xTruncate = Some(truncate);
        methods.xSync = Some(sync);
        Box::into_raw(Box::new(Table { methods, original })) as usize
    });
    *table as *const ffi::sqlite3_io_methods
}

/// The methods that the file had before.
///
/// # Safety
/// A file whose table came from [`table_of`].
unsafe fn methods(file: *mut ffi::sqlite3_file) -> ffi::sqlite3_io_methods {
    // SAFETY: `methods` is the first field of a `Table`, whose `original` is good forever.
    unsafe { *(*(*file).pMethods.cast::<Table>()).original }
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's own arguments go on to SQLite's own function; a file that was opened has a table that is static.
    unsafe {
        let Some(real) = (*original()).xOpen else { return ffi::SQLITE_CANTOPEN };
        let done = real(original(), path, file, flags, flags_out);
        if done == ffi::SQLITE_OK
            && !(*file).pMethods.is_null()
            && let Some(named) = name(path)
        {
            FILES.lock().insert(file as usize, named);
            (*file).pMethods = table_of((*file).pMethods);
        }
        done
    }
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, path: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: as in `open`.
    unsafe {
        let Some(real) = (*original()).xDelete else { return ffi::SQLITE_IOERR_DELETE };
        let done = real(original(), path, sync_folder);
        if done == ffi::SQLITE_OK
            && let Some((folder, file)) = name(path)
        {
            recorder::note(&folder, Event::Delete { file });
        }
        done
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite calls this for files that we opened alone. The real one clears the file's memory.
    unsafe {
        let real = methods(file).xClose;
        FILES.lock().remove(&(file as usize));
        real.map_or(ffi::SQLITE_IOERR_CLOSE, |real| real(file))
    }
}

/// Asks whether the call is to fail, else does it and notes it.
fn caught(
    file: *mut ffi::sqlite3_file,
    call: Call,
    work: impl FnOnce() -> c_int,
    event: impl FnOnce(String) -> Event,
) -> c_int {
    let Some((folder, name)) = FILES.lock().get(&(file as usize)).cloned() else { return work() };
    if let Some(code) = recorder::fault(&folder, call) {
        if matches!(call, Call::Sync) {
            recorder::note(&folder, Event::LostSync { file: name });
        }
        return code;
    }
    let done = work();
    if done == ffi::SQLITE_OK {
        recorder::note(&folder, event(name));
    }
    done
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, data: *const c_void, amount: c_int, offset: i64) -> c_int {
    // SAFETY: SQLite gives `amount` bytes at `data`, and a file that we opened.
    let (real, bytes) = unsafe {
        let amount = usize::try_from(amount).unwrap_or(0);
        (methods(file).xWrite, std::slice::from_raw_parts(data.cast::<u8>(), amount).to_vec())
    };
    let Some(real) = real else { return ffi::SQLITE_IOERR_WRITE };
    let offset_bytes = usize::try_from(offset).unwrap_or(0);
    // SAFETY: SQLite's own arguments go on to SQLite's own function.
    let work = || unsafe { real(file, data, amount, offset) };
    caught(file, Call::Write, work, |file| Event::Write { file, offset: offset_bytes, data: bytes })
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: a file that we opened.
    let Some(real) = (unsafe { methods(file) }).xTruncate else { return ffi::SQLITE_IOERR_TRUNCATE };
    let size_bytes = usize::try_from(size).unwrap_or(0);
    // SAFETY: SQLite's own arguments go on to SQLite's own function.
    let work = || unsafe { real(file, size) };
    caught(file, Call::Truncate, work, |file| Event::Truncate { file, size: size_bytes })
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // Disks are made up from the recording, so that a real sync would take time and show nothing.
    caught(file, Call::Sync, || ffi::SQLITE_OK, |file| Event::Sync { file })
}
