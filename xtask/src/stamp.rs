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
    /// Of everything below `inputs` (files or folders in `root`) and of `words`; the note is kept in `file`.
    ///
    /// Contents count, times do not: a fresh checkout of the same commit changes nothing.
    pub fn of(file: PathBuf, root: &Path, inputs: &[PathBuf], words: &[&str]) -> Result<Self> {
        let mut hash = DefaultHasher::new();
        for word in words {
            hash.write(word.as_bytes());
            hash.write_u8(0);
        }
        for path in files(inputs)? {
            // Relative, so that two clones with one build folder do not build in turns.
            hash.write(path.strip_prefix(root).unwrap_or(&path).as_os_str().as_encoded_bytes());
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Stamp, mirror};

    /// A folder that is removed with the test.
    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("kontor-xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(path.join("from/inner")).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn only_another_content_or_name_makes_a_build_stale() {
        let folder = Folder::new("stamp");
        let source = folder.0.join("from/inner/a.rs");
        let stamp = || Stamp::of(folder.0.join("note"), &folder.0, &[folder.0.join("from")], &["x"]).unwrap();
        fs::write(&source, "1").unwrap();
        assert!(!stamp().is_fresh(), "nothing was built yet");
        stamp().note().unwrap();
        fs::write(&source, "1").unwrap();
        assert!(stamp().is_fresh(), "the same bytes, written again");
        fs::write(&source, "2").unwrap();
        assert!(!stamp().is_fresh(), "other bytes");
        stamp().note().unwrap();
        fs::rename(&source, folder.0.join("from/inner/b.rs")).unwrap();
        assert!(!stamp().is_fresh(), "another name");
    }

    #[test]
    fn a_mirror_has_what_the_original_has_and_nothing_else() {
        let folder = Folder::new("mirror");
        let (from, to) = (folder.0.join("from"), folder.0.join("to"));
        fs::create_dir_all(&to).unwrap();
        fs::write(from.join("inner/new.js"), "new").unwrap();
        fs::write(to.join("old.js"), "old").unwrap();
        mirror(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("inner/new.js")).unwrap(), "new");
        assert!(!to.join("old.js").exists());
    }
}
