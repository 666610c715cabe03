//! `kontor simulate`.

use std::io::{IsTerminal as _, Write as _};

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};

use crate::{
    flags::{Flags, ServingFlags},
    logging, serving,
};

/// Fill an empty data folder, to see how a large one behaves.
///
/// What is simulated is marked: it is in a series of its own, and by a sample seller. So the folder never becomes one with
/// real invoices.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

const EXAMPLES: &str = "\
Examples:
  kontor simulate invoices 100000 --data /srv/trial     then: kontor serve --dev --data /srv/trial";

#[derive(Subcommand)]
enum What {
    /// Registers that many invoices of five lines for 100,000 customers, through the same rules and tables as any other
    Invoices {
        /// How many
        #[arg(value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
        count: u64,
    },
}

/// Fills the data folder while nobody serves from it.
pub fn run(flags: &Flags, arguments: &Arguments) -> Result<()> {
    let What::Invoices { count } = arguments.what;
    let (settings, _) = flags.settings(&ServingFlags::default())?;
    logging::begin(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    let is_watched = std::io::stderr().is_terminal();
    let tell = |done: u64| {
        let line = format!("{done} of {count} invoices, {} %", done * 100 / count);
        let end = if is_watched { "\r" } else { "\n" };
        let _nobody_listens = write!(std::io::stderr(), "{line}{end}");
    };
    let done = runtime.block_on(serving::simulate(settings, count, tell))?;
    let (seconds, bytes) = (done.took.as_secs_f64(), done.size_bytes);
    say!(
        "invoices={} seconds={seconds:.1} per_second={:.0} bytes={bytes} bytes_per_invoice={}",
        done.invoices,
        done.invoices as f64 / seconds.max(0.001),
        bytes / done.invoices.max(1)
    );
    Ok(())
}
