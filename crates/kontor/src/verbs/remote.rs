//! Which program orders go to: the one that serves the data folder here, or one elsewhere, by its address.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::{
    client::Client,
    desk::Desk,
    flags::{Flags, ServingFlags},
    logging,
    target::Target,
};

/// Flags about as whom, and how safely.
#[derive(Debug, Args)]
pub struct Remote {
    /// A token with the scope functions:deploy, or functions:read to look; better in the variable, where no list of
    /// processes shows it
    #[arg(long, global = true, env = "KONTOR_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Certificates (PEM) to believe beside the usual ones
    #[arg(long, global = true, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Send the token without TLS to another machine: whoever reads it on the way can deploy
    #[arg(long, global = true)]
    plain_http: bool,
}

impl Remote {
    /// Finds the program and what opens it.
    ///
    /// # Errors
    /// Nobody serves the folder, or the URL or the token are missing or wrong.
    pub fn client(&self, flags: &Flags, url: Option<&str>) -> Result<Client> {
        let (settings, _) = flags.settings(&ServingFlags::default())?;
        logging::begin_quietly(&settings)?;
        let Some(url) = url else { return Desk::open(&settings)?.into_serving() };
        let target = Target::parse(url, self.ca.as_deref(), self.plain_http)?;
        let token = self.token.clone().filter(|token| !token.trim().is_empty());
        let token = token.context(
            "a program elsewhere wants a token: set KONTOR_TOKEN; there, `kontor tokens create NAME --scope functions:deploy` makes one",
        )?;
        Ok(Client::new(target, Some(token.trim().to_owned())))
    }
}
