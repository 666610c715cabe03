//! `kontor openapi`.

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::{
    desk::Desk,
    flags::{Flags, ServingFlags},
    logging,
};

/// Print the OpenAPI document of a function, or of all: what is live where the program serves, otherwise what came with it.
#[derive(Args)]
#[command(after_help = "Examples:\n  kontor openapi sales > sales.json\n  kontor openapi | jq keys")]
pub struct Arguments {
    /// The function [default: all, in one object by name]
    name: Option<String>,
}

/// Prints it.
pub fn run(flags: &Flags, arguments: &Arguments) -> Result<()> {
    let (settings, _) = flags.settings(&ServingFlags::default())?;
    logging::begin_quietly(&settings)?;
    let document: Value = super::run(async { Desk::open(&settings)?.documents(arguments.name.as_deref()).await })?;
    say!("{}", serde_json::to_string_pretty(&document)?);
    Ok(())
}
