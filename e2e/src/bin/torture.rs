//! `torture kills`: long runs of what `cargo test` does in short. Started by `cargo xtask torture`.

use std::{io::Write as _, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};
use e2e::kills::{Plan, run};

/// Long runs against the program that KONTOR_BIN names.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    torture: Torture,
}

#[derive(Subcommand)]
enum Torture {
    /// Kills the program under buying clients, and audits the books.
    Kills {
        /// How often.
        #[arg(long, default_value_t = 1000)]
        kills: u32,
        /// Repeats the run of that seed: the same purchases, the same moments. New for each run if not given.
        #[arg(long)]
        seed: Option<u64>,
        /// Buyers, each with a connection of its own.
        #[arg(long, default_value_t = 64)]
        clients: usize,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let Torture::Kills { kills, seed, clients } = Arguments::parse().torture;
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    match torture(Plan { kills, clients, seed }).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("torture kills, seed={seed}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn torture(plan: Plan) -> Result<()> {
    let outcome = run(plan, |kill| {
        if kill % 50 == 0 || kill == plan.kills {
            let _closed = writeln!(std::io::stderr(), "{kill} of {} kills", plan.kills);
        }
    })
    .await?;
    outcome.verdict()?;
    println!("{outcome}");
    Ok(())
}
