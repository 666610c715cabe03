//! Remembers what something was built from, so that a second start builds nothing.

use std::{
    fs,
    hash::{DefaultHasher, Hasher as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// Names of folders that are made, not written.
const MADE: [&str; 5] = ["node_modules", "target", "dist", "test-results", "playwright-report"];

/// A fingerprint of files and a note of the last one.
pub struct Stamp {
    file: PathBuf,
    now: String,
}

impl Stamp {
    /// Of everything below `inputs` (files or folders) and of `words`; the note is kept in `file`.
    ///
    /// Contents count, times do not: a fresh checkout of the same commit changes nothing.
    pub fn of(file: PathBuf, inputs: &[PathBuf], words: &[&str]) -> Result<Self> {
        let mut hash = DefaultHasher::new();
        for word in words {
            hash.write(word.as_bytes());
            hash.write_u8(0);
        }
        for path in files(inputs)? {
            hash.write(path.as_os_str().as_encoded_bytes());
            hash.write_u8(0);
            hash.write(&fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
        }
        Ok(Self { file, now: format!("{:016x}", hash.finish()) })
    }

    /// Whether the last build was from the same.
    pub fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|last| last == self.now)
    }

    /// Notes that the build is done.
    pub fn note(&self) -> Result<()> {
        fs::write(&self.file, &self.now).with_context(|| format!("cannot write {}", self.file.display()))
    }
}

/// Every file below, sorted, without what is made and what is hidden.
pub fn files(inputs: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let (mut found, mut open) = (Vec::new(), inputs.to_vec());
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))?;
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if !MADE.contains(&name.as_ref()) && !name.starts_with('.') {
                    open.push(entry.path());
                }
            }
        } else if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Makes `to` have exactly the files of `from`. Files that are the same are not touched: their times tell cargo
/// whether the program has to be built again.
pub fn mirror(from: &Path, to: &Path) -> Result<()> {
    let (wanted, present) = (files(&[from.to_owned()])?, files(&[to.to_owned()])?);
    for old in present {
        if !from.join(old.strip_prefix(to)?).is_file() {
            fs::remove_file(&old)?;
        }
    }
    for new in wanted {
        copy_changed(&new, &to.join(new.strip_prefix(from)?))?;
    }
    Ok(())
}

/// Copies a file unless it is already there with the same bytes.
pub fn copy_changed(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(to).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, bytes).with_context(|| format!("cannot write {}", to.display()))
}
