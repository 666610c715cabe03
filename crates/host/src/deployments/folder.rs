//! The functions folder: a file `NAME.wasm` in it is the function NAME, live as long as the file is there.
//!
//! The folder is looked at ten times a second. That needs no help from the file system, so it works on every one, and on
//! what is mounted into a container too. A copy is complete once the file has not changed between two looks. A file that
//! never rests (somebody replaces it many times a second) is tried all the same now and then: what is half a component is
//! none, and what served before serves on.

use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use kontor_data::Desired;

use super::{DeployError, Deployments, hash};

/// Between two looks; also how long a file has to rest.
const LOOK: Duration = Duration::from_millis(100);
/// A file that never rests is tried so often.
const RESTLESS: Duration = Duration::from_secs(1);
/// Larger files are refused unread.
const FILE_MAX_BYTES: u64 = 64 << 20;

/// What a file looks like from outside. A change of it means that there may be something new inside.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Looks {
    size_bytes: u64,
    modified: Option<SystemTime>,
    /// Tells a file that was renamed into place from the one before it.
    inode: u64,
}

/// A file as it was at the last look.
struct File {
    looks: Looks,
    /// When it changed for the last time.
    changed: Instant,
    /// Since when nobody has acted upon its changes.
    unread_since: Instant,
    /// What the registry knew of it after it was acted upon as it looks now; none if that has not happened.
    acted: Option<Option<String>>,
}

/// Follows the folder until the program ends.
pub(crate) struct Watch {
    folder: PathBuf,
    deployments: Arc<Deployments>,
    files: BTreeMap<String, File>,
    /// Why the folder could not be read at the last look.
    trouble: Option<String>,
}

impl Deployments {
    /// Makes the folder, acts upon what is there, and follows it from then on in a task of its own.
    ///
    /// # Errors
    /// The folder cannot be made, or the registry not be read.
    pub async fn follow(self: &Arc<Self>, folder: &Path) -> Result<(), DeployError> {
        fs::create_dir_all(folder).map_err(|error| {
            DeployError::Invalid(format!(
                "the functions folder {} cannot be made: {error}; make it writable",
                folder.display()
            ))
        })?;
        let mut watch =
            Watch { folder: folder.to_owned(), deployments: self.clone(), files: BTreeMap::new(), trouble: None };
        // At the start nobody is copying; if somebody is, the file changes again.
        watch.look(Duration::ZERO).await?;
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                if watch.deployments.host.shared.is_stopping() {
                    return;
                }
                if let Err(error) = watch.look(LOOK).await {
                    tracing::error!(%error, "the functions folder could not be followed; trying again");
                }
            }
        });
        Ok(())
    }
}

impl Watch {
    /// One look: acts upon what has rested for `rest`.
    async fn look(&mut self, rest: Duration) -> Result<(), DeployError> {
        let found = match self.found() {
            Ok(found) => found,
            Err(error) => {
                // Nothing is taken down because of that: a folder that cannot be read says nothing of its files.
                if self.trouble.replace(error.clone()).as_ref() != Some(&error) {
                    self.deployments.fail("functions folder", &error);
                }
                return Ok(());
            }
        };
        if self.trouble.take().is_some() {
            self.deployments.failures.lock().remove("functions folder");
        }
        let now = Instant::now();
        let gone: Vec<String> = self.files.keys().filter(|name| !found.contains_key(*name)).cloned().collect();
        for (name, looks) in found {
            match self.files.get_mut(&name) {
                Some(file) if file.looks == looks => {}
                Some(file) => {
                    let unread_since = if file.acted.is_some() { now } else { file.unread_since };
                    *file = File { looks, changed: now, unread_since, acted: None };
                }
                None => drop(self.files.insert(name, File { looks, changed: now, unread_since: now, acted: None })),
            }
        }
        for name in gone {
            self.files.remove(&name);
        }
        self.act(rest).await
    }

