//! Whether others than this user decide what runs: who can write into the functions folder puts code live.

#[cfg(unix)]
use std::os::unix::fs::MetadataExt as _;
use std::{fs, path::Path};

/// Others may write, by the bits of a mode: the group, and everybody.
const GROUP_AND_OTHERS: u32 = 0o022;
/// Everybody may write.
const OTHERS: u32 = 0o002;
/// Root can write everywhere anyway.
const ROOT: u32 = 0;

/// Why the folder is not followed.
pub(super) fn folder(path: &Path, metadata: &fs::Metadata) -> Option<String> {
    let shown = path.display();
    let (owner, mode) = rights(metadata)?;
    if mode & GROUP_AND_OTHERS != 0 {
        return Some(format!(
            "the functions folder {shown} is not followed, because others can write into it (mode {:o}); run \
             `chmod go-w {shown}`",
            mode & 0o777
        ));
    }
    (!is_trusted(owner)).then(|| {
        format!(
            "the functions folder {shown} is not followed, because it belongs to another user (uid {owner}); run `chown` \
             on it, so that it belongs to the user that runs kontor"
        )
    })
}

/// Why a file in it is not taken.
pub(super) fn file(path: &Path, metadata: &fs::Metadata) -> Option<String> {
    let (_, mode) = rights(metadata)?;
    (mode & OTHERS != 0).then(|| {
        let shown = path.display();
        format!("everybody can write into {shown} (mode {:o}); run `chmod o-w {shown}`", mode & 0o777)
    })
}

#[cfg(unix)]
fn rights(metadata: &fs::Metadata) -> Option<(u32, u32)> {
    Some((metadata.uid(), metadata.mode()))
}

#[cfg(not(unix))]
fn rights(_: &fs::Metadata) -> Option<(u32, u32)> {
    None
}

fn is_trusted(owner: u32) -> bool {
    owner == ROOT || is_me(owner)
}

#[cfg(unix)]
fn is_me(owner: u32) -> bool {
    owner == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_me(_: u32) -> bool {
    true
}
