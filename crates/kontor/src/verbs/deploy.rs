//! `kontor deploy`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use kontor_edge::admin::functions::Deployed;

use crate::{
    desk::Desk,
    flags::{Flags, ServingFlags},
    logging,
};

/// Put a function live, or a new version of one.
///
/// The component is compiled, checked and asked what it is beside the calls, its migrations run, and then it takes the
/// old version's place in one step: calls under way finish on the old one. If anything fails, the old version stays, this
/// says why, and the exit status is not 0. The same happens to a file that is copied into the folder `functions` of the
/// data folder.
#[derive(Args)]
#[command(after_help = "Example:\n  kontor deploy target/wasm32-wasip2/release/hello.wasm")]
pub struct Arguments {
    /// The component, built for wasm32-wasip2.
    file: PathBuf,
    /// Who deploys; kept with the version [default: the user's name]
    #[arg(long)]
    who: Option<String>,
}

/// Deploys.
pub fn run(flags: &Flags, arguments: &Arguments) -> Result<()> {
    let (settings, _) = flags.settings(&ServingFlags::default())?;
    logging::begin_quietly(&settings)?;
    let file = &arguments.file;
    let component = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    super::run(async {
        let desk = Desk::open(&settings)?;
        let who = arguments.who.clone().or_else(|| std::env::var("USER").ok()).unwrap_or_else(|| "operator".to_owned());
        let encoded =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let path = format!("/api/functions?who={}&file={}", encoded(&who), encoded(&name));
        let deployed: Deployed = desk.serving()?.upload(&path, component).await?;
        let Deployed { name, number, version, hash } = deployed;
        println!("{name} is live: version {number} ({version}), SHA-256 {hash}");
        Ok(())
    })
}
