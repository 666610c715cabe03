//! The operator's configuration: `kontor.toml`, then `KONTOR_*` variables, then flags; the later one wins.
//!
//! One struct says what there is. Each source is a table of the same shape; the tables are laid over each other and read
//! once, so a key cannot be known to one source and unknown to another.

mod bounds;
mod budgets;
mod connections;
pub mod endpoint;
mod engines;
mod environment;
mod file;
mod limits;
mod outbound;
mod seals;
mod units;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use kontor_edge::{Address, Network};
use serde::{Deserialize, Deserializer, Serialize};
use toml::{Table, Value};

use crate::bundle;

pub use budgets::{Budget, Tariff};
pub use connections::Connections;
pub use engines::Engines;
pub use file::nearest;
pub use limits::{Changes, Limits};
pub use outbound::Outbound;
pub use seals::Seals;
pub use units::Time;

/// Where the file is looked for if nobody names one.
const FILE: &str = "kontor.toml";

/// Everything that can be configured, with the documented defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The host name of the pages; functions are at `NAME.DOMAIN`.
    pub domain: String,
    /// The data folder.
    pub data: PathBuf,
    /// How the outside reaches the pages, if that is not `http://DOMAIN:PORT`. Its host has to be `domain`.
    pub public_url: Option<String>,
    /// Addresses or networks whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<String>,
    /// How long a stop waits for requests under way.
    pub drain_deadline: Time,
    /// What is logged: a level, or directives such as `info,kontor_host=debug`.
    pub log: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Where is listened.
    pub listen: Listen,
    /// Where data lives.
    pub engines: Engines,
    /// Limits of the public listener's connections.
    pub connections: Connections,
    /// Limits of every function.
    pub limits: Limits,
    /// Paths of the root host that belong to functions.
    pub mounts: Vec<Mount>,
    /// The seals over invoices.
    pub seals: Seals,
    /// What calls cost.
    pub tariff: Tariff,
    /// What functions and their callers may use.
    pub budgets: Vec<Budget>,
    /// What functions need for requests of their own.
    pub outbound: Outbound,
    /// What single functions have otherwise.
    pub functions: BTreeMap<String, Function>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// Where is listened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// Pages and functions.
    #[serde(deserialize_with = "endpoint::read")]
    pub http: SocketAddr,
    /// Dashboard, health, metrics and the admin API; loopback only.
    #[serde(deserialize_with = "endpoint::read")]
    pub admin: SocketAddr,
}

/// A path of the root host that belongs to a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// For example `/api`: this path and everything below it.
    pub path: String,
    /// The function's name.
    pub function: String,
}

/// What one function has otherwise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Function {
    /// Its limits, where they differ.
    pub limits: Changes,
    /// What it may have, if it did not come with the program: see [`kontor_host::GRANTS`].
    pub grants: Vec<String>,
    /// The scopes that it has when it calls other functions.
    pub scopes: Vec<String>,
    /// Its configuration keys. Lists and tables reach the function as JSON.
    #[serde(deserialize_with = "texts")]
    pub config: BTreeMap<String, String>,
}

/// What the operator said, from weakest to strongest.
pub struct Sources {
    /// The file that was named; none means `kontor.toml`, if there is one.
    pub file: Option<PathBuf>,
    /// Environment variables.
    pub environment: Vec<(String, String)>,
    /// Flags, as a table of the file's shape.
    pub flags: Table,
}

