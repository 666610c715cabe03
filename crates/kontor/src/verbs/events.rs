//! `kontor events list|replay|skip`.

use anyhow::Result;
use clap::{Args, Subcommand};
use kontor_edge::admin::events::{Failed, Remedy, Target};

use crate::{
    desk::Desk,
    flags::{Flags, ServingFlags},
    logging,
};

/// See which events between functions failed, and deal with those given up.
///
/// An event that fails 20 times is a dead letter: the later events of its key wait for it, until it is replayed or
/// skipped. Both are written to the log.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    order: Order,
}

#[derive(Subcommand)]
enum Order {
    /// List the events that failed at least once: dead letters, and those that will be tried again.
    List {
        /// JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Try a dead letter again, from the start.
    #[command(after_help = "Example:\n  kontor events replay sales invoices 4711")]
    Replay(Which),
    /// Throw a dead letter away; the later events of its key go on. What it would have done is never done.
    #[command(after_help = "Example:\n  kontor events skip sales invoices 4711")]
    Skip(Which),
}

#[derive(Args)]
struct Which {
    /// The function that emitted it, for example sales.
    source: String,
    /// The function that should get it, for example invoices.
    subscriber: String,
    /// Its id, as `kontor events list` shows it.
    id: u64,
}

/// Carries the order out.
pub fn run(flags: &Flags, arguments: &Arguments) -> Result<()> {
    let (settings, _) = flags.settings(&ServingFlags::default())?;
    logging::begin_quietly(&settings)?;
    super::run(async {
        let desk = Desk::open(&settings)?;
        match &arguments.order {
            Order::List { json } => list(&desk, *json).await,
            Order::Replay(which) => remedy(&desk, which, Remedy::Replay, "will be tried again").await,
            Order::Skip(which) => remedy(&desk, which, Remedy::Skip, "is thrown away").await,
        }
    })
}

async fn remedy(desk: &Desk, which: &Which, remedy: Remedy, outcome: &str) -> Result<()> {
    let Which { source, subscriber, id } = which;
    desk.remedy(&Target { source: source.clone(), subscriber: subscriber.clone(), id: *id }, remedy).await?;
    println!("The event {id} of {source} for {subscriber} {outcome}.");
    Ok(())
}

async fn list(desk: &Desk, json: bool) -> Result<()> {
    let failed = desk.events().await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&failed)?);
    } else if failed.is_empty() {
        println!("No event has failed.");
    } else {
        let head = ["SOURCE", "SUBSCRIBER", "ID", "EVENT", "KEY", "FAILED", "NEXT", "ERROR"];
        super::print_table(&head, &failed.into_iter().map(row).collect::<Vec<_>>());
    }
    Ok(())
}

fn row(event: Failed) -> Vec<String> {
    let next = if event.dead { "dead letter".to_owned() } else { super::moment(event.next_ms) };
    let error = event.error.split_whitespace().collect::<Vec<_>>().join(" ");
    let (id, failed) = (event.id.to_string(), event.failed.to_string());
    vec![event.source, event.subscriber, id, event.name, event.key, failed, next, error]
}