    async fn act(&mut self, rest: Duration) -> Result<(), DeployError> {
        let desired = self.deployments.registry.desired().await?;
        let mut desired: BTreeMap<String, Desired> =
            desired.into_iter().map(|desired| (desired.function.clone(), desired)).collect();
        let folder = self.folder.clone();
        for (name, file) in &mut self.files {
            let known = desired.remove(name);
            let seen = known.and_then(|desired| desired.seen);
            let rests = file.changed.elapsed() >= rest;
            // The registry forgets what it has seen when a grant may make a difference.
            let is_known = file.acted.as_ref() == Some(&seen);
            if is_known || !(rests || file.unread_since.elapsed() >= RESTLESS) {
                continue;
            }
            let acted = self.deployments.take(&folder.join(format!("{name}.wasm")), name, seen, rests).await?;
            file.unread_since = Instant::now();
            file.acted = rests.then_some(acted);
        }
        // What is left has no file; if it had one, that was taken away.
        for (name, left) in desired {
            if left.seen.is_some() {
                self.deployments.file_gone(&name, left).await?;
            }
        }
        Ok(())
    }

    /// The folder's components, by function.
    fn found(&self) -> Result<BTreeMap<String, Looks>, String> {
        let failed =
            |error: std::io::Error| format!("the functions folder {} cannot be read: {error}", self.folder.display());
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let Some(name) = function_of(&path) else { continue };
            // A link is followed: what it shows is what counts. One that has gone meanwhile was never there.
            if let Ok(metadata) = fs::metadata(&path)
                && metadata.is_file()
            {
                found.insert(name, Looks::of(&metadata));
            }
        }
        Ok(found)
    }
}

impl Looks {
    fn of(metadata: &fs::Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Self { size_bytes: metadata.len(), modified: metadata.modified().ok(), inode }
    }
}

/// The function that a file is meant to be. Hidden files are nobody's: programs that copy use them on the way.
fn function_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_suffix(".wasm")?;
    (!name.starts_with('.')).then(|| name.to_owned())
}

impl Deployments {
    /// Acts upon a file that is new or has changed, and gives what the registry knows of it then. A failure of one that
    /// does not rest is not told yet: it is probably half of something.
    async fn take(
        &self,
        path: &Path,
        name: &str,
        seen: Option<String>,
        rests: bool,
    ) -> Result<Option<String>, DeployError> {
        let component = match read(path) {
            Ok(Some(component)) => component,
            Ok(None) => return Ok(seen),
            Err(reason) => {
                self.fail(name, &reason);
                return Ok(seen);
            }
        };
        let found = hash(&component);
        if seen.as_ref() == Some(&found) {
            return Ok(seen);
        }
        match self.deploy(component, Some(name), &path.display().to_string(), Some(found.clone())).await {
            Ok(_) => Ok(Some(found)),
            Err(DeployError::Registry(error)) => Err(error.into()),
            Err(_) if !rests => Ok(seen),
            Err(error) => {
                self.fail(name, &format!("{}: {error}", path.display()));
                let _changing = self.changing.lock().await;
                let desired = Desired { seen: Some(found.clone()), ..self.desired(name).await? };
                self.registry.desire(desired).await?;
                Ok(Some(found))
            }
        }
    }

    /// The file of a function was taken away: so is what was deployed.
    async fn file_gone(&self, name: &str, desired: Desired) -> Result<(), DeployError> {
        if desired.number.is_some() {
            return self.remove(name).await;
        }
        self.failures.lock().remove(name);
        let _changing = self.changing.lock().await;
        Ok(self.registry.desire(Desired { seen: None, ..desired }).await?)
    }
}

/// The whole file; none if it has gone meanwhile.
fn read(path: &Path) -> Result<Option<Bytes>, String> {
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
    fs::read(path).map(|bytes| Some(bytes.into())).or_else(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_components_that_nobody_hides_are_functions() {
        for (file, name) in [
            ("hello.wasm", Some("hello")),
            (".hello.wasm", None),
            ("hello.wasm.part", None),
            ("hello.txt", None),
            ("Hello World.wasm", Some("Hello World")),
        ] {
            assert_eq!(function_of(Path::new("/functions").join(file).as_path()).as_deref(), name, "{file}");
        }
    }
}
