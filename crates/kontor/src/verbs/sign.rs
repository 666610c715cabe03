//! `kontor sign`.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Args;
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256};

/// Sign a component, or make a key for that.
///
/// The signature (Ed25519 over the component's SHA-256 digest, in Base64) is written beside the component, as FILE.sig. Copy
/// both into the functions folder, the signature first, or deploy the component: its signature goes along. Where
/// [deploy] require_signature is set, nothing goes live without one by a key that the configuration names.
#[derive(Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  kontor sign --make-key release.key\n  \
                        kontor sign hello.wasm --key release.key"
)]
pub struct Arguments {
    /// The component.
    #[arg(required_unless_present = "make_key", requires = "key")]
    file: Option<PathBuf>,
    /// The secret key: 32 bytes in Base64, as --make-key makes it.
    #[arg(long, value_name = "KEY")]
    key: Option<PathBuf>,
    /// Make a new secret key in this file, which only this user can read, and print its public key for the configuration.
    #[arg(long, value_name = "KEY", conflicts_with_all = ["file", "key"])]
    make_key: Option<PathBuf>,
}

/// Signs, or makes a key.
pub fn run(arguments: &Arguments) -> Result<()> {
    match (&arguments.make_key, &arguments.file, &arguments.key) {
        (Some(path), ..) => make_key(path),
        (None, Some(file), Some(key)) => sign(file, key),
        _ => bail!("name a component and a key: kontor sign FILE --key KEY"),
    }
}

/// Where the signature of a component stands.
pub fn beside(component: &Path) -> PathBuf {
    let mut name = component.as_os_str().to_owned();
    name.push(".sig");
    PathBuf::from(name)
}

fn make_key(path: &Path) -> Result<()> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("the system gives no random bytes: {error}"))?;
    let mut options = OpenOptions::new();
    // A key that is there is never written over: nobody could sign as before.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| format!("cannot make {}", path.display()))?;
    writeln!(file, "{}", STANDARD.encode(seed)).and_then(|()| file.sync_all()).context("cannot write the key")?;
    let public = STANDARD.encode(SigningKey::from_bytes(&seed).verifying_key().as_bytes());
    eprintln!("The secret key is in {}; keep it where only releases are made. For kontor.toml:", path.display());
    say!("[deploy]\nrequire_signature = true\nkeys = [\"{public}\"]");
    Ok(())
}

fn sign(file: &Path, key: &Path) -> Result<()> {
    let text = fs::read_to_string(key).with_context(|| format!("cannot read {}", key.display()))?;
    let seed = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let seed = seed.with_context(|| {
        format!(
            "{} holds no key: it must be 32 bytes in Base64, as `kontor sign --make-key FILE` makes them",
            key.display()
        )
    })?;
    let component = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let signature = SigningKey::from_bytes(&seed).sign(&Sha256::digest(&component));
    let path = beside(file);
    fs::write(&path, STANDARD.encode(signature.to_bytes()) + "\n")
        .with_context(|| format!("cannot write {}", path.display()))?;
    say!("{}", path.display());
    Ok(())
}
