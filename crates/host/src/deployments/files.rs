//! Files and the folder that they lie in, as the file system shows them.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::SystemTime,
};

use bytes::Bytes;

use crate::{load::digest, runtime::engine::hex};

/// Larger files are refused unread.
const FILE_MAX_BYTES: u64 = 64 << 20;
/// A signature is 88 letters and the end of a line.
const SIGNATURE_MAX_BYTES: u64 = 1 << 10;

/// What a file looks like from outside. A change of it means that there may be something new inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Looks {
    size_bytes: u64,
    modified: Option<SystemTime>,
    /// Tells a file that was renamed into place from the one before it.
    inode: u64,
    /// When its contents, owner or rights last changed, as the file system itself says: nobody can set it back.
    changed: (i64, i64),
}

impl Looks {
    pub(super) fn of(metadata: &fs::Metadata) -> Self {
        #[cfg(unix)]
        let (inode, changed) = {
            use std::os::unix::fs::MetadataExt;
            (metadata.ino(), (metadata.ctime(), metadata.ctime_nsec()))
        };
        #[cfg(not(unix))]
        let (inode, changed) = (0, (0, 0));
        Self { size_bytes: metadata.len(), modified: metadata.modified().ok(), inode, changed }
    }
}

/// The whole file and its hash; none if it has gone meanwhile.
pub(super) fn read(path: &Path) -> Result<Option<(Bytes, String)>, String> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Ok(None),
        _ => Err(format!("{} cannot be read: {error}", path.display())),
    };
    let size_bytes = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) => return failed(error),
    };
    if size_bytes > FILE_MAX_BYTES {
        return Err(format!(
            "{} has {size_bytes} bytes; at most {FILE_MAX_BYTES} are allowed: build it with optimisation and without \
             debug information",
            path.display()
        ));
    }
    match fs::read(path) {
        Ok(bytes) => {
            let hash = hex(&digest(&bytes));
            Ok(Some((bytes.into(), hash)))
        }
        Err(error) => failed(error),
    }
}

/// Makes the folder, for others to read at most: who can write into it decides what runs.
pub(super) fn make(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
    builder.create(folder)
}

/// The signature that lies beside a component, as `NAME.wasm.sig`; none if none does.
pub(super) fn signature(component: &Path) -> Option<String> {
    let path = signature_of(component);
    let is_small = fs::metadata(&path).is_ok_and(|metadata| metadata.len() <= SIGNATURE_MAX_BYTES);
    if is_small { fs::read_to_string(&path).ok() } else { None }
}

/// How the signature beside a component looks from outside.
pub(super) fn signature_looks(component: &Path) -> Option<Looks> {
    fs::metadata(signature_of(component)).ok().map(|metadata| Looks::of(&metadata))
}

fn signature_of(component: &Path) -> PathBuf {
    let mut name = component.as_os_str().to_owned();
    name.push(".sig");
    PathBuf::from(name)
}
