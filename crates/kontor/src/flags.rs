//! Flags, as the strongest source of the configuration.

use std::{env, net::SocketAddr, path::PathBuf};

use anyhow::Result;
use clap::Args;
use toml::{Table, Value};

use crate::settings::{LogFormat, Settings, Sources, Time, endpoint};

/// Flags that every verb takes.
#[derive(Debug, Default, Args)]
pub struct Flags {
    /// The configuration file [default: kontor.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE", env = "KONTOR_CONFIG")]
    config: Option<PathBuf>,
    /// The data folder [default: kontor-data; also KONTOR_DATA]
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// What is logged: a level, or directives such as info,kontor_host=debug [default: info; also KONTOR_LOG]
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    /// How log lines look [default: text; also KONTOR_LOG_FORMAT]
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

/// Flags about serving.
#[derive(Debug, Default, Args)]
pub struct ServingFlags {
    /// Where pages and functions are served [default: 127.0.0.1:8000; also KONTOR_LISTEN_HTTP]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = endpoint::parse)]
    listen: Option<SocketAddr>,
    /// Where dashboard, health and metrics are, on loopback [default: 127.0.0.1:8080; also KONTOR_LISTEN_ADMIN]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = endpoint::parse)]
    admin_listen: Option<SocketAddr>,
    /// The host name of the pages; functions are at NAME.DOMAIN [default: localhost; also KONTOR_DOMAIN]
    #[arg(long)]
    domain: Option<String>,
    /// How the outside reaches the pages, if not http://DOMAIN:PORT [also KONTOR_PUBLIC_URL]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// How long a stop waits for requests under way [default: 10s; also KONTOR_DRAIN_DEADLINE]
    #[arg(long, value_name = "TIME")]
    drain_deadline: Option<Time>,
}

impl Flags {
    /// Reads file, environment and flags.
    ///
    /// # Errors
    /// What is wrong, where, and what to do.
    pub fn settings(&self, serving: &ServingFlags) -> Result<(Settings, Vec<String>)> {
        // A variable that is not UTF-8 can be no setting of ours.
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let environment = env::vars_os().filter_map(text).collect();
        Settings::load(&Sources { file: self.config.clone(), environment, flags: self.table(serving) })
    }

    fn table(&self, serving: &ServingFlags) -> Table {
        let mut table = Table::new();
        let mut put = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                table.insert(key.to_owned(), Value::String(value));
            }
        };
        put("data", self.data.as_ref().map(|data| data.to_string_lossy().into_owned()));
        put("log", self.log.clone());
        put("log_format", self.log_format.map(|format| format.name().to_owned()));
        put("domain", serving.domain.clone());
        put("public_url", serving.public_url.clone());
        put("drain_deadline", serving.drain_deadline.map(|time| time.to_string()));
        let mut listen = Table::new();
        for (key, address) in [("http", serving.listen), ("admin", serving.admin_listen)] {
            if let Some(address) = address {
                listen.insert(key.to_owned(), Value::String(address.to_string()));
            }
        }
        table.insert("listen".to_owned(), Value::Table(listen));
        table
    }
}
