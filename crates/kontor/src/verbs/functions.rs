//! `kontor functions list|show|rollback|disable|enable|remove|grant|usage`.

use anyhow::Result;
use clap::{Args, Subcommand};
use http::Method;
use kontor_edge::admin::functions::{Deployed, Grant, Kept, Listed, RollBack, Shown, Whole};

use super::usage;
use crate::{
    client::Client,
    desk::Desk,
    flags::{Flags, ServingFlags},
    logging,
};

/// See which functions are live, and change that.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    order: Order,
}

#[derive(Subcommand)]
enum Order {
    /// List all functions, and what did not go live.
    List {
        /// JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Show one: routes, grants, limits, and the versions that are kept.
    Show {
        /// The function.
        name: String,
        /// JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Put an earlier version live again, at once.
    #[command(after_help = "Examples:\n  kontor functions rollback hello\n  kontor functions rollback hello --to 3")]
    Rollback {
        /// The function.
        name: String,
        /// The version's number, as `show` lists it [default: the one before]
        #[arg(long, value_name = "NUMBER")]
        to: Option<u64>,
    },
    /// Switch a function off. Its data stays, and events for it wait.
    Disable {
        /// The function.
        name: String,
    },
    /// Switch it on again.
    Enable {
        /// The function.
        name: String,
    },
    /// Take away what was deployed, and forget what it wanted of others' events; what came with the program under that name
    /// serves again. If its file lies in the folder, remove that too.
    Remove {
        /// The function.
        name: String,
    },
    /// Show what functions used, and what that costs by the tariff of the configuration.
    #[command(after_help = "Examples:\n  kontor functions usage\n  kontor functions usage --since 30d\n  \
                            kontor functions usage --since 2026-11-01 --json")]
    Usage {
        /// A time span, a day or a moment (RFC 3339); whole hours, UTC
        #[arg(long, value_name = "WHEN", default_value = "24h")]
        since: String,
        /// JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Let a function have what it asks for.
    #[command(after_help = "Example:\n  kontor functions grant hello sql events:sales")]
    Grant {
        /// The function.
        name: String,
        /// sql, reuse, replace, events:FUNCTION, calls:FUNCTION, http:HOST
        #[arg(required = true, value_name = "GRANT")]
        grants: Vec<String>,
    },
}

/// Carries the order out.
pub fn run(flags: &Flags, arguments: &Arguments) -> Result<()> {
    let (settings, _) = flags.settings(&ServingFlags::default())?;
    logging::begin_quietly(&settings)?;
    super::run(async {
        let desk = Desk::open(&settings)?;
        carry_out(desk.serving()?, &arguments.order).await
    })
}

async fn carry_out(client: &Client, order: &Order) -> Result<()> {
    let path = |name: &str, what: &str| {
        let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        format!("/api/functions/{name}{what}")
    };
    match order {
        Order::List { json } => list(&client.get("/api/functions").await?, *json),
        Order::Show { name, json } => show(&client.get(&path(name, "")).await?, *json),
        Order::Rollback { name, to } => {
            let deployed: Deployed = client.post(&path(name, "/rollback"), &RollBack { number: *to }).await?;
            println!("{name} is live: version {} ({})", deployed.number, deployed.version);
            Ok(())
        }
        Order::Disable { name } => {
            client.order(Method::POST, &path(name, "/disable"), None::<&()>).await?;
            println!("{name} is off. `kontor functions enable {name}` switches it on again.");
            Ok(())
        }
        Order::Enable { name } => {
            client.order(Method::POST, &path(name, "/enable"), None::<&()>).await?;
            println!("{name} is on.");
            Ok(())
        }
        Order::Remove { name } => {
            client.order(Method::DELETE, &path(name, ""), None::<&()>).await?;
            println!("What was deployed as {name} is taken away; its versions and its data are kept.");
            Ok(())
        }
        Order::Usage { since, json } => usage::show(client, since, *json).await,
        Order::Grant { name, grants } => {
            client.order(Method::POST, &path(name, "/grants"), Some(&Grant { grants: grants.clone() })).await?;
            println!("{name} may have {}.", grants.join(", "));
            Ok(())
        }
    }
}

fn list(listed: &Listed, json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(listed)?);
        return Ok(());
    }
    let row = |shown: &Shown| {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let number = shown.number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        vec![
            shown.name.clone(),
            shown.state.clone(),
            or_none(&shown.version),
            number,
            or_none(&shown.origin),
            shown.grants.join(" "),
        ]
    };
    let rows: Vec<_> = listed.functions.iter().map(row).collect();
    super::print_table(&["FUNCTION", "STATE", "VERSION", "NUMBER", "ORIGIN", "GRANTS"], &rows);
    for failed in &listed.failures {
        println!("\n{} does not go live (since {}): {}", failed.what, super::moment(failed.since_ms), failed.reason);
    }
    Ok(())
}

fn show(whole: &Whole, json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(whole)?);
        return Ok(());
    }
    let shown = &whole.shown;
    println!("{} is {}, version {}", shown.name, shown.state, shown.version.as_deref().unwrap_or("-"));
    println!("asks for  {}\ngranted   {}", words(&whole.asks), words(&shown.grants));
    if let Some(reason) = &whole.failure {
        println!("\ndoes not go live: {reason}");
    }
    println!();
    let limits: Vec<_> = whole.limits.iter().map(|(name, value)| vec![name.clone(), value.clone()]).collect();
    super::print_table(&["LIMIT", "VALUE"], &limits);
    println!();
    let routes =
        whole.operations.iter().map(|(method, path, operation)| vec![method.clone(), path.clone(), operation.clone()]);
    super::print_table(&["METHOD", "PATH", "OPERATION"], &routes.collect::<Vec<_>>());
    if !whole.versions.is_empty() {
        println!();
        let versions: Vec<_> = whole.versions.iter().map(version).collect();
        super::print_table(&["NUMBER", "VERSION", "SHA-256", "WHO", "DEPLOYED", ""], &versions);
    }
    Ok(())
}

fn version(kept: &Kept) -> Vec<String> {
    let hash = kept.hash.chars().take(12).collect();
    let serves = if kept.serves { "serves" } else { "" };
    let deployed = super::moment(kept.deployed_ms);
    vec![kept.number.to_string(), kept.version.clone(), hash, kept.who.clone(), deployed, serves.to_owned()]
}

fn words(all: &[String]) -> String {
    if all.is_empty() { "nothing".to_owned() } else { all.join(" ") }
}
