//! The functions folder: a file `NAME.wasm` in it is the function NAME, live as long as the file is there.
//!
//! The folder is looked at ten times a second. That needs no help from the file system, so it works on every one, and on
//! what is mounted into a container too. A copy is complete once the file has not changed between two looks. A file that
//! never rests (somebody replaces it many times a second) is tried all the same now and then: what is half a component is
//! none, and what served before serves on.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use kontor_data::Desired;

use super::{
    DeployError, Deployments,
    files::{Looks, make, read, signature, signature_looks},
    offer::Offer,
    permission,
    seen::Place,
};

/// Between two looks; also how long a file has to rest.
const LOOK: Duration = Duration::from_millis(100);
/// Between two looks while the registry cannot be used.
const TROUBLED: Duration = Duration::from_secs(5);
/// A file that never rests is tried so often.
const RESTLESS: Duration = Duration::from_secs(1);

/// A component and the signature beside it, from outside.
type Pair = (Looks, Option<Looks>);

/// A file as it was at the last look.
struct File {
    looks: Pair,
    /// Whether it has lain there like this since the first look.
    is_old: bool,
    /// When it changed for the last time.
    changed: Instant,
    /// Since when nobody has acted upon its changes.
    unread_since: Instant,
    /// What the registry knew of it, and how many grants there had been, after it was acted upon as it looks now; none if
    /// that has not happened.
    acted: Option<(Option<String>, u64)>,
    /// Not before this: the registry could not be written.
    again: Option<Instant>,
}

/// Follows the folder until the program ends.
pub(crate) struct Watch {
    folder: PathBuf,
    place: Place,
    deployments: Arc<Deployments>,
    files: BTreeMap<String, File>,
    /// Whether nobody has looked yet.
    is_first: bool,
    /// Why the folder could not be read at the last look.
    trouble: Option<String>,
    /// How many grants there had been when everything was acted upon; none if something is left to do. Then the registry
    /// need not be asked: it may be a server far away.
    settled: Option<u64>,
}

impl Deployments {
    /// Makes the folder, acts upon what is there, and follows it from then on in a task of its own. `mark` tells it from the
    /// folders of other processes, where they share a registry.
    ///
    /// # Errors
    /// The folder cannot be made, or the registry not be read.
    pub async fn follow(self: &Arc<Self>, folder: &Path, mark: &str) -> Result<(), DeployError> {
        let place = if self.registry.is_shared() { Place::one_of_several(mark) } else { Place::only() };
        let is_new = !folder.exists();
        make(folder).map_err(|error| {
            DeployError::Invalid(format!(
                "the functions folder {} cannot be made: {error}; make it writable",
                folder.display()
            ))
        })?;
        if is_new {
            self.without_folder(folder, &place).await?;
        }
        let (folder, files) = (folder.to_owned(), BTreeMap::new());
        let mut watch =
            Watch { folder, place, deployments: self.clone(), files, is_first: true, trouble: None, settled: None };
        // At the start nobody is copying; if somebody is, the file changes again.
        if let Err(error) = watch.look(Duration::ZERO).await {
            self.fail(FOLDER, &error.to_string());
        }
        tokio::spawn(watch.follow());
        Ok(())
    }

    /// The folder was not there although files of it serve: a volume that is not mounted, or a copy without it. That is
    /// nobody's wish to take them away, so they stay, as if they had been deployed by command.
    async fn without_folder(&self, folder: &Path, place: &Place) -> Result<(), DeployError> {
        let mut kept = Vec::new();
        for desired in self.registry.desired().await? {
            if desired.seen.as_ref().is_some_and(|note| place.hash(note).is_some()) {
                kept.push(desired.function.clone());
                self.registry.desire(Desired { seen: None, ..desired }).await?;
            }
        }
        if !kept.is_empty() {
            let (folder, functions) = (folder.display(), kept.join(", "));
            tracing::warn!(%folder, functions, "the functions folder was not there; what was deployed from it serves on");
        }
        Ok(())
    }
}

/// What failures about the folder itself are filed under.
const FOLDER: &str = "functions folder";

impl Watch {
    /// Looks until the host stops.
    async fn follow(mut self) {
        let mut told = None;
        let mut pause = LOOK;
        loop {
            tokio::time::sleep(pause).await;
            if self.deployments.host.shared.is_stopping() {
                return;
            }
            let failed = self.look(LOOK).await.err().map(|error| error.to_string());
            // A full disk must not be filled further by the lines about it.
            if let Some(error) = failed.as_ref().filter(|error| told.as_ref() != Some(*error)) {
                tracing::error!(%error, "the functions folder cannot be followed; trying again");
            }
            pause = if failed.is_some() { TROUBLED } else { LOOK };
            told = failed;
        }
    }

