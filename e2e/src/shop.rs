//! A shop: a folder with a configuration and data, and the program that serves it.

use std::{
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::{
    client::{Answer, Client, Request},
    compiled,
    following::Following,
    port::free_port,
};

/// From its start to `/readyz`: a first start of a debug build compiles all functions on a busy machine.
const READY_MAX: Duration = Duration::from_secs(90);
/// From SIGTERM to the end; the program's own deadline is shorter.
const STOP_MAX: Duration = Duration::from_secs(30);
/// A verb that does not serve.
const COMMAND_MAX: Duration = Duration::from_secs(60);
/// Between two looks at something that is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A seller of invoices as an operator configures it.
const SELLER: &str = r#"
[functions.invoices.config]
seller_name = "Muster Lizenzen GmbH"
seller_street = "Hauptstraße 1"
seller_zip = "10115"
seller_city = "Berlin"
seller_country = "DE"
seller_vat_id = "DE123456789"
"#;

/// A folder with a configuration and data. Dropping it removes both.
pub struct Shop {
    root: TempDir,
    data: PathBuf,
    http: u16,
    admin: u16,
    dev: bool,
    seller: bool,
    extra: String,
}

impl Shop {
    /// An empty shop with a configured seller, served without `--dev`, on ports of its own.
    ///
    /// # Errors
    /// If there is no room for its folder, or no free port.
    pub fn new() -> Result<Self> {
        let root = tempfile::Builder::new().prefix("kontor-e2e-").tempdir()?;
        let data = root.path().join("kontor-data");
        let (http, admin) = (free_port()?, free_port()?);
        Ok(Self { root, data, http, admin, dev: false, seller: true, extra: String::new() })
    }

    /// Serves with `--dev`.
    #[must_use]
    pub fn dev(mut self, dev: bool) -> Self {
        self.dev = dev;
        self
    }

    /// Whether invoices can be written.
    #[must_use]
    pub fn seller(mut self, seller: bool) -> Self {
        self.seller = seller;
        self
    }

    /// Adds to `kontor.toml`.
    #[must_use]
    pub fn configure(mut self, toml: &str) -> Self {
        self.extra.push_str(toml);
        self
    }

    /// Takes back what was added to `kontor.toml`.
    #[must_use]
    pub fn forget_configuration(mut self) -> Self {
        self.extra.clear();
        self
    }

    /// Keeps the data elsewhere.
    #[must_use]
    pub fn keep_data_in(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.data);
        self
    }

    /// Where the configuration and the log are.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// Where the data is.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Where the shop is served.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.http))
    }

    /// Where its operator looks.
    #[must_use]
    pub fn admin(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.admin))
    }

    /// A client of the shop's root host.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.http(), &self.host(""))
    }

    /// `localhost:PORT`, or that of a function: `sales.localhost:PORT`.
    #[must_use]
    pub fn host(&self, function: &str) -> String {
        let dot = if function.is_empty() { "" } else { "." };
        format!("{function}{dot}localhost:{}", self.http)
    }

    /// One request to the shop on a connection of its own.
    ///
    /// # Errors
    /// If no answer comes.
    pub async fn call(&self, request: Request) -> Result<Answer> {
        Ok(self.client().send(request).await?)
    }

    /// One request to the operator's listener on a connection of its own.
    ///
    /// # Errors
    /// If no answer comes.
    pub async fn call_admin(&self, request: Request) -> Result<Answer> {
        let mut client = Client::new(self.admin(), &format!("localhost:{}", self.admin));
        Ok(client.send(request).await?)
    }

    /// Serves, and waits until the shop is ready.
    ///
    /// # Errors
    /// If it ends or does not get ready; the text has its log.
    pub async fn open(&self) -> Result<Running<'_>> {
        let mut running = self.spawn()?;
        running.ready().await?;
        compiled::keep(&program()?, &self.data);
        Ok(running)
    }

    /// Serves, and does not wait.
    ///
    /// # Errors
    /// If the program cannot be started at all.
    pub fn spawn(&self) -> Result<Running<'_>> {
        compiled::bring(&program()?, &self.data);
        let log = fs::File::options().create(true).append(true).open(self.log_file())?;
        let mut serve = self.verb(&["serve"])?;
        if self.dev {
            serve.arg("--dev");
        }
        let child = serve.stdout(log.try_clone()?).stderr(log).spawn().context("cannot start the program")?;
        Ok(Running { shop: self, child })
    }

    /// Runs another verb to its end, for example `&["tokens", "list"]`, whatever its exit status is.
    ///
    /// # Errors
    /// If it cannot be started or does not end.
    pub async fn command(&self, arguments: &[&str]) -> Result<Output> {
        self.command_with(arguments, &[]).await
    }

    async fn command_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Output> {
        let mut command = self.verb(arguments)?;
        let command = command.envs(variables.iter().copied()).stdout(Stdio::piped());
        let child = command.stderr(Stdio::piped()).spawn()?;
        let output = timeout(COMMAND_MAX, child.wait_with_output()).await;
        output.with_context(|| format!("kontor {} does not end", arguments.join(" ")))?.map_err(Into::into)
    }

    /// Runs another verb that has to succeed, and gives what it printed.
    ///
    /// # Errors
    /// If it fails; the text has what it said.
    pub async fn run(&self, arguments: &[&str]) -> Result<String> {
        self.run_with(arguments, &[]).await
    }

    /// The same, with variables of the environment.
    ///
    /// # Errors
    /// If it fails; the text has what it said.
    pub async fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Result<String> {
        let output = self.command_with(arguments, variables).await?;
        let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        ensure!(output.status.success(), "kontor {}: {}\n{out}{err}", arguments.join(" "), output.status);
        Ok(out.into_owned())
    }

    /// Begins a verb that goes on, for example `&["functions", "logs", "hello", "-f"]`.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn follow(&self, arguments: &[&str]) -> Result<Following> {
        self.verb(arguments).and_then(Following::begin)
    }

    /// Makes a service token; works while the shop is open and while it is closed.
    ///
    /// # Errors
    /// If the program does not make it, or shows none.
    pub async fn token(&self, name: &str, scopes: &[&str]) -> Result<String> {
        let mut arguments = vec!["tokens", "create", name];
        for scope in scopes {
            arguments.extend(["--scope", scope]);
        }
        let shown = self.run(&arguments).await?;
        let token = shown.split_whitespace().find(|word| word.starts_with("kt_"));
        Ok(token.with_context(|| format!("no token was shown: {shown}"))?.to_owned())
    }

    /// What the program has said so far, over all its starts.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Waits until no event is on its way and none is dead.
    ///
    /// # Errors
    /// If some still are after `patience`; the text says which.
    pub async fn events_delivered(&self, patience: Duration) -> Result<()> {
        let mut left = Value::Null;
        let delivered = async {
            loop {
                let overview = self.call_admin(Request::get("/api/overview")).await?.expect(200)?;
                left = overview["events"].clone();
                let rows = left.as_array().into_iter().flatten().map(|source| source["rows"].as_u64());
                if rows.eq(left.as_array().into_iter().flatten().map(|_| Some(0))) && left.is_array() {
                    return Ok(());
                }
                sleep(LOOK_AGAIN * 4).await;
            }
        };
        match timeout(patience, delivered).await {
            Ok(done) => done,
            Err(_) => bail!("events are still on their way after {patience:?}: {left}"),
        }
    }

    fn log_file(&self) -> PathBuf {
        self.root().join("kontor.log")
    }

    fn verb(&self, arguments: &[&str]) -> Result<Command> {
        let file = self.root().join("kontor.toml");
        fs::write(&file, self.configuration()?)?;
        let mut command = Command::new(program()?);
        command.args(arguments).current_dir(self.root()).stdin(Stdio::null()).kill_on_drop(true);
        // What is set around the tests must not reach into them.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("KONTOR_")) {
                command.env_remove(name);
            }
        }
        Ok(command)
    }

    fn configuration(&self) -> Result<String> {
        let mut toml = String::new();
        writeln!(toml, "data = {:?}", self.data)?;
        writeln!(toml, "listen.http = \"{}\"", self.http())?;
        writeln!(toml, "listen.admin = \"{}\"", self.admin())?;
        toml.push_str(&self.extra);
        if self.seller {
            toml.push_str(SELLER);
        }
        Ok(toml)
    }
}

