//! `kontor functions list|show|rollback|disable|enable|remove|grant|revoke|usage|logs`.

use anyhow::Result;
use clap::{Args, Subcommand};
use http::Method;
use kontor_edge::admin::functions::{Deployed, Grant, Kept, Listed, Revoked, RollBack, Shown, Whole};
use kontor_host::LogLevel;

use super::{logs, remote::Remote, usage};
use crate::{client::Client, flags::Flags};

/// See which functions are live, and change that.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    order: Order,
    /// The admin listener of a program elsewhere: https:// and its listen.admin_name [default: the program that serves the
    /// data folder here]
    #[arg(long, global = true, value_name = "URL")]
    at: Option<String>,
    #[command(flatten)]
    remote: Remote,
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
    /// Take back what was granted by command. What a function cannot do without takes it down.
    #[command(after_help = "Example:\n  kontor functions revoke hello events:sales")]
    Revoke {
        /// The function.
        name: String,
        /// As they were granted.
        #[arg(required = true, value_name = "GRANT")]
        grants: Vec<String>,
    },
    /// Show what a function logged and which calls failed: time, level, version, trace id, text. The last 1000 lines since
    /// the program started are kept.
    #[command(
        after_help = "Examples:\n  kontor functions logs hello -f\n  kontor functions logs hello --level warn --tail 20"
    )]
    Logs {
        /// The function.
        name: String,
        /// Go on with the lines that come, until Ctrl-C.
        #[arg(short, long)]
        follow: bool,
        /// Begin with the last so many lines [default: all that are kept]
        #[arg(long, value_name = "LINES")]
        tail: Option<usize>,
        /// Nothing that matters less: debug, info, warn, error
        #[arg(long, default_value = "debug", value_parser = level)]
        level: LogLevel,
        /// The lines of one call, by its trace id.
        #[arg(long, value_name = "ID")]
        trace: Option<String>,
        /// JSON instead of text, one object a line.
        #[arg(long)]
        json: bool,
    },
}

fn level(text: &str) -> Result<LogLevel, String> {
    serde_json::from_value(text.into()).map_err(|_| "write debug, info, warn or error".to_owned())
}

/// Carries the order out.
pub fn run(flags: &Flags, arguments: &Arguments) -> Result<()> {
    super::run(async {
        let client = arguments.remote.client(flags, arguments.at.as_deref())?;
        carry_out(&client, &arguments.order).await
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
            say!("{name} is live: version {} ({})", deployed.number, deployed.version);
            Ok(())
        }
        Order::Disable { name } => {
            client.order(Method::POST, &path(name, "/disable"), None::<&()>).await?;
            say!("{name} is off. `kontor functions enable {name}` switches it on again.");
            Ok(())
        }
        Order::Enable { name } => {
            client.order(Method::POST, &path(name, "/enable"), None::<&()>).await?;
            say!("{name} is on.");
            Ok(())
        }
        Order::Remove { name } => {
            client.order(Method::DELETE, &path(name, ""), None::<&()>).await?;
            say!("What was deployed as {name} is taken away; its versions and its data are kept.");
            Ok(())
        }
        Order::Usage { since, json } => usage::show(client, since, *json).await,
        Order::Grant { name, grants } => {
            client.order(Method::POST, &path(name, "/grants"), Some(&Grant { grants: grants.clone() })).await?;
            say!("{name} may have {}.", grants.join(", "));
            Ok(())
        }
        Order::Revoke { name, grants } => {
            let revoked: Revoked =
                client.post(&path(name, "/grants/revoke"), &Grant { grants: grants.clone() }).await?;
            say!("{name} may not have {} any more.", grants.join(", "));
            if let Some(why) = revoked.dark {
                say!("It serves no longer: {why}");
            }
            Ok(())
        }
        Order::Logs { name, follow, tail, level, trace, json } => {
            let wanted =
                logs::Wanted { follow: *follow, tail: *tail, level: *level, trace: trace.clone(), json: *json };
            logs::show(client, &path(name, "/logs"), &wanted).await
        }
    }
}

fn list(listed: &Listed, json: bool) -> Result<()> {
    if json {
        say!("{}", serde_json::to_string_pretty(listed)?);
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
    super::print_table(&["FUNCTION", "STATE", "VERSION", "NUMBER", "ORIGIN", "GRANTS"], &rows)?;
    for failed in &listed.failures {
        say!("\n{} does not go live (since {}): {}", failed.what, super::moment(failed.since_ms), failed.reason);
    }
    Ok(())
}

fn show(whole: &Whole, json: bool) -> Result<()> {
    if json {
        say!("{}", serde_json::to_string_pretty(whole)?);
        return Ok(());
    }
    let shown = &whole.shown;
    say!("{} is {}, version {}", shown.name, shown.state, shown.version.as_deref().unwrap_or("-"));
    say!("asks for    {}", words(&whole.asks));
    if shown.grants.iter().any(|grant| grant == "*") {
        say!("granted     everything it asks for");
    }
    say!("configured  {}", words(&whole.configured));
    say!("by command  {}", words(&whole.granted));
    if let Some(reason) = &whole.failure {
        say!("\ndoes not go live: {reason}");
    }
    say!();
    let limits: Vec<_> = whole.limits.iter().map(|(name, value)| vec![name.clone(), value.clone()]).collect();
    super::print_table(&["LIMIT", "VALUE"], &limits)?;
    say!();
    let routes =
        whole.operations.iter().map(|(method, path, operation)| vec![method.clone(), path.clone(), operation.clone()]);
    super::print_table(&["METHOD", "PATH", "OPERATION"], &routes.collect::<Vec<_>>())?;
    if !whole.versions.is_empty() {
        say!();
        let versions: Vec<_> = whole.versions.iter().map(version).collect();
        super::print_table(&["NUMBER", "VERSION", "SHA-256", "WHO", "DEPLOYED", ""], &versions)?;
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