    /// One look: acts upon what has rested for `rest`.
    async fn look(&mut self, rest: Duration) -> Result<(), DeployError> {
        let found = match self.found() {
            Ok(found) => found,
            Err(error) => {
                // Nothing is taken down because of that: a folder that cannot be read says nothing of its files.
                if self.trouble.replace(error.clone()).as_ref() != Some(&error) {
                    self.deployments.fail(FOLDER, &error);
                }
                return Ok(());
            }
        };
        if self.trouble.take().is_some() {
            self.deployments.failures.lock().remove(FOLDER);
        }
        if !self.note(found) && self.settled == Some(self.deployments.grants_made()) {
            return Ok(());
        }
        self.settled = None;
        let grants = self.deployments.grants_made();
        self.act(rest).await?;
        self.settled = self.files.values().all(|file| file.acted.is_some()).then_some(grants);
        Ok(())
    }

    /// Notes how the files look now. True if something has changed.
    fn note(&mut self, found: BTreeMap<String, Pair>) -> bool {
        let now = Instant::now();
        let is_old = std::mem::take(&mut self.is_first);
        let mut changed = false;
        let gone: Vec<String> = self.files.keys().filter(|name| !found.contains_key(*name)).cloned().collect();
        for (name, looks) in found {
            match self.files.get_mut(&name) {
                Some(file) if file.looks == looks => continue,
                Some(file) => {
                    let unread_since = if file.acted.is_some() { now } else { file.unread_since };
                    *file = File { looks, is_old: false, changed: now, unread_since, acted: None, again: None };
                }
                None => {
                    let file = File { looks, is_old, changed: now, unread_since: now, acted: None, again: None };
                    self.files.insert(name, file);
                }
            }
            changed = true;
        }
        for name in gone {
            self.files.remove(&name);
            self.deployments.failures.lock().remove(&name);
            changed = true;
        }
        changed
    }

    async fn act(&mut self, rest: Duration) -> Result<(), DeployError> {
        let desired = self.deployments.registry.desired().await?;
        let mut desired: BTreeMap<String, Desired> =
            desired.into_iter().map(|desired| (desired.function.clone(), desired)).collect();
        let (folder, deployments) = (self.folder.clone(), self.deployments.clone());
        for (name, file) in &mut self.files {
            let known = desired.remove(name).and_then(|desired| desired.seen);
            let seen = known.and_then(|note| self.place.hash(&note));
            let grants = deployments.grants_made();
            let rests = file.changed.elapsed() >= rest;
            let is_known = file.acted.as_ref().is_some_and(|(then, count)| *then == seen && *count == grants);
            let is_early = file.again.is_some_and(|again| Instant::now() < again);
            if is_known || is_early || !(rests || file.unread_since.elapsed() >= RESTLESS) {
                continue;
            }
            let path = folder.join(format!("{name}.wasm"));
            file.unread_since = Instant::now();
            let found = Found { path: &path, name, seen, rests, is_old: file.is_old, place: &self.place };
            match deployments.take(&found).await {
                Ok(acted) => (file.acted, file.again) = (rests.then_some((acted, grants)), None),
                Err(error) => {
                    deployments.fail(name, &format!("{}: {error}; it is tried again", path.display()));
                    file.again = Some(Instant::now() + TROUBLED);
                }
            }
        }
        // What is left has no file; if it had one, that was taken away.
        for (name, left) in desired {
            if let Some(note) = &left.seen
                && let Some(hash) = self.place.hash(note)
            {
                deployments.file_gone(&name, note, &hash).await?;
            }
        }
        Ok(())
    }

    /// The folder's components, by function.
    fn found(&self) -> Result<BTreeMap<String, Pair>, String> {
        let failed =
            |error: std::io::Error| format!("the functions folder {} cannot be read: {error}", self.folder.display());
        let folder = fs::metadata(&self.folder).map_err(failed)?;
        if let Some(reason) = permission::folder(&self.folder, &folder) {
            return Err(reason);
        }
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let Some(name) = function_of(&path) else { continue };
            // A link is followed: what it shows is what counts. One that has gone meanwhile was never there.
            if let Ok(metadata) = fs::metadata(&path)
                && metadata.is_file()
            {
                found.insert(name, (Looks::of(&metadata), signature_looks(&path)));
            }
        }
        Ok(found)
    }
}

