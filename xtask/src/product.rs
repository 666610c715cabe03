//! The program as users get it, started for a test or a measurement on ports and data of its own.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use crate::{http, process, workspace::Workspace};

/// The first start compiles the functions; on a busy machine that takes its time.
const READY_MAX: Duration = Duration::from_secs(90);
/// Longer than the program's own deadline for draining.
const STOP_MAX: Duration = Duration::from_secs(30);

/// A seller, without whom there are no invoices.
const SELLER: &str = r#"
[functions.invoices.config]
seller_name = "Muster Lizenzen GmbH"
seller_street = "Hauptstraße 1"
seller_zip = "10115"
seller_city = "Berlin"
seller_country = "DE"
seller_vat_id = "DE123456789"
"#;

/// A folder with configuration and data, and the ports to serve it on.
pub struct Product {
    program: PathBuf,
    folder: PathBuf,
    dev: bool,
    /// Pages and functions.
    pub http: u16,
    /// Dashboard and admin API.
    pub admin: u16,
}

/// The program while it serves. Dropping it kills it.
pub struct Serving {
    child: Child,
}

impl Product {
    /// An empty shop in `FOLDER/NAME`, which is emptied first.
    pub fn new(workspace: &Workspace, program: &Path, name: &str) -> Result<Self> {
        let folder = workspace.notes(name)?;
        fs::remove_dir_all(&folder)?;
        fs::create_dir_all(&folder)?;
        let (http, admin) = (http::free_port(0)?, http::free_port(0)?);
        let listen = format!("[listen]\nhttp = \"127.0.0.1:{http}\"\nadmin = \"127.0.0.1:{admin}\"\n");
        fs::write(folder.join("kontor.toml"), listen + SELLER)?;
        Ok(Self { program: program.to_owned(), folder, dev: false, http, admin })
    }

    /// Adds to its `kontor.toml`.
    pub fn configure(&self, text: &str) -> Result<()> {
        let file = self.folder.join("kontor.toml");
        let before = fs::read_to_string(&file)?;
        fs::write(&file, before + "\n" + text).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Serves with `--dev`: every caller on this machine has every scope.
    pub fn dev(mut self) -> Self {
        self.dev = true;
        self
    }

    /// Adds keys to the configuration of `invoices`, whose section is the last one.
    pub fn configured(self, keys: &str) -> Result<Self> {
        let file = self.folder.join("kontor.toml");
        let written = fs::read_to_string(&file)?;
        fs::write(&file, written + keys)?;
        Ok(self)
    }

    /// Fills the empty data folder with that many invoices; gives what each takes on disk, in bytes.
    pub fn simulate(&self, invoices: u64) -> Result<u64> {
        let mut simulate = self.verb("simulate");
        simulate.args(["invoices", &invoices.to_string()]).stderr(Stdio::inherit());
        let output = simulate.output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!("kontor simulate ended with {}: {said}", output.status);
        }
        let bytes = said.split_whitespace().find_map(|word| word.strip_prefix("bytes_per_invoice="));
        bytes.and_then(|bytes| bytes.parse().ok()).with_context(|| format!("no bytes per invoice: {said}"))
    }

    /// The virtual host of a function; of the pages if the name is empty.
    pub fn host(&self, function: &str) -> String {
        let dot = if function.is_empty() { "" } else { "." };
        format!("{function}{dot}localhost:{}", self.http)
    }

    /// Where its data is.
    pub fn data(&self) -> PathBuf {
        self.folder.join("kontor-data")
    }

    /// Where the program writes what it has to say.
    pub fn log(&self) -> PathBuf {
        self.folder.join("kontor.log")
    }

    /// Starts without waiting.
    pub fn spawn(&self) -> Result<Serving> {
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut serve = self.verb("serve");
        if self.dev {
            serve.arg("--dev");
        }
        let child = serve.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
        Ok(Serving { child: child.with_context(|| format!("cannot run {}", self.program.display()))? })
    }

    /// Starts, and waits until `/readyz` says so.
    pub fn open(&self) -> Result<Serving> {
        let mut serving = self.spawn()?;
        self.ready(&mut serving)?;
        Ok(serving)
    }

    /// Waits until `/readyz` says so.
    pub fn ready(&self, serving: &mut Serving) -> Result<()> {
        let pause = Duration::from_millis(5);
        let ready = http::until_answered(self.admin, "/readyz", (pause, READY_MAX), || serving.alive());
        ready.with_context(|| format!("kontor does not get ready; its log:\n{}", process::tail(&self.log())))?;
        Ok(())
    }

    /// A new service token with these scopes.
    pub fn token(&self, name: &str, scopes: &[&str]) -> Result<String> {
        let mut create = self.verb("tokens");
        create.args(["create", name]).args(scopes.iter().flat_map(|scope| ["--scope", scope]));
        let output = create.output()?;
        let secret = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() || secret.is_empty() {
            bail!("no token: {secret}{}", String::from_utf8_lossy(&output.stderr));
        }
        // Standard output is the secret alone; what is said about it goes to standard error.
        Ok(secret)
    }

    /// Events that wait for their subscribers.
    pub fn backlog(&self) -> Result<u64> {
        let overview = http::get(self.admin, &format!("localhost:{}", self.admin), "/api/overview")?.json()?;
        let events =
            overview.get("events").and_then(serde_json::Value::as_array).context("no events in the overview")?;
        Ok(events.iter().filter_map(|source| source.get("rows")?.as_u64()).sum())
    }

    /// Removes everything.
    pub fn remove(self) -> Result<()> {
        fs::remove_dir_all(&self.folder).with_context(|| format!("cannot remove {}", self.folder.display()))
    }

    fn verb(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(verb).current_dir(&self.folder);
        // What is set around this task must not reach into it.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("KONTOR_") {
                command.env_remove(name);
            }
        }
        command
    }
}

impl Serving {
    /// An error if the program has ended.
    pub fn alive(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("kontor ended with {status}"),
            None => Ok(()),
        }
    }

    /// Resident memory, bytes.
    pub fn resident_bytes(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1024)
    }

    /// SIGTERM, and waits. How long it took.
    pub fn stop(mut self) -> Result<Duration> {
        let start = Instant::now();
        if !process::stop(&mut self.child, STOP_MAX)? {
            bail!("kontor did not stop within {STOP_MAX:?} and was killed");
        }
        Ok(start.elapsed())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
