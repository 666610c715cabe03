//! `kontor health`: for containers and scripts.

use anyhow::{Result, bail};
use bytes::Bytes;
use clap::Args;
use http::Method;
use serde::Deserialize;

use crate::{
    client::Client,
    flags::{Flags, ServingFlags},
    folder,
};

/// Say whether the program that serves is ready: exit status 0 if it is, 1 if not.
#[derive(Args)]
#[command(after_help = "Examples:\n  kontor health\n  HEALTHCHECK CMD [\"kontor\", \"health\"]")]
pub struct Arguments {
    #[command(flatten)]
    serving: ServingFlags,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    reasons: Vec<String>,
}

/// Asks `/readyz` where the data folder's program listens, or where it is configured to.
pub fn run(flags: &Flags, arguments: &Arguments) -> Result<()> {
    let (settings, _) = flags.settings(&arguments.serving)?;
    let announced = folder::holder(&settings.data).and_then(|holder| holder.admin);
    let client = Client::new(announced.unwrap_or(settings.listen.admin), None);
    let (status, body) = super::run(client.send(Method::GET, "/readyz", Bytes::new()))?;
    if status.is_success() {
        say!("ready");
        return Ok(());
    }
    let reasons = serde_json::from_slice::<Answer>(&body).map(|answer| answer.reasons).unwrap_or_default();
    bail!("not ready ({}): {}", status.as_u16(), reasons.join("; "))
}
