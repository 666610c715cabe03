//! `cargo xtask test`: every test there is, whoever runs it, and one line of counts at the end.

mod browser;
mod pages;
mod rust;
mod schema;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use super::build;
use crate::{
    progress::{Progress, say, seconds},
    tally::{EngineTally, Tally},
    wasm,
    workspace::{Profile, Workspace},
};

/// Of the verb.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these parts; all if none is named
    #[arg(value_enum, value_name = "PART")]
    parts: Vec<Part>,
}

/// Tests that one runner runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// `cargo test --workspace`: units, contracts, rules of the repository, the running program
    Rust,
    /// Vitest: what the pages compute
    Pages,
    /// Playwright: the pages in Debian's Chromium
    Browser,
    /// schemathesis: requests that nobody would think of
    Schema,
}

impl Part {
    const ALL: [Self; 4] = [Self::Rust, Self::Pages, Self::Browser, Self::Schema];

    fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Pages => "pages",
            Self::Browser => "browser",
            Self::Schema => "schema",
        }
    }

    fn run(self, bench: &Workbench) -> Result<(Tally, Vec<EngineTally>)> {
        let no_engines = |tally| (tally, Vec::new());
        match self {
            Self::Rust => rust::run(bench),
            Self::Pages => pages::run(bench).map(no_engines),
            Self::Browser => browser::run(bench).map(no_engines),
            Self::Schema => schema::run(bench).map(no_engines),
        }
    }
}

/// What tests need.
pub struct Workbench {
    workspace: Workspace,
    /// The program as users get it.
    program: PathBuf,
}

impl Workbench {
    fn log(&self, name: &str) -> Result<PathBuf> {
        Ok(self.workspace.notes("logs")?.join(name))
    }
}

/// One part's result.
struct Row {
    part: Part,
    tally: Tally,
    /// Of these, what was about one engine.
    engines: Vec<EngineTally>,
    took: Duration,
}

/// The verb.
pub fn run(arguments: &Arguments) -> Result<()> {
    let parts = if arguments.parts.is_empty() { Part::ALL.to_vec() } else { arguments.parts.clone() };
    let workspace = Workspace::find()?;
    let progress = Progress::new(build::STAGES + 1 + parts.len());
    let program = build::program(&workspace, &progress, Profile::Release)?;
    progress.stage("functions for tests", || wasm::build_guests(&workspace))?;
    let bench = Workbench { workspace, program };
    let rows: Vec<Row> = parts.into_iter().map(|part| row(part, &bench, &progress)).collect();
    drop(progress);
    conclude(&rows)
}

/// Runs a part. One that breaks off, or that ran nothing and says no reason, has failed.
fn row(part: Part, bench: &Workbench, progress: &Progress) -> Row {
    let start = Instant::now();
    let ran = progress.stage(&format!("tests: {}", part.name()), || part.run(bench));
    let (mut tally, engines) = ran.unwrap_or_else(|error| {
        say(&format!("{error:#}"));
        (Tally { failed: 1, ..Tally::default() }, Vec::new())
    });
    if tally == Tally::default() {
        say(&format!("{} ran no test", part.name()));
        tally.failed = 1;
    }
    Row { part, tally, engines, took: start.elapsed() }
}

/// The table, the skipped ones by name, a line for each engine, and the closing line, which has to be the last.
fn conclude(rows: &[Row]) -> Result<()> {
    let mut total = Tally::default();
    println!("\n{:<10} {:>7} {:>7} {:>8} {:>8}", "part", "passed", "failed", "skipped", "time");
    for Row { part, tally, took, .. } in rows {
        let skipped = tally.skipped.len();
        println!("{:<10} {:>7} {:>7} {skipped:>8} {:>8}", part.name(), tally.passed, tally.failed, seconds(*took));
        total.add(tally);
    }
    for Row { part, tally, .. } in rows {
        for name in &tally.skipped {
            println!("skipped: {}: {name}", part.name());
        }
    }
    for engine in rows.iter().flat_map(|row| &row.engines) {
        println!("{engine}");
    }
    println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped.len());
    if total.failed > 0 {
        // The closing line is the last one; the exit status says the rest.
        std::process::exit(1);
    }
    if total.passed == 0 {
        bail!("nothing was tested");
    }
    Ok(())
}
