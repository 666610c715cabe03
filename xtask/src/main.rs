//! `cargo xtask VERB`: builds, serves, tests and measures Kontor in one command each.
//!
//! One file per verb in `verbs/`; what they share is named by what it is about.

mod debian;
mod http;
mod process;
mod product;
mod progress;
mod stamp;
mod tally;
mod verbs;
mod wasm;
mod web;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use verbs::{bench, build, engines, function, lint, serve, test, torture};

/// Kontor's own tasks. Whatever they lack they fetch, or they say exactly what to run.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Builds functions, pages and the program with both inside, as it is shipped
    Build,
    /// Builds what is missing, then serves on http://localhost:8000
    Serve(serve::Arguments),
    /// Runs every test and ends with one line of counts
    Test(test::Arguments),
    /// Measures against the peers and compares with the bars
    Bench(bench::Arguments),
    /// Mistreats the running program and counts what was lost
    Torture(torture::Arguments),
    /// Runs database servers to develop against, until Ctrl-C
    Engines(engines::Arguments),
    /// Builds a function that `kontor new` made, with whichever Wasm compiler there is
    Function(function::Arguments),
    /// Format and lints, as `.ci/run` wants them
    Lint,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().verb {
        Verb::Build => build::run(),
        Verb::Serve(arguments) => serve::run(&arguments),
        Verb::Test(arguments) => test::run(&arguments),
        Verb::Bench(arguments) => bench::run(&arguments),
        Verb::Torture(arguments) => torture::run(&arguments),
        Verb::Engines(arguments) => engines::run(&arguments),
        Verb::Function(arguments) => function::run(&arguments),
        Verb::Lint => lint::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
