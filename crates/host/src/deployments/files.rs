//! Files and the folder that they lie in, as the file system shows them.

use std::{fs, io::ErrorKind, path::Path, time::SystemTime};

use bytes::Bytes;

use super::hash;

/// Larger files are refused unread.
const FILE_MAX_BYTES: u64 = 64 << 20;

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
            let hash = hash(&bytes);
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

/// Why the folder is not followed, if others than this user can write into it.
pub(super) fn too_open(folder: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(folder).ok()?.permissions());
        if mode & 0o022 != 0 {
            let shown = folder.display();
            return Some(format!(
                "the functions folder {shown} is not followed, because others can write into it (mode {:o}); run \
                 `chmod go-w {shown}` and start again",
                mode & 0o777
            ));
        }
    }
    None
}
