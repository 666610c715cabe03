//! `cargo xtask torture NAME`: mistreats the running program; the closing line says what was lost.

use anyhow::{Result, bail};

use super::build;
use crate::{
    progress::Progress,
    workspace::{Profile, Workspace},
};

/// Of the verb.
#[derive(clap::Args)]
pub struct Arguments {
    /// `kills`: `kill -9` under buying clients; `ledger`: random operations against a model
    name: String,
    /// Handed on, for example `--kills 1000 --seed 7`; for the ledger `--operations 1000000 --seed 7 --engine sqlite`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "FLAGS")]
    further: Vec<String>,
}

/// The verb. The torturer is an optimised build too: a slow one would torture less.
pub fn run(arguments: &Arguments) -> Result<()> {
    let workspace = Workspace::find()?;
    if arguments.name == "ledger" {
        return ledger(&workspace, &arguments.further);
    }
    let progress = Progress::new(build::STAGES);
    let program = build::program(&workspace, &progress, Profile::Release)?;
    drop(progress);
    let mut torture = crate::workspace::cargo();
    torture.args(["run", "--quiet", "--release", "--package", "e2e", "--bin", "torture", "--"]);
    torture.arg(&arguments.name).args(&arguments.further);
    torture.current_dir(&workspace.root).env("KONTOR_BIN", program);
    if !torture.status()?.success() {
        bail!("torture {} found a fault, or did not run", arguments.name);
    }
    Ok(())
}

/// What a run of the model takes.
#[derive(clap::Parser)]
#[command(no_binary_name = true)]
struct Ledger {
    /// How many, over all clerks
    #[arg(long, default_value_t = 1_000_000)]
    operations: u64,
    /// Does what a run of that seed did. New for each run if not given
    #[arg(long)]
    seed: Option<u64>,
    /// Where the books are
    #[arg(long, value_enum, default_value_t = Books::Sqlite)]
    engine: Books,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Books {
    Sqlite,
    Postgres,
}

/// The model is a test of the function `invoices`: run here with more operations, optimised. It prints the closing line.
fn ledger(workspace: &Workspace, flags: &[String]) -> Result<()> {
    let Ledger { operations, seed, engine } = <Ledger as clap::Parser>::try_parse_from(flags)?;
    let name = match engine {
        Books::Sqlite => "model::the_books_on_sqlite_are_those_on_paper",
        Books::Postgres => "model::the_books_on_postgres_are_those_on_paper",
    };
    let mut test = crate::workspace::cargo();
    test.args(["test", "--quiet", "--release", "--package", "invoices", "--test", "engines", "--", "--exact", name]);
    test.args(["--nocapture", "--quiet"]).current_dir(&workspace.root);
    test.env("KONTOR_LEDGER_OPERATIONS", operations.to_string());
    if let Some(seed) = seed {
        test.env("KONTOR_SEED", seed.to_string());
    }
    if !test.status()?.success() {
        bail!("torture ledger found a fault, or did not run");
    }
    Ok(())
}
