//! `kontor seals key|list|export`.

use std::path::Path;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use kontor_seals::{Export, KeyError, PublicKey, Record, SigningKey, seals_after};

use crate::{
    flags::{Flags, ServingFlags},
    logging,
    settings::Settings,
    vault::Vault,
};

/// Seals over invoices: the key that signs them, the chain, and copies of it.
///
/// About once a second all new invoices are put under a seal, which names the seal before it and is signed. Whoever keeps a
/// copy of the chain can later tell whether anything was changed: `kontor verify --against COPY`.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    order: Order,
}

#[derive(Subcommand)]
enum Order {
    /// Print the public key, for everybody who checks proofs; make the signing key if there is none.
    ///
    /// The signing key lies beside the data folder (NAME.seal-key) unless [seals] key_file says otherwise, and only this user
    /// can read it. Keep a copy of it where no backup of the data comes. `kontor serve` reads it when it starts.
    #[command(after_help = "Examples:\n  kontor seals key\n  kontor seals key > public-key.txt")]
    Key {
        /// Make a new key that may go on where this public key's seals end, because that key is lost or was seen by others.
        #[arg(long, value_name = "PUBLIC_KEY")]
        replaces: Vec<String>,
    },
    /// List the newest seals.
    List {
        /// How many.
        #[arg(long, default_value_t = 20)]
        last: usize,
        /// One JSON object a line, as in an export.
        #[arg(long)]
        json: bool,
    },
    /// Copy the chain to a folder or an http(s) address, or go on with a copy.
    ///
    /// [seals] export does the same by itself, as seals are made.
    #[command(after_help = "Example:\n  kontor seals export /mnt/elsewhere/seals")]
    Export {
        /// A folder, or an address that takes PUT.
        to: String,
    },
}

/// Seals that are read together.
const AT_ONCE: usize = 500;

/// Carries the order out.
pub fn run(flags: &Flags, arguments: &Arguments) -> Result<()> {
    let (settings, _) = flags.settings(&ServingFlags::default())?;
    logging::begin_quietly(&settings)?;
    match &arguments.order {
        Order::Key { replaces } => key(&settings, replaces),
        Order::List { last, json } => super::run(list(&settings, *last, *json)),
        Order::Export { to } => super::run(export(&settings, to)),
    }
}

/// The public key goes to standard output alone, so that it can be written into a file.
fn key(settings: &Settings, replaces: &[String]) -> Result<()> {
    let file = settings.seals.key_file(&settings.data);
    let replaced: Vec<PublicKey> = replaces.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let read = match SigningKey::read(&file) {
        Ok(_) if !replaced.is_empty() => return Err(KeyError::Exists(file).into()),
        Err(KeyError::Missing(_)) => {
            let made = SigningKey::create(&file, &replaced);
            eprintln!("The signing key is made: {}. Keep a copy where no backup of the data comes.", file.display());
            made
        }
        read => read,
    };
    let public = read?.public();
    eprintln!("Key {}; proofs name it so. The public key is:", public.id());
    println!("{public}");
    Ok(())
}

async fn list(settings: &Settings, most: usize, json: bool) -> Result<()> {
    let vault = Vault::open(settings).await?;
    let records = last(&vault, most).await;
    vault.close().await;
    let records = records?;
    if json {
        for record in &records {
            println!("{}", serde_json::to_string(record)?);
        }
    } else if records.is_empty() {
        println!("There are no seals yet. A seal follows an invoice by about a second, if there is a signing key.");
    } else {
        super::print_table(&["SEAL", "MADE", "INVOICES", "KEY", "ROOT"], &records.iter().map(row).collect::<Vec<_>>());
    }
    Ok(())
}

/// The last seals, in order: the chain has no gaps, so its end is found from its largest number.
async fn last(vault: &Vault, most: usize) -> Result<Vec<Record>> {
    let end = kontor_seals::end_of_chain(vault.store()).await?;
    let from = end - i64::try_from(most).unwrap_or(i64::MAX);
    Ok(seals_after(vault.store(), from.max(0), most).await?)
}

fn row(record: &Record) -> Vec<String> {
    let Record { seal, public_key, .. } = record;
    let made = super::moment(seal.made_at_us / 1000);
    vec![seal.sequence.to_string(), made, seal.size.to_string(), public_key.id(), seal.root.to_string()]
}

async fn export(settings: &Settings, to: &str) -> Result<()> {
    let vault = Vault::open(settings).await?;
    let done = copy(&vault, to, &settings.data).await;
    vault.close().await;
    let (copied, end) = done?;
    println!("{copied} seals were copied to {to}; the chain there ends with seal {end}.");
    Ok(())
}

async fn copy(vault: &Vault, to: &str, data: &Path) -> Result<(usize, i64)> {
    let mut export = Export::new(to, &data.join("seals-exported-by-command"))?;
    let mut from = kontor_seals::continued(vault.store(), &mut export).await?;
    let mut copied = 0;
    loop {
        let next = seals_after(vault.store(), from, AT_ONCE).await?;
        export.add(&next).await.with_context(|| format!("seals behind {from} were not copied"))?;
        from = next.last().map_or(from, |record| record.seal.sequence);
        copied += next.len();
        if next.len() < AT_ONCE {
            return Ok((copied, from));
        }
    }
}