impl Default for Listen {
    fn default() -> Self {
        Self { http: SocketAddr::from(([127, 0, 0, 1], 8000)), admin: SocketAddr::from(([127, 0, 0, 1], 8080)) }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let mount = |path: &str, function: &str| Mount { path: path.to_owned(), function: function.to_owned() };
        Self {
            domain: "localhost".to_owned(),
            data: PathBuf::from("kontor-data"),
            public_url: None,
            trusted_proxies: Vec::new(),
            drain_deadline: Time(std::time::Duration::from_secs(10)),
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            listen: Listen::default(),
            engines: Engines::default(),
            connections: Connections::default(),
            limits: Limits::default(),
            mounts: vec![mount("/api", "sales"), mount("/receipts", "invoices")],
            seals: Seals::default(),
            tariff: Tariff::default(),
            budgets: Vec::new(),
            outbound: Outbound::default(),
            functions: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Reads all sources. Also gives what the operator should know but need not act on.
    ///
    /// # Errors
    /// What is wrong, in which source and where, and what to do; one line.
    pub fn load(sources: &Sources) -> Result<(Self, Vec<String>)> {
        let mut table = file::read(sources.file.as_deref(), Path::new(FILE))?;
        let (environment, warnings) = environment::read(&sources.environment)?;
        lay_over(&mut table, environment);
        lay_over(&mut table, sources.flags.clone());
        let settings: Self = Value::Table(table).try_into().map_err(|error| one_line(&error))?;
        settings.check()?;
        Ok((settings, warnings))
    }

    /// How the outside reaches the pages and, below the same domain, the functions.
    ///
    /// # Errors
    /// `public_url` is no URL of that domain.
    pub fn address(&self) -> Result<Address> {
        let domain = self.domain.clone();
        let Some(url) = &self.public_url else {
            return Ok(Address { https: false, domain, port: self.listen.http.port() });
        };
        let uri: http::Uri = url.parse().with_context(|| format!("public_url is {url:?}"))?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => bail!("public_url is {url:?}: it must begin with http:// or https://"),
        };
        if uri.path() != "/" || uri.query().is_some() {
            bail!("public_url is {url:?}: write scheme, host and port only, for example https://shop.example");
        }
        if uri.host() != Some(&domain) {
            bail!("public_url is {url:?}, but domain is {domain:?}: set domain to the host name of public_url");
        }
        Ok(Address { https, domain, port: uri.port_u16().unwrap_or(if https { 443 } else { 80 }) })
    }

    /// The proxies whose forwarding headers are believed.
    ///
    /// # Errors
    /// One of them is no address range.
    pub fn trusted_proxies(&self) -> Result<Vec<Network>> {
        let read = |text: &String| text.parse().with_context(|| "trusted_proxies");
        self.trusted_proxies.iter().map(read).collect()
    }

    /// Prices and budgets, as the host takes them.
    pub fn metering(&self) -> kontor_host::Metering {
        kontor_host::Metering {
            tariff: self.tariff.for_host(),
            budgets: self.budgets.iter().map(Budget::for_host).collect(),
        }
    }

    fn check(&self) -> Result<()> {
        let admin = self.listen.admin;
        if !admin.ip().is_loopback() {
            bail!(
                "listen.admin is {admin}: the admin listener takes loopback addresses only, for example 127.0.0.1:{}",
                admin.port()
            );
        }
        let name = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if !self.domain.split('.').all(name) {
            bail!(
                "domain is {:?}: it must be a host name in lower case without a port, for example localhost",
                self.domain
            );
        }
        self.address()?;
        self.trusted_proxies()?;
        bounds::check(self)?;
        budgets::check(&self.budgets)?;
        self.check_grants()?;
        self.check_mounts(&bundle::names())
    }

    fn check_grants(&self) -> Result<()> {
        for (name, function) in &self.functions {
            if let Some(unknown) = function.grants.iter().find(|grant| !kontor_host::is_grant(grant)) {
                bail!("functions.{name}.grants: there is no grant {unknown:?}; there are {}", kontor_host::GRANTS);
            }
        }
        Ok(())
    }

    /// `functions` are those that came with the program; if there are none, this is a program without any, and all is
    /// well. Others can be put there at any time, so only a name that looks like a slip is refused.
    fn check_mounts(&self, functions: &[&str]) -> Result<()> {
        for mount in &self.mounts {
            if !mount.path.starts_with('/') || mount.path.len() < 2 || mount.path.ends_with('/') {
                bail!("mounts: path {:?} must begin with a slash and not end with one, for example /api", mount.path);
            }
            let function = mount.function.as_str();
            if !functions.contains(&function)
                && let Some(near) = file::nearest(function, functions.iter().copied())
            {
                bail!("mounts: {} belongs to the function {function:?}; did you mean {near}?", mount.path);
            }
        }
        Ok(())
    }

    /// A copy that may be shown: values of keys that look like secrets are hidden.
    pub fn without_secrets(&self) -> Self {
        const SECRET: [&str; 5] = ["secret", "password", "token", "key", "credential"];
        let mut copy = self.clone();
        if copy.engines.postgres.is_set() {
            "(hidden)".clone_into(&mut copy.engines.postgres.setup_url);
        }
        for (key, value) in copy.functions.values_mut().flat_map(|function| function.config.iter_mut()) {
            if SECRET.iter().any(|word| key.contains(word)) {
                "(hidden)".clone_into(value);
            }
        }
        copy
    }
}

/// Lays `upper` over `lower`: tables are merged, everything else replaced.
fn lay_over(lower: &mut Table, upper: Table) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => drop(lower.insert(key, value)),
        }
    }
}

/// Configuration values as functions get them: text as it is, everything else as JSON.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let values: BTreeMap<String, serde_json::Value> = BTreeMap::deserialize(deserializer)?;
    let text = |value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(values.into_iter().map(|(key, value)| (key, text(value))).collect())
}

/// The library explains over several lines; the first says what is wrong.
fn one_line(error: &toml::de::Error) -> anyhow::Error {
    anyhow::anyhow!("{}", file::explain(error))
}

#[cfg(test)]
mod tests;
