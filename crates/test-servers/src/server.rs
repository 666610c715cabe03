//! Starts, kills and stops a server.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{Place, guard::Guard};

/// How long a server may take to start, recovery included.
const START_TIME_MAX: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Why there is no server.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StartError {
    /// The program is not installed.
    #[error("{name} is not installed; as root: apt-get install -y --no-install-recommends {packages}")]
    Missing {
        /// Which.
        name: &'static str,
        /// What to install.
        packages: &'static str,
    },
    /// It does not start.
    #[error("{0}")]
    Failed(String),
}

/// How one kind of server is started.
pub struct Recipe {
    /// What people call it.
    pub name: &'static str,
    /// Names the address of one that is there already.
    pub variable: &'static str,
    /// Debian's packages with the program.
    pub packages: &'static str,
    /// The user it runs as where this process is root.
    pub user: &'static str,
    /// The signal that ends it at once and in order.
    pub signal: &'static str,
    /// Whether its programs are there.
    pub is_installed: fn() -> bool,
    /// Makes its data, once.
    pub prepare: fn(&Place) -> Result<(), StartError>,
    /// The server itself, in the foreground.
    pub serve: fn(&Place) -> Command,
    /// Whether it takes connections.
    pub is_ready: fn(&Place) -> bool,
    /// Its address with a role that may do everything.
    pub url: fn(&Place) -> String,
}

/// A server for tests.
pub struct Server {
    url: String,
    own: Option<Own>,
}

struct Own {
    recipe: &'static Recipe,
    place: Place,
    process: Mutex<Option<Child>>,
    _guard: Guard,
}

impl Server {
    /// The server that the recipe's environment variable names, else a new one.
    ///
    /// # Errors
    /// If it is not installed or does not start.
    pub fn find(recipe: &'static Recipe) -> Result<Self, StartError> {
        match std::env::var(recipe.variable) {
            Ok(url) if !url.is_empty() => Ok(Self { url, own: None }),
            _ => Self::start(recipe),
        }
    }

    /// A new server.
    ///
    /// # Errors
    /// If it is not installed or does not start.
    pub fn start(recipe: &'static Recipe) -> Result<Self, StartError> {
        if !(recipe.is_installed)() {
            return Err(StartError::Missing { name: recipe.name, packages: recipe.packages });
        }
        let place = Place::find(recipe.name, recipe.user)?;
        let guard = Guard::watch(&place.folder, recipe.signal)
            .map_err(|error| StartError::Failed(format!("no shell can be started: {error}")))?;
        (recipe.prepare)(&place)?;
        let url = (recipe.url)(&place);
        let own = Own { recipe, place, process: Mutex::new(None), _guard: guard };
        own.start()?;
        Ok(Self { url, own: Some(own) })
    }

    /// Its address, with a role that may do everything.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where its data is, if it was started here.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.own.as_ref().map(|own| own.place.folder.as_path())
    }

    /// Whether it was started here, so that it can be killed.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Kills it as a power cut would, but for what the system still holds: SIGKILL, no goodbye. Nothing if it is not ours.
    pub fn kill(&self) {
        if let Some(own) = &self.own {
            own.kill();
        }
    }

    /// Starts it again on the same data and port, and waits until it takes connections.
    ///
    /// # Errors
    /// If it does not come up again.
    pub fn start_again(&self) -> Result<(), StartError> {
        self.own.as_ref().map_or(Ok(()), Own::start)
    }

    /// Stops its process without ending it, so that connections stay open and nothing answers; [`Server::go_on`] undoes it.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// See [`Server::freeze`].
    pub fn go_on(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let Some(own) = &self.own else { return };
        let process = own.process.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(child) = process.as_ref() {
            for pid in family(child.id()) {
                send(signal, pid);
            }
        }
    }
}

impl Own {
    fn start(&self) -> Result<(), StartError> {
        let started = Instant::now();
        loop {
            let mut child = self.spawn()?;
            loop {
                if (self.recipe.is_ready)(&self.place) {
                    *self.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
                    return Ok(());
                }
                // After a kill the parts of the old server may still be on their way out; then the new one refuses.
                if !matches!(child.try_wait(), Ok(None)) {
                    break;
                }
                if started.elapsed() > START_TIME_MAX {
                    let _ = child.kill();
                    let _ = child.wait();
                    break;
                }
                sleep(LOOK_AGAIN);
            }
            if started.elapsed() > START_TIME_MAX {
                let log = fs::read_to_string(self.place.folder.join("log")).unwrap_or_default();
                return Err(StartError::Failed(format!("{} does not start: {log}", self.recipe.name)));
            }
            sleep(LOOK_AGAIN);
        }
    }

    fn spawn(&self) -> Result<Child, StartError> {
        let failed = |error| StartError::Failed(format!("{} cannot be started: {error}", self.recipe.name));
        let log = File::options().create(true).append(true).open(self.place.folder.join("log")).map_err(failed)?;
        let mut serve = (self.recipe.serve)(&self.place);
        serve.stdin(Stdio::null()).stdout(log.try_clone().map_err(failed)?).stderr(log).process_group(0);
        let child = serve.spawn().map_err(failed)?;
        fs::write(self.place.folder.join("pid"), child.id().to_string()).map_err(failed)?;
        Ok(child)
    }

    fn kill(&self) {
        let child = self.process.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut child) = child {
            let family = family(child.id());
            let _ = fs::remove_file(self.place.folder.join("pid"));
            for pid in family {
                send("KILL", pid);
            }
            let _ = child.wait();
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let child = self.process.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut child) = child {
            send("CONT", child.id());
            send(self.recipe.signal, child.id());
            let started = Instant::now();
            while matches!(child.try_wait(), Ok(None)) && started.elapsed() < START_TIME_MAX {
                sleep(LOOK_AGAIN);
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_file(self.place.folder.join("pid"));
    }
}

/// The process and its children, by their own ids.
fn family(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    std::iter::once(pid).chain(children.split_whitespace().filter_map(|child| child.parse().ok())).collect()
}

/// The standard library sends SIGKILL alone; the shell has `kill` built in.
fn send(signal: &str, pid: u32) {
    let _ = Command::new("sh")
        .args(["-c", "kill -s \"$0\" \"$1\"", signal, &pid.to_string()])
        .stderr(Stdio::null())
        .status();
}
