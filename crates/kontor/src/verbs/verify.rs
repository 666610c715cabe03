//! `kontor verify`.

use std::{
    fs,
    io::{ErrorKind, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use kontor_seals::{Checkpoint, Export, KeyError, Progress, PublicKey, SigningKey, Summary, Verification, VerifyError};

use crate::{
    flags::{Flags, ServingFlags},
    logging,
    settings::Settings,
    vault::Vault,
};

/// Check every invoice that is stored: numbers, bodies, seals, signatures, ledger, balances.
///
/// Prints `ok` with what was counted, or `wrong:` with the first wrong invoice and why; the exit status is 0 only if all is
/// right. The store is read alone, and while the program serves it is asked through it.
///
/// Whoever has the signing key and the store could make a new chain over a changed history. So compare with a copy of the
/// chain that was kept elsewhere: --against.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// A copy of the chain, made by [seals] export or `kontor seals export`: a folder, or an http(s) address
    #[arg(long, value_name = "EXPORT")]
    against: Option<String>,
    /// The public keys that may have signed, one a line, as `kontor seals key` prints them [default: that of the signing key,
    /// if it is there]
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Where progress is noted, so that a check that was broken off goes on there
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  kontor verify
  kontor verify --against /mnt/elsewhere/seals
  kontor verify --data /restored/kontor-data --public-key public-key.txt
  kontor verify --checkpoint verify.json      goes on where it was broken off";

/// Between two lines about progress: on a terminal one line that changes, elsewhere a line now and then.
const TOLD: Duration = Duration::from_secs(1);
const TOLD_IN_LOGS: Duration = Duration::from_secs(15);

/// Checks, and says what came of it.
pub fn run(flags: &Flags, arguments: &Arguments) -> Result<()> {
    let (settings, _) = flags.settings(&ServingFlags::default())?;
    logging::begin_quietly(&settings)?;
    super::run(verify(&settings, arguments))
}

async fn verify(settings: &Settings, arguments: &Arguments) -> Result<()> {
    refuse_archive(settings)?;
    let keys = keys(settings, arguments.public_key.as_deref())?;
    let vault = Vault::open(settings).await?;
    let checked = check(&vault, arguments, keys.clone()).await;
    vault.close().await;
    match checked {
        Ok(summary) => {
            if keys.is_empty() && !summary.keys.is_empty() {
                eprintln!(
                    "kontor: the seals are signed, but no key was at hand to compare with; name it with --public-key FILE"
                );
            }
            forget(arguments.checkpoint.as_deref())?;
            say!("{}", line(&summary));
            Ok(())
        }
        Err(VerifyError::Wrong(what)) => {
            say!("wrong: {what}");
            bail!("the store is not what was registered: {what}")
        }
        Err(error) => Err(error.into()),
    }
}

/// Bodies that were moved away would look as if they were missing: better no answer than a wrong one.
fn refuse_archive(settings: &Settings) -> Result<()> {
    let archive = settings.functions.get("invoices").and_then(|function| function.config.get("archive"));
    if archive.is_some_and(|archive| archive.trim() == "documents") {
        bail!(
            "kontor verify does not read the archive of documents yet: with archive = \"documents\" in [functions.invoices.config] \
             it cannot say whether the bodies of archived invoices are as they were registered"
        );
    }
    Ok(())
}

async fn check(vault: &Vault, arguments: &Arguments, keys: Vec<PublicKey>) -> Result<Summary, VerifyError> {
    let mut verification = Verification::new(vault.store());
    verification.keys = keys;
    verification.export = match &arguments.against {
        // What an address has taken is asked of the address itself.
        Some(place) => Some(Export::new(place, Path::new(""))?),
        None => None,
    };
    let checkpoint = arguments.checkpoint.clone();
    if let Some(file) = &checkpoint {
        verification.checkpoint = begin_at(file)?;
    }
    let mut teller = Teller::new(checkpoint);
    verification.progress = Box::new(move |progress, checkpoint| teller.tell(progress, checkpoint));
    verification.run().await
}

/// The keys that may have signed: those that were named, or those of the key at hand.
fn keys(settings: &Settings, named: Option<&Path>) -> Result<Vec<PublicKey>> {
    if let Some(file) = named {
        return Ok(PublicKey::read(file)?);
    }
    match SigningKey::read(&settings.seals.key_file(&settings.data)) {
        Ok(key) => Ok(key.trusted()),
        Err(KeyError::Missing(_)) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn begin_at(file: &Path) -> Result<Checkpoint, VerifyError> {
    match fs::read(file) {
        Ok(text) => Checkpoint::read(&text)
            .map_err(|error| VerifyError::Checkpoint(format!("{}: {error}; remove it to begin anew", file.display()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Checkpoint::default()),
        Err(error) => Err(VerifyError::Checkpoint(format!("{} cannot be read: {error}", file.display()))),
    }
}

/// A check that is done begins anew the next time.
fn forget(file: Option<&Path>) -> Result<()> {
    let Some(file) = file else { return Ok(()) };
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", file.display()))
        }
        _ => Ok(()),
    }
}

fn line(summary: &Summary) -> String {
    let Summary { seals, invoices, unsealed, postings, .. } = summary;
    let mut line = format!("ok seals={seals} invoices={invoices} unsealed={unsealed} postings={postings}");
    if let Some(exported) = summary.exported {
        line += &format!(" exported={exported}");
    }
    if let Some(behind) = summary.archive_behind {
        line += &format!(" archive-behind={behind}");
    }
    for key in &summary.keys {
        line += &format!(" key={}", key.id());
    }
    line
}

/// Says how far it is, and notes where to go on.
struct Teller {
    checkpoint: Option<PathBuf>,
    is_terminal: bool,
    began: Instant,
    told: Instant,
}

impl Teller {
    fn new(checkpoint: Option<PathBuf>) -> Self {
        let now = Instant::now();
        Self { checkpoint, is_terminal: std::io::stderr().is_terminal(), began: now, told: now }
    }

    fn tell(&mut self, progress: &Progress, checkpoint: &Checkpoint) {
        let pause = if self.is_terminal { TOLD } else { TOLD_IN_LOGS };
        if let Some(file) = &self.checkpoint {
            let unfinished = file.with_extension("unfinished");
            let written = fs::write(&unfinished, checkpoint.write()).and_then(|()| fs::rename(&unfinished, file));
            if let Err(error) = written {
                eprintln!("kontor: {} cannot be written: {error}", file.display());
                self.checkpoint = None;
            }
        }
        if self.told.elapsed() < pause {
            return;
        }
        self.told = Instant::now();
        let Progress { part, done, all } = progress;
        let (begin, end) = if self.is_terminal { ("\r", "\x1b[K") } else { ("", "\n") };
        let seconds = self.began.elapsed().as_secs();
        let _ = write!(std::io::stderr(), "{begin}{part}: {done} of {all}, {seconds} s{end}");
    }
}

impl Drop for Teller {
    /// What follows begins on a line of its own.
    fn drop(&mut self) {
        if self.is_terminal && self.began != self.told {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
