//! `kontor config check`.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use crate::flags::{Flags, ServingFlags};

/// Look at the configuration.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    order: Order,
}

#[derive(Subcommand)]
enum Order {
    /// Check the configuration and print what is in force, secrets hidden.
    ///
    /// Takes the flags of `kontor serve`, to see what they change.
    #[command(after_help = "Examples:\n  kontor config check\n  kontor config check --config /etc/kontor.toml")]
    Check(Check),
}

#[derive(Args)]
struct Check {
    #[command(flatten)]
    serving: ServingFlags,
}

/// Prints the configuration in force as a file that could be used as it is, but for hidden values.
pub fn run(flags: &Flags, arguments: &Arguments) -> Result<()> {
    let Order::Check(check) = &arguments.order;
    let (settings, warnings) = flags.settings(&check.serving)?;
    for warning in warnings {
        eprintln!("kontor: {warning}");
    }
    let text = toml::to_string(&settings.without_secrets()).context("cannot show the configuration")?;
    crate::output::text_as_it_is(format_args!("{text}"))
}
