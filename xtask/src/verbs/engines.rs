//! `cargo xtask engines`: database servers to develop against, until Ctrl-C.

use std::{io::Write as _, path::Path};

use anyhow::Result;
use kontor_test_servers::{MARIADB, MONGODB, POSTGRES, REDIS, Recipe, Server, StartError};

use crate::{
    debian,
    progress::{Progress, say},
    workspace::Workspace,
};

/// Every kind of server that there is a recipe for.
pub const ALL: [&Recipe; 4] = [&POSTGRES, &MARIADB, &MONGODB, &REDIS];

/// Of the verb.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these: postgres, mariadb, mongodb, redis; all if none is named
    #[arg(value_name = "ENGINE", value_parser = ["postgres", "mariadb", "mongodb", "redis"])]
    engines: Vec<String>,
}

/// Installs what is missing, where that is possible without asking anybody. Gives each that is not there with the reason.
pub fn install(recipes: &[&'static Recipe], log: &Path) -> Vec<(&'static Recipe, String)> {
    let mut missing = Vec::new();
    for recipe in recipes {
        let is_there = || std::env::var_os(recipe.variable).is_some() || (recipe.is_installed)();
        if is_there() {
            continue;
        }
        let done = debian::install(&recipe.packages.split(' ').collect::<Vec<_>>(), log);
        if !is_there() {
            let reason = done
                .err()
                .map_or_else(|| "it is not there after its installation".to_owned(), |error| format!("{error:#}"));
            missing.push((*recipe, reason));
        }
    }
    missing
}

/// The verb.
pub fn run(arguments: &Arguments) -> Result<()> {
    let is_wanted = |recipe: &&&'static Recipe| {
        arguments.engines.is_empty() || arguments.engines.iter().any(|name| name == recipe.name)
    };
    let wanted: Vec<&'static Recipe> = ALL.iter().filter(is_wanted).copied().collect();
    let workspace = Workspace::find()?;
    let progress = Progress::new(wanted.len() + 1);
    let log = workspace.notes("logs")?.join("engines.log");
    let missing = progress.stage("packages", || Ok(install(&wanted, &log)))?;
    let mut servers = Vec::new();
    for recipe in wanted {
        if let Some((_, reason)) = missing.iter().find(|(other, _)| other.name == recipe.name) {
            say(&format!("{} is left out: {reason}", recipe.name));
            continue;
        }
        let start = || Server::find(recipe).map_err(|error: StartError| anyhow::anyhow!(error));
        servers.push((recipe, progress.stage(recipe.name, start)?));
    }
    drop(progress);
    show(&servers)?;
    // Ctrl-C ends this process, and each server's guard then stops it and removes its data.
    loop {
        std::thread::park();
    }
}

/// What `kontor.toml` says to use this server.
pub fn section(recipe: &Recipe, url: &str) -> String {
    let (section, key) = match recipe.name {
        "postgres" => ("engines.postgres", "setup_url"),
        "mariadb" => ("engines.mysql", "setup_url"),
        "mongodb" => ("engines.mongodb", "url"),
        _ => ("engines.redis", "url"),
    };
    format!("[{section}]\n{key} = \"{url}\"\n")
}

fn show(servers: &[(&Recipe, Server)]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for (recipe, server) in servers {
        writeln!(out, "\n# {}: {}={}", recipe.name, recipe.variable, server.url())?;
        write!(out, "{}", section(recipe, server.url()))?;
    }
    writeln!(out, "\n# Ctrl-C stops them and removes their data.")?;
    Ok(out.flush()?)
}
