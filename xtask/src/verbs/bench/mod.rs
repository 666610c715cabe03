//! `cargo xtask bench NAME`: measures the product as built for users beside its peers, in one run on one machine.
//!
//! Every measurement ends with one line for each of its bars: `p1 ratio=13.20 bar=12 kontor=… peer=… pass`. Ratios count;
//! absolute figures are background, because machines differ and the load generator runs on the same cores.

mod bar;
mod engines;
mod fresh;
mod guest;
mod load;
mod neighbours;
mod peer;
mod purchase;
mod read;
mod start;
mod swap;

use std::{
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use bar::Bar;

use super::build;
use crate::{
    process,
    product::Product,
    progress::{Progress, say, seconds},
    workspace::{Profile, Workspace},
};

/// Of the verb.
#[derive(clap::Args)]
pub struct Arguments {
    /// What is measured
    #[arg(value_enum)]
    name: Name,
    /// A folder with other peers of the same names; by default bench/peers
    #[arg(long, value_name = "DIR")]
    peers: Option<PathBuf>,
    /// How often each candidate has its turn
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long a turn takes
    #[arg(long, default_value_t = 8, value_name = "SECONDS")]
    seconds: u64,
    /// Connections of the load generator
    #[arg(long, default_value_t = 64)]
    connections: u32,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Name {
    /// p1, p2, p2-sustained: POST /api/buy_mpi, durable, event written
    Purchase,
    /// p3-native, p3-workerd: GET /api/get_current_money, no cache
    Read,
    /// p5, p6: from the start to the first answer; memory when idle
    Start,
    /// p10: POST /api/buy_mpi on PostgreSQL, and as a figure on MariaDB
    Engines,
    /// p4: a fresh instance for every request, beside `wasmtime serve`
    Fresh,
    /// p99 of a function while its neighbour misbehaves in every way, beside the same in peace
    Neighbours,
    /// A function is exchanged under load: time until the new version answers, requests lost
    Swap,
}

/// Everything that a measurement needs.
pub struct Setup {
    workspace: Workspace,
    program: PathBuf,
    peers: PathBuf,
    rounds: usize,
    turn: Duration,
    connections: u32,
}

impl Setup {
    /// The product with an empty data folder. It is served without `--dev`, with everything on that is on by default.
    pub fn product(&self) -> Result<Product> {
        Product::new(&self.workspace, &self.program, "bench")
    }

    /// One turn of load.
    pub fn load(&self, port: u16, request: &load::Request, time: Duration) -> Result<load::Load> {
        load::run(&self.workspace, port, request, time, self.connections)
    }
}

/// The verb.
pub fn run(arguments: &Arguments) -> Result<()> {
    let workspace = Workspace::find()?;
    let progress = Progress::new(build::STAGES);
    let program = build::program(&workspace, &progress, Profile::Dist)?;
    drop(progress);
    refuse_memory_disk(&workspace)?;
    let peers = arguments.peers.clone().unwrap_or_else(|| workspace.root.join("bench/peers"));
    let peers = fs::canonicalize(&peers).with_context(|| format!("no folder of peers at {}", peers.display()))?;
    let turn = Duration::from_secs(arguments.seconds.max(1));
    let setup =
        Setup { workspace, program, peers, rounds: arguments.rounds.max(1), turn, connections: arguments.connections };
    let bars = match arguments.name {
        Name::Purchase => purchase::run(&setup)?,
        Name::Read => read::run(&setup)?,
        Name::Start => start::run(&setup)?,
        Name::Engines => engines::run(&setup)?,
        Name::Fresh => fresh::run(&setup)?,
        Name::Neighbours => neighbours::run(&setup)?,
        Name::Swap => swap::run(&setup)?,
    };
    conclude(&bars)
}

fn conclude(bars: &[Bar]) -> Result<()> {
    println!();
    for bar in bars {
        println!("{bar}");
    }
    let below: Vec<&str> = bars.iter().filter(|bar| !bar.passes()).map(|bar| bar.id).collect();
    if below.is_empty() { Ok(()) } else { bail!("below the bar: {}", below.join(", ")) }
}

/// A sync to memory costs nothing, so that it would prove nothing.
fn refuse_memory_disk(workspace: &Workspace) -> Result<()> {
    let folder = workspace.notes("bench")?;
    let kind = process::answer(Command::new("stat").args(["-f", "-c", "%T"]).arg(&folder)).unwrap_or_default();
    if matches!(kind.as_str(), "tmpfs" | "ramfs") {
        bail!("{} is in memory ({kind}): set CARGO_TARGET_DIR to a folder on a disk", folder.display());
    }
    Ok(())
}

/// Waits until no event is on its way; gives how long that took.
fn drained(product: &Product, patience: Duration) -> Result<Duration> {
    let start = Instant::now();
    let mut told = start;
    loop {
        let backlog = product.backlog()?;
        if backlog == 0 {
            return Ok(start.elapsed());
        }
        if start.elapsed() > patience {
            bail!("{backlog} events are still on their way after {patience:?}; log: {}", product.log().display());
        }
        if told.elapsed() > Duration::from_secs(10) {
            told = Instant::now();
            say(&format!("      {backlog} events left after {}", seconds(start.elapsed())));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
