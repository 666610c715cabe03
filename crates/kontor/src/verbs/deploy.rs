//! `kontor deploy`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use kontor_edge::admin::functions::Deployed;

use super::{remote::Remote, sign};
use crate::flags::Flags;

/// Put a function live, or a new version of one.
///
/// The component is compiled, checked and asked what it is beside the calls, its migrations run, and then it takes the
/// old version's place in one step: calls under way finish on the old one. If anything fails, the old version stays, this
/// says why, and the exit status is not 0. The same happens to a file that is copied into the folder `functions` of the
/// data folder. A signature in FILE.sig goes along.
#[derive(Args)]
#[command(after_help = "Examples:\n  kontor deploy target/wasm32-wasip2/release/hello.wasm\n  \
                        KONTOR_TOKEN=kt_... kontor deploy hello.wasm --to https://admin.shop.example")]
pub struct Arguments {
    /// The component, built for wasm32-wasip2.
    file: PathBuf,
    /// Who deploys; kept with the version [default: the user's name; with a token, the token's]
    #[arg(long)]
    who: Option<String>,
    /// The admin listener of a program elsewhere: https:// and its listen.admin_name [default: the program that serves the
    /// data folder here]
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

/// Deploys.
pub fn run(flags: &Flags, arguments: &Arguments) -> Result<()> {
    let file = &arguments.file;
    let component = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let signature = signature(file)?;
    super::run(async {
        let client = arguments.remote.client(flags, arguments.to.as_deref())?;
        let who = arguments.who.clone().or_else(|| std::env::var("USER").ok()).unwrap_or_else(|| "operator".to_owned());
        let encoded =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let path = format!("/api/functions?who={}&file={}", encoded(&who), encoded(&name));
        let deployed: Deployed = client.upload(&path, component, signature.as_deref()).await?;
        let Deployed { name, number, version, hash } = deployed;
        say!("{name} is live: version {number} ({version}), SHA-256 {hash}");
        Ok(())
    })
}

/// What stands in the file beside the component, if there is one.
fn signature(file: &Path) -> Result<Option<String>> {
    let path = sign::beside(file);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}