/// The function that a file is meant to be. Hidden files are nobody's: programs that copy use them on the way.
fn function_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_suffix(".wasm")?;
    (!name.starts_with('.')).then(|| name.to_owned())
}

/// A file to act upon.
struct Found<'a> {
    path: &'a Path,
    /// The function that it is meant to be.
    name: &'a str,
    /// Hash of this folder's file that was last acted upon.
    seen: Option<String>,
    /// Whether it has not changed between two looks.
    rests: bool,
    /// Whether it has lain there like this since the first look.
    is_old: bool,
    place: &'a Place,
}

impl Deployments {
    /// Acts upon a file that is new or has changed, and gives what the registry knows of it then. Failures are not stored:
    /// the next start tries again and tells why. One of a file that does not rest is not told yet: it is probably half of
    /// something.
    async fn take(&self, file: &Found<'_>) -> Result<Option<String>, DeployError> {
        let Found { path, name, seen, .. } = file;
        let refuse = |reason: &str| {
            self.fail(name, reason);
            Ok(seen.clone())
        };
        if !crate::load::manifest::is_function_name(name) {
            let shown = path.display();
            return refuse(&format!(
                "{shown:?} is no function's name; use [a-z][a-z0-9-]{{0,39}}.wasm, and neither kontor nor functions"
            ));
        }
        if let Some(reason) = fs::metadata(path).ok().and_then(|metadata| permission::file(path, &metadata)) {
            return refuse(&reason);
        }
        let (component, found) = match aside(path).await {
            Ok(Some(component)) => component,
            Ok(None) => return Ok(seen.clone()),
            Err(reason) => return refuse(&reason),
        };
        if seen.as_ref() == Some(&found) {
            if self.is_live(name) {
                self.failures.lock().remove(*name);
            }
            return Ok(seen.clone());
        }
        if seen.is_none() && file.is_old && file.place.is_one_of_several() && self.keeps(name, &found).await? {
            // It was deployed some time, and what serves was ordered since at another program.
            return Ok(None);
        }
        let who = format!("folder:{name}");
        let (note, signature) = (Some(file.place.note(&found)), signature(path));
        match self
            .take_in(Offer { component, expected: Some(name), file: None, who: &who, seen: note, signature })
            .await
        {
            Ok(_) => Ok(Some(found)),
            Err(DeployError::Registry(error)) => Err(error.into()),
            Err(_) if !file.rests => Ok(seen.clone()),
            Err(error) => refuse(&format!("{}: {error}", path.display())),
        }
    }

    /// Whether a component is among the versions that are kept.
    async fn keeps(&self, name: &str, hash: &str) -> Result<bool, DeployError> {
        Ok(self.registry.deployments(name).await?.iter().any(|kept| kept.hash == hash))
    }

    /// The file of a function was taken away, and what was deployed from it goes too; what an operator deployed since
    /// stays. Meanwhile somebody may have changed what the registry says, so it is asked again.
    async fn file_gone(&self, name: &str, note: &str, hash: &str) -> Result<(), DeployError> {
        let kept = self.registry.deployments(name).await?;
        let of_the_file = |number| kept.iter().any(|kept| Some(kept.number) == number && kept.hash == hash);
        let is_gone = AtomicBool::new(false);
        let wish = |desired: Desired| {
            if desired.seen.as_deref() != Some(note) {
                return Ok(desired);
            }
            let goes = of_the_file(desired.number);
            is_gone.store(goes, Relaxed);
            Ok(Desired { number: desired.number.filter(|_| !goes), seen: None, ..desired })
        };
        if self.desired(name).await?.number.is_some_and(|number| of_the_file(Some(number))) {
            self.change(name, true, wish).await?;
        } else {
            // What serves does not change, so nothing is to be made ready.
            let _changing = self.changing.lock().await;
            let desired = wish(self.desired(name).await?)?;
            self.registry.desire(desired).await?;
        }
        self.failures.lock().remove(name);
        if is_gone.into_inner() {
            tracing::info!(function = name, "its file is gone, so what was deployed from it is taken away");
        }
        Ok(())
    }
}

/// The whole file, read off the threads that serve: it may be large, and its disk slow.
async fn aside(path: &Path) -> Result<Option<(Bytes, String)>, String> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || read(&path)).await.unwrap_or_else(|error| Err(error.to_string()))
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
