//! Kontor: the back office of a shop, made of functions. One program; one file per verb in `verbs`.

#[macro_use]
mod output;

mod bundle;
mod client;
mod desk;
mod engine;
mod flags;
mod folder;
mod logging;
mod serving;
mod settings;
mod target;
mod vault;
mod verbs;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use flags::Flags;

/// Every request allocates a little; this allocator is the quickest at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The back office of a shop: sells licences and writes invoices, in sandboxed functions, from one program.
#[derive(Parser)]
#[command(name = "kontor", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Program {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  kontor serve --dev                                  try it: http://localhost:8000
  kontor new hello                                    a folder with a function of your own in it
  kontor deploy hello.wasm                            put a function live, or a new version of it
  kontor tokens create shop --scope invoices:read     a secret for a service
  kontor events list                                  what could not be delivered, and why
  kontor verify                                       check every invoice that is stored
  kontor config check                                 the configuration in force

Everything that can be configured stands in kontor.toml; KONTOR_* variables win over the file, flags over both.";

#[derive(Subcommand)]
enum Verb {
    Serve(verbs::serve::Arguments),
    Deploy(verbs::deploy::Arguments),
    Functions(verbs::functions::Arguments),
    Tokens(verbs::tokens::Arguments),
    Events(verbs::events::Arguments),
    Simulate(verbs::simulate::Arguments),
    Seals(verbs::seals::Arguments),
    Verify(verbs::verify::Arguments),
    Health(verbs::health::Arguments),
    New(verbs::new::Arguments),
    Openapi(verbs::openapi::Arguments),
    Sign(verbs::sign::Arguments),
    Doctor(verbs::doctor::Arguments),
    Config(verbs::config::Arguments),
}

fn main() -> ExitCode {
    let Program { flags, verb } = Program::parse();
    let done = match verb {
        Verb::Serve(arguments) => verbs::serve::run(&flags, &arguments),
        Verb::Deploy(arguments) => verbs::deploy::run(&flags, &arguments),
        Verb::Functions(arguments) => verbs::functions::run(&flags, &arguments),
        Verb::Tokens(arguments) => verbs::tokens::run(&flags, arguments),
        Verb::Events(arguments) => verbs::events::run(&flags, &arguments),
        Verb::Simulate(arguments) => verbs::simulate::run(&flags, &arguments),
        Verb::Seals(arguments) => verbs::seals::run(&flags, &arguments),
        Verb::Verify(arguments) => verbs::verify::run(&flags, &arguments),
        Verb::Health(arguments) => verbs::health::run(&flags, &arguments),
        Verb::New(arguments) => verbs::new::run(&arguments),
        Verb::Openapi(arguments) => verbs::openapi::run(&flags, &arguments),
        Verb::Sign(arguments) => verbs::sign::run(&arguments),
        Verb::Doctor(arguments) => verbs::doctor::run(&flags, &arguments),
        Verb::Config(arguments) => verbs::config::run(&flags, &arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_read_enough(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // One line, whatever the causes look like: it ends up in logs and in other programs' messages.
            let text = format!("{error:#}");
            eprintln!("kontor: {}", text.split_whitespace().collect::<Vec<_>>().join(" "));
            ExitCode::FAILURE
        }
    }
}
