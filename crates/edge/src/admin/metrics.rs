//! `/metrics`.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{extract::State, response::IntoResponse};
use http::header::CONTENT_TYPE;
use kontor_telemetry::{Endpoint, gb_seconds};

use super::{
    Admin,
    exposition::{Exposition, Kind},
    overview, process,
};

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

pub async fn show(State(admin): State<Arc<Admin>>) -> impl IntoResponse {
    let mut text = Exposition::default();
    program(&admin, &mut text);
    requests(&admin, &mut text);
    instances(&admin, &mut text);
    outbound(&admin, &mut text);
    databases(&admin, &mut text);
    for reading in admin.watched.iter().flat_map(|watched| watched.readings()) {
        text.family(reading.name, Kind::Gauge, reading.help).sample(&[], reading.value);
    }
    ([(CONTENT_TYPE, Exposition::MEDIA_TYPE)], text.finish())
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn program(admin: &Admin, text: &mut Exposition) {
    text.family("kontor_build_info", Kind::Gauge, "Always 1; the labels say which program this is.")
        .sample(&[("version", admin.version), ("dev", if admin.dev { "true" } else { "false" })], 1);
    text.family("process_start_time_seconds", Kind::Gauge, "When the program started, seconds since 1970 UTC.")
        .sample(&[], seconds(admin.started));
    let uptime = admin.started.elapsed().unwrap_or_default();
    text.family("kontor_uptime_seconds", Kind::Gauge, "How long the program has been running.")
        .sample(&[], uptime.as_secs_f64());
    if let Some(bytes) = process::resident_bytes() {
        text.family("process_resident_memory_bytes", Kind::Gauge, "Memory of the program that is in RAM.")
            .sample(&[], bytes);
    }
    text.family("kontor_ready", Kind::Gauge, "1 if /readyz answers 200.")
        .sample(&[], u8::from(admin.not_ready().is_empty()));
    let figures = &admin.figures;
    text.family("kontor_connections", Kind::Gauge, "Open connections of the public listener.")
        .sample(&[], figures.connections.get());
    text.family(
        "kontor_connections_refused_total",
        Kind::Counter,
        "Connections turned away because there were too many.",
    )
    .sample(&[], figures.connections_refused.get());
}

/// Everything that answers requests: operations of functions, and what the edge answers itself.
fn endpoints(admin: &Admin, mut each: impl FnMut(&[(&str, &str)], &Endpoint)) {
    let live = admin.host.live().borrow().clone();
    for (name, version) in &live.functions {
        for (operation, ..) in overview::operations(version.manifest()) {
            each(&[("function", name), ("operation", operation)], &version.endpoint(operation));
        }
    }
    each(&[("function", ""), ("operation", "pages")], &admin.figures.pages);
    each(&[("function", ""), ("operation", "unmatched")], &admin.figures.unmatched);
}

fn requests(admin: &Admin, text: &mut Exposition) {
    let help = "Answers by function, operation and class of status; an empty function is the edge itself.";
    let mut family = text.family("kontor_requests_total", Kind::Counter, help);
    endpoints(admin, |labels, endpoint| {
        for (class, counter) in CLASSES.iter().zip(&endpoint.answers) {
            family.sample(&[labels, &[("class", class)]].concat(), counter.get());
        }
    });
    let help = "From the first byte of the request to the head of the answer.";
    let mut family = text.family("kontor_request_duration_seconds", Kind::Histogram, help);
    endpoints(admin, |labels, endpoint| family.histogram(labels, &endpoint.latency));
    let mut family = text.family("kontor_received_bytes_total", Kind::Counter, "Bodies of requests.");
    endpoints(admin, |labels, endpoint| family.sample(labels, endpoint.received_bytes.get()));
    let mut family = text.family("kontor_cpu_seconds_total", Kind::Counter, "CPU of calls, waiting left out.");
    endpoints(admin, |labels, endpoint| family.sample(labels, endpoint.work.cpu_ns.get() as f64 / 1e9));
    let help = "Memory of instances times how long calls held them, in GB (10^9 bytes) times seconds.";
    let mut family = text.family("kontor_memory_gb_seconds_total", Kind::Counter, help);
    endpoints(admin, |labels, endpoint| family.sample(labels, gb_seconds(endpoint.work.memory_page_us.get())));
    let mut family = text.family("kontor_rows_total", Kind::Counter, "Rows that statements returned or touched.");
    endpoints(admin, |labels, endpoint| family.sample(labels, endpoint.work.rows.get()));
    let mut family = text.family("kontor_sent_bytes_total", Kind::Counter, "Bodies of answers.");
    endpoints(admin, |labels, endpoint| family.sample(labels, endpoint.sent_bytes.get()));
}

fn instances(admin: &Admin, text: &mut Exposition) {
    let live = admin.host.live().borrow().clone();
    let pools: Vec<_> = live.functions.iter().map(|(name, version)| (name, version.pool())).collect();
    let mut each = |name, kind, help, value: fn(&kontor_host::PoolFigures) -> u64| {
        let mut family = text.family(name, kind, help);
        for (function, pool) in &pools {
            family.sample(&[("function", function)], value(pool));
        }
    };
    each("kontor_instances_idle", Kind::Gauge, "Instances that wait for work.", |pool| pool.idle as u64);
    each("kontor_calls_in_flight", Kind::Gauge, "Calls at work.", |pool| pool.in_flight as u64);
    each("kontor_calls_queued", Kind::Gauge, "Calls that wait for their turn.", |pool| pool.queued as u64);
    each("kontor_instances_made_total", Kind::Counter, "Instances made.", |pool| pool.made);
    let help = "Instances retired by a trap, a deadline or a memory refusal.";
    each("kontor_instances_retired_total", Kind::Counter, help, |pool| pool.retired);
}

/// Requests that functions send.
fn outbound(admin: &Admin, text: &mut Exposition) {
    let all = admin.host.outbound_figures();
    let mut each = |name, help, value: fn(&kontor_host::OutboundFigures) -> u64| {
        let mut family = text.family(name, Kind::Counter, help);
        for (function, figures) in &all {
            family.sample(&[("function", function)], value(figures));
        }
    };
    let help = "Requests that functions sent to other servers and to one another.";
    each("kontor_outbound_requests_total", help, |figures| figures.requests.get());
    each("kontor_outbound_failures_total", "Those among them that got no answer.", |figures| figures.failures.get());
    let help = "Bodies that they sent, without those under way.";
    each("kontor_outbound_sent_bytes_total", help, |figures| figures.sent_bytes.get());
    let help = "Bodies of their answers, without those under way.";
    each("kontor_outbound_received_bytes_total", help, |figures| figures.received_bytes.get());
}

fn databases(admin: &Admin, text: &mut Exposition) {
    let all: Vec<_> = admin.host.databases().into_iter().map(|(name, at)| (name, at.health(), at.backlog())).collect();
    let help = "1 for the state that the function's database is in.";
    let mut family = text.family("kontor_database_state", Kind::Gauge, help);
    for (name, health, _) in &all {
        let (now, _) = overview::state(health);
        for state in ["ok", "read-only", "stopped"] {
            family.sample(&[("function", name), ("state", state)], u8::from(state == now));
        }
    }
    let mut family = text.family("kontor_events_waiting", Kind::Gauge, "Events on their way, dead letters included.");
    all.iter().for_each(|(name, _, backlog)| family.sample(&[("source", name)], backlog.rows));
    let mut family = text.family("kontor_events_waiting_bytes", Kind::Gauge, "Payloads of the events on their way.");
    all.iter().for_each(|(name, _, backlog)| family.sample(&[("source", name)], backlog.bytes));
    let mut family = text.family("kontor_events_dead", Kind::Gauge, "Dead letters, which wait for an operator.");
    all.iter().for_each(|(name, _, backlog)| family.sample(&[("source", name)], backlog.dead));
    let help = "Age of the oldest event on its way that is no dead letter; 0 if there is none.";
    let mut family = text.family("kontor_events_oldest_seconds", Kind::Gauge, help);
    let now = seconds(SystemTime::now());
    for (name, _, backlog) in &all {
        let age = backlog.oldest_us.map_or(0.0, |made| (now - made as f64 / 1e6).max(0.0));
        family.sample(&[("source", name)], age);
    }
}
