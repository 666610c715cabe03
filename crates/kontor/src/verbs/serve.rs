//! `kontor serve`.

use anyhow::{Context, Result};
use clap::Args;

use crate::{
    flags::{Flags, ServingFlags},
    logging, serving,
};

/// Serve pages, functions and the dashboard, until Ctrl-C or SIGTERM.
///
/// Everything that has to be kept is in the data folder. A stop finishes the requests under way; a second signal stops
/// at once. Neither loses what was answered.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    serving: ServingFlags,
    /// Grant every scope to callers on this machine, and sell as a sample seller. For trying out and development; refuses
    /// listeners that others can reach.
    #[arg(long)]
    dev: bool,
}

const EXAMPLES: &str = "\
Examples:
  kontor serve --dev                                       try it: http://localhost:8000
  kontor serve --listen 127.0.0.1:9000 --data /srv/kontor  another port, another folder
  kontor serve --listen 0.0.0.0:8000 --domain shop.example --public-url https://shop.example
  KONTOR_LOG=info,kontor_host=debug kontor serve           more about what functions do";

/// Serves until the program is told to stop.
pub fn run(flags: &Flags, arguments: &Arguments) -> Result<()> {
    let (settings, warnings) = flags.settings(&arguments.serving)?;
    logging::begin(&settings)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(1, usize::from))
        .enable_all()
        .build()
        .context("cannot start threads; is the limit of processes too low?")?;
    runtime.block_on(serving::serve(settings, arguments.dev))
}
