//! What limits may be. A limit at which every request would fail, or that the system cannot keep, is refused at the start
//! and not by the first customer.

use std::time::Duration;

use anyhow::{Result, bail};

use super::{
    Settings,
    connections::Connections,
    limits::Limits,
    units::{Size, Time},
};

/// A limit and what it may be, both ends included.
enum Bound {
    Size(u64, u64, u64),
    Time(Duration, Duration, Duration),
    Count(u64, u64, u64),
}

use Bound::{Count, Size as Bytes, Time as Span};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const MS: Duration = Duration::from_millis(1);
/// No call and no client is waited for longer; and a moment this far ahead still is one.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Idempotency keys are business records: as long as these at most.
const TEN_YEARS: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);
/// Less memory than any function needs to begin with.
const MEMORY_MIN: u64 = 2 * MIB;
/// All instances have this together, so none can have more.
const MEMORY_MAX: u64 = GIB;
/// There are so many instances for all functions together.
const IN_FLIGHT_MAX: u64 = 640;
/// MongoDB stores 16 MiB, of which the store's own wrapping takes some.
const DOCUMENT_MAX: u64 = 15 * MIB;
/// A purchase and a registration have three statements each.
const STATEMENTS_MIN: u64 = 3;

/// Checks the limits of connections, of all functions, and of single ones.
///
/// # Errors
/// The first limit that makes no sense: its key, what it is, and what it may be.
pub(super) fn check(settings: &Settings) -> Result<()> {
    within("drain_deadline", &Span(settings.drain_deadline.0, Duration::ZERO, DAY))?;
    for (key, bound) in of_connections(&settings.connections) {
        within(&format!("connections.{key}"), &bound)?;
    }
    of_function("limits", &settings.limits)?;
    for (name, function) in &settings.functions {
        of_function(&format!("functions.{name}.limits"), &settings.limits.changed(&function.limits))?;
    }
    Ok(())
}

fn of_function(table: &str, limits: &Limits) -> Result<()> {
    for (key, bound) in of_limits(limits) {
        within(&format!("{table}.{key}"), &bound)?;
    }
    // What could be in one batch has to fit into the queue, or a full-sized batch would never be taken.
    for (small, small_size, large, large_size) in [
        ("batch_max", limits.batch_max, "write_queue_size_max", limits.write_queue_size_max),
        ("event_max", limits.event_max, "outbox_max", limits.outbox_max),
    ] {
        if small_size.0 > large_size.0 {
            bail!(
                "{table}.{large} is {large_size}, less than {table}.{small} with {small_size}: raise the one or lower \
                 the other"
            );
        }
    }
    Ok(())
}

fn of_connections(connections: &Connections) -> [(&'static str, Bound); 6] {
    [
        ("max", Count(connections.max.into(), 1, 1_000_000)),
        ("headers_max", Bytes(connections.headers_max.0, KIB, 16 * MIB)),
        ("header_read_timeout", Span(connections.header_read_timeout.0, MS, DAY)),
        ("body_read_timeout", Span(connections.body_read_timeout.0, MS, DAY)),
        ("write_timeout", Span(connections.write_timeout.0, MS, DAY)),
        ("idle_timeout", Span(connections.idle_timeout.0, MS, DAY)),
    ]
}

fn of_limits(limits: &Limits) -> [(&'static str, Bound); 28] {
    const MANY: u64 = u32::MAX as u64;
    [
        ("memory_max", Bytes(limits.memory_max.0, MEMORY_MIN, MEMORY_MAX)),
        ("deadline", Span(limits.deadline.0, MS, DAY)),
        ("cpu_max", Span(limits.cpu_max.0, MS, DAY)),
        ("request_max", Bytes(limits.request_max.0, KIB, GIB)),
        ("response_max", Bytes(limits.response_max.0, KIB, GIB)),
        ("outbound_request_max", Bytes(limits.outbound_request_max.0, KIB, GIB)),
        ("outbound_response_max", Bytes(limits.outbound_response_max.0, KIB, GIB)),
        ("in_flight_max", Count(limits.in_flight_max.into(), 1, IN_FLIGHT_MAX)),
        ("queue_max", Count(limits.queue_max.into(), 0, MANY)),
        ("reuse_max", Count(limits.reuse_max.into(), 1, MANY)),
        ("statement_max", Bytes(limits.statement_max.0, KIB, GIB)),
        ("statement_time_max", Span(limits.statement_time_max.0, MS, DAY)),
        ("batch_statements_max", Count(limits.batch_statements_max.into(), STATEMENTS_MIN, MANY)),
        ("batch_max", Bytes(limits.batch_max.0, KIB, GIB)),
        ("rows_max", Count(limits.rows_max.into(), 1, MANY)),
        ("result_max", Bytes(limits.result_max.0, KIB, GIB)),
        ("write_queue_max", Count(limits.write_queue_max.into(), 1, MANY)),
        ("write_queue_size_max", Bytes(limits.write_queue_size_max.0, KIB, u64::MAX)),
        ("group_max", Count(limits.group_max.into(), 1, MANY)),
        ("database_max", Bytes(limits.database_max.0, MIB, u64::MAX)),
        ("idempotency_time", Span(limits.idempotency_time.0, Duration::from_secs(1), TEN_YEARS)),
        ("document_max", Bytes(limits.document_max.0, KIB, DOCUMENT_MAX)),
        ("documents_max", Bytes(limits.documents_max.0, MIB, u64::MAX)),
        ("entries_max", Bytes(limits.entries_max.0, MIB, u64::MAX)),
        ("batch_events_max", Count(limits.batch_events_max.into(), 1, MANY)),
        ("event_max", Bytes(limits.event_max.0, KIB, GIB)),
        ("outbox_rows_max", Count(limits.outbox_rows_max, 1, u64::MAX)),
        ("outbox_max", Bytes(limits.outbox_max.0, KIB, u64::MAX)),
    ]
}

fn within(key: &str, bound: &Bound) -> Result<()> {
    match *bound {
        Bytes(value, min, max) => range(key, (value, min, max), u64::MAX, |bytes| Size(bytes).to_string()),
        Span(value, min, max) => range(key, (value, min, max), Duration::MAX, |time| Time(time).to_string()),
        Count(value, min, max) => range(key, (value, min, max), u64::from(u32::MAX), |count| count.to_string()),
    }
}

/// A maximum from `endless` on is none that anybody would want to read.
fn range<T: PartialOrd + Copy>(
    key: &str,
    (value, min, max): (T, T, T),
    endless: T,
    show: fn(T) -> String,
) -> Result<()> {
    if value >= min && value <= max {
        return Ok(());
    }
    let (shown, min) = (show(value), show(min));
    if max >= endless {
        bail!("{key} is {shown}: set it to {min} or more");
    }
    bail!("{key} is {shown}: set it to something from {min} to {}", show(max));
}
