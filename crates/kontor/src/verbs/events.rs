//! `kontor events list|replay|skip`.

use std::time::Duration;

use anyhow::Result;
use clap::{Args, Subcommand};
use kontor_edge::admin::events::{Failed, Remedy, Target, Waiting};
use serde_json::json;

use crate::{
    desk::Desk,
    flags::{Flags, ServingFlags},
    logging,
    settings::Time,
};

/// See which events between functions wait and failed, and deal with those given up.
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
    /// List how many events wait for whom and why, and those that failed at least once: dead letters, and those that will
    /// be tried again.
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
    say!("The event {id} of {source} for {subscriber} {outcome}.");
    Ok(())
}

async fn list(desk: &Desk, json: bool) -> Result<()> {
    let (waiting, failed) = (desk.waiting().await?, desk.events().await?);
    if json {
        say!("{}", serde_json::to_string_pretty(&json!({ "waiting": waiting, "failed": failed }))?);
        return Ok(());
    }
    if !waiting.is_empty() {
        let now = jiff::Timestamp::now().as_millisecond();
        let rows: Vec<_> = waiting.into_iter().map(|waiting| waiting_row(waiting, now)).collect();
        super::print_table(&["SOURCE", "SUBSCRIBER", "WAITING", "OLDEST", "PAUSED BECAUSE"], &rows)?;
        say!();
    }
    if failed.is_empty() {
        say!("No event has failed.");
    } else {
        let head = ["SOURCE", "SUBSCRIBER", "ID", "EVENT", "KEY", "FAILED", "NEXT", "ERROR"];
        super::print_table(&head, &failed.into_iter().map(row).collect::<Vec<_>>())?;
    }
    Ok(())
}

fn waiting_row(waiting: Waiting, now_ms: i64) -> Vec<String> {
    let none = || "-".to_owned();
    let age = |made_ms: i64| Time(Duration::from_secs((now_ms - made_ms).max(0).cast_unsigned() / 1000)).to_string();
    let paused = waiting.paused.map_or_else(none, |why| why.split_whitespace().collect::<Vec<_>>().join(" "));
    let oldest = waiting.oldest_ms.map_or_else(none, age);
    vec![waiting.source, waiting.subscriber, waiting.events.to_string(), oldest, paused]
}

fn row(event: Failed) -> Vec<String> {
    let next = if event.dead { "dead letter".to_owned() } else { super::moment(event.next_ms) };
    let error = event.error.split_whitespace().collect::<Vec<_>>().join(" ");
    let (id, failed) = (event.id.to_string(), event.failed.to_string());
    vec![event.source, event.subscriber, id, event.name, event.key, failed, next, error]
}