/// The program while it serves. Dropping it kills it.
pub struct Running<'shop> {
    shop: &'shop Shop,
    child: Child,
}

impl Running<'_> {
    /// Waits until `/readyz` says so.
    ///
    /// # Errors
    /// If the program ends or does not get ready.
    pub async fn ready(&mut self) -> Result<()> {
        let mut client = Client::new(self.shop.admin(), &format!("localhost:{}", self.shop.admin));
        let ready = async {
            loop {
                if let Some(status) = self.child.try_wait()? {
                    bail!("the program ended with {status}");
                }
                if let Ok(answer) = client.send(Request::get("/readyz")).await
                    && answer.status == 200
                {
                    return Ok(());
                }
                sleep(LOOK_AGAIN).await;
            }
        };
        let ready = timeout(READY_MAX, ready).await.unwrap_or_else(|_| bail!("not ready after {READY_MAX:?}"));
        ready.with_context(|| format!("its log:\n{}", self.shop.log()))
    }

    /// The process.
    ///
    /// # Errors
    /// If it has ended.
    pub fn pid(&self) -> Result<Pid> {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        pid.context("the program has ended")
    }

    /// SIGTERM, without waiting.
    ///
    /// # Errors
    /// If it has ended.
    pub fn terminate(&self) -> Result<()> {
        Ok(kill_process(self.pid()?, Signal::TERM)?)
    }

    /// SIGTERM, and waits for the end, which has to be a good one.
    ///
    /// # Errors
    /// If it does not end, or with another status than 0.
    pub async fn stop(self) -> Result<()> {
        self.terminate()?;
        let log = self.shop.log_file();
        let status = self.ended().await?;
        ensure!(status.success(), "the program stopped with {status}; its log:\n{}", fs::read_to_string(log)?);
        Ok(())
    }

    /// Waits for the end, whatever brings it.
    ///
    /// # Errors
    /// If there is none.
    pub async fn ended(mut self) -> Result<ExitStatus> {
        let ended = timeout(STOP_MAX, self.child.wait()).await;
        ended.with_context(|| format!("the program does not end; its log:\n{}", self.shop.log()))?.map_err(Into::into)
    }

    /// `kill -9`, and waits until the kernel has let go of everything.
    ///
    /// # Errors
    /// If it had ended by itself.
    pub async fn kill(mut self) -> Result<()> {
        ensure!(self.child.try_wait()?.is_none(), "the program ended before it was killed:\n{}", self.shop.log());
        Ok(self.child.kill().await?)
    }
}

/// The program under test.
fn program() -> Result<PathBuf> {
    let path = std::env::var_os("KONTOR_BIN")
        .context("KONTOR_BIN names no program: run `cargo xtask test`, or set it to a `kontor` with its bundle")?;
    fs::canonicalize(&path).with_context(|| format!("KONTOR_BIN={}", path.display()))
}
