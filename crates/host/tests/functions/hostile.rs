//! The corpus of hostile components: what each tries, and how it ends. While it tries, its neighbour goes on answering.
//!
//! | what is tried | where |
//! |---|---|
//! | endless loop, also over cheap host calls | [`CORPUS`]; `limits`, `fairness` |
//! | endless loop in `describe` | `loading::a_description_without_end_is_ended` |
//! | recursion | [`CORPUS`] |
//! | memory growth | [`CORPUS`]; `limits` (all instances together) |
//! | table growth | [`a_table_that_grows_is_bounded`], from `hostile/table.wat` |
//! | many instances, huge memories and tables from the start | [`what_wants_too_much_from_the_start_does_not_go_live`] |
//! | huge headers and bodies | [`CORPUS`]; requests to it: the edge's `receive` and `target` |
//! | 100,000 host calls | [`CORPUS`] |
//! | handle leaks | [`CORPUS`]; `standard::the_limits_are_everybodys` |
//! | statements: commit, attach, pragma, drop, sleep, lock, recursion without end | [`STATEMENTS`] |
//! | writes to another function's data | [`STATEMENTS`] |
//! | environment, files, sockets | [`CORPUS`] |
//! | forged identity headers | `outbound::nobody_forges_headers_and_the_trace_goes_on`; from outside: e2e `events/forged`, the edge's `translate` |
//! | private addresses, IPv6 forms | [`ADDRESSES`]; `outbound/addresses.rs`, `outbound/connector.rs` |
//! | redirects to them | `outbound::a_redirect_is_an_answer_and_leads_nowhere` |
//! | DNS that changes its answer | `outbound/connector.rs`: `a_name_that_changes_its_answer_changes_nothing_that_was_checked` |
//! | malformed UTF-8 | [`CORPUS`] |
//! | an answer that never ends | [`an_answer_without_end_ends`]; `standard` |
//!
//! The guest is `tests/guests`, and does what its path says. What this costs neighbours in time is `cargo xtask bench
//! neighbours`.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::StreamExt;
use kontor_host::{Answer, Call, CallError, Limits, LoadError, Version};
use serde_json::json;

use crate::setup::{House, call, manifest, until};

/// How a call ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// Its CPU is used up.
    Cpu,
    /// Its time is over.
    Deadline,
    /// A trap.
    Trap,
    /// What it answers is no answer.
    NoAnswer,
    /// It answers, and got nothing: the whole text.
    Harmless(&'static str),
    /// The same, if its CPU lasts so long.
    HarmlessOrCpu(&'static str),
    /// It answers with a number below this.
    Below(usize),
}

/// What is tried, the path that does it, and how it ends.
const CORPUS: [(&str, &str, End); 20] = [
    ("an endless loop", "/loop", End::Cpu),
    ("an endless loop over cheap host calls", "/cheap-calls", End::Cpu),
    ("recursion without end", "/recurse?100000000", End::Trap),
    ("growing memory", "/grow?2000", End::Below(16)),
    ("waiting for ever", "/sleep?600000", End::Deadline),
    ("a trap", "/trap", End::Trap),
    ("ending the process", "/exit", End::Trap),
    ("huge headers", "/headers?70000", End::NoAnswer),
    ("40,000 headers", "/many-headers?40000", End::NoAnswer),
    ("a huge body", "/huge?1100000", End::NoAnswer),
    ("a header in a header", "/split", End::NoAnswer),
    ("a status that is none", "/status?42", End::NoAnswer),
    ("100,000 host calls", "/many-calls?100000", End::HarmlessOrCpu("100000")),
    ("100,000 lines in the log", "/log?100000", End::HarmlessOrCpu("logged")),
    ("a line of 10 MB", "/long-line?10000000", End::HarmlessOrCpu("logged")),
    ("100,000 handles", "/handles?100000", End::Trap),
    ("environment, arguments, files", "/world", End::Harmless("(0, 0, false, false)")),
    ("sockets and names", "/sockets?127.0.0.1:PORT", End::Harmless("(false, false, false, false)")),
    ("text that is no UTF-8", "/utf8", End::Trap),
    ("configuration of others", "/config?receipt_base", End::Harmless("None")),
];

/// Statements that are not a function's to run.
const STATEMENTS: [&str; 22] = [
    "COMMIT",
    "BEGIN",
    "ROLLBACK",
    "SAVEPOINT a",
    "ATTACH DATABASE 'calm.sqlite' AS calm",
    "DETACH DATABASE main",
    "PRAGMA journal_mode = OFF",
    "VACUUM INTO 'copy.sqlite'",
    "DROP TABLE notes",
    "CREATE TABLE more (id INTEGER)",
    "ALTER TABLE notes ADD COLUMN more INTEGER",
    "SELECT load_extension('x')",
    "SELECT pg_sleep(100)",
    "SELECT sleep(100)",
    "SELECT randomblob(1000000000)",
    "LOCK TABLE notes",
    "SELECT 1; DROP TABLE notes",
    "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n FROM x WHERE n < 0",
    "SELECT note FROM calm.notes",
    "INSERT INTO calm.notes (id, note) VALUES (1, 'hello')",
    "SELECT name FROM sqlite_master",
    "DELETE FROM outbox",
];

/// Where the inside of a network is, however it is written.
const ADDRESSES: [&str; 20] = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0.0.0.0/",
    "http://localhost/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
];

fn limits() -> Limits {
    let (cpu, deadline) = (Duration::from_millis(1500), Duration::from_secs(5));
    let mut limits =
        Limits { cpu, deadline, memory_max_bytes: 16 << 20, response_max_bytes: 1 << 20, ..Limits::default() };
    limits.data.statement_time_max = Duration::from_millis(200);
    limits
}

/// A hostile function and its calm neighbour, which is called without a pause; every answer of it has to be right.
struct Street {
    house: House,
    wild: Arc<Version>,
    calm: Arc<Version>,
    calling: tokio::task::JoinHandle<u64>,
    stop: tokio::sync::watch::Sender<bool>,
}

impl Street {
    async fn new() -> Self {
        // The neighbour's time is ample: how quick it is beside others is a measurement and no test.
        let patient = Limits { cpu: Duration::from_secs(10), deadline: Duration::from_secs(60), ..Limits::default() };
        let house = House::limited(limits(), [("calm", patient)]);
        let mut ask = manifest("wild", "1");
        ask["http"] = json!(["127.0.0.1", "[::1]", "10.0.0.1", "localhost"]);
        let (wild, calm) = (house.put(&ask).await, house.put(&manifest("calm", "1")).await);
        house.text(&calm, "/insert?mine").await;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let (host, version) = (house.host.clone(), calm.clone());
        let calling = tokio::spawn(async move {
            let mut calls = 0;
            while !*stopped.borrow() {
                let Answer::Whole(answer) = host.handle(&version, call("/notes")).await.unwrap() else {
                    panic!("whole")
                };
                assert_eq!(answer.body, r#"Ok(["mine"])"#);
                calls += 1;
                // So that the tests beside this one have their turn too.
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            calls
        });
        Self { house, wild, calm, calling, stop }
    }

    /// The neighbour answered all the while, and still does.
    async fn calm(self) {
        assert_eq!(self.house.text(&self.calm, "/notes").await, r#"Ok(["mine"])"#);
        self.stop.send_replace(true);
        assert!(self.calling.await.unwrap() > 0);
        assert_eq!(self.calm.pool().retired, 0);
        assert_eq!(self.house.text(&self.wild, "/ok").await, "ok", "the hostile one is as new");
    }

    async fn text(&self, call: Call) -> String {
        let Answer::Whole(answer) = self.house.host.handle(&self.wild, call).await.unwrap() else { panic!("whole") };
        String::from_utf8(answer.body.into()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_tried_ends_and_the_neighbour_answers() {
    let street = Street::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    for (what, path, end) in CORPUS {
        let ended = street.house.whole(&street.wild, &path.replace("PORT", &port)).await;
        let text = ended.as_ref().map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
        let as_expected = match (end, &ended, &text) {
            (End::Cpu, Err(CallError::Cpu(_)), _)
            | (End::Deadline, Err(CallError::Deadline(_)), _)
            | (End::Trap, Err(CallError::Trap(_)), _)
            | (End::NoAnswer, Err(CallError::BadResponse(_)), _) => true,
            (End::HarmlessOrCpu(_), Err(CallError::Cpu(_)), _) => true,
            (End::Harmless(expected) | End::HarmlessOrCpu(expected), _, Ok(text)) => text == expected,
            (End::Below(most), _, Ok(text)) => text.parse::<usize>().is_ok_and(|number| number < most),
            _ => false,
        };
        assert!(as_expected, "{what}: {text:?} is not {end:?}");
        let pool = street.wild.pool();
        assert_eq!((pool.in_flight, pool.queued), (0, 0), "{what}: nothing of it is left");
    }
    street.calm().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_that_are_not_its_to_run_are_refused() {
    let street = Street::new().await;
    assert!(street.text(call("/insert?own")).await.starts_with("Ok"));
    for statement in STATEMENTS {
        let answer = street.text(Call { body: Bytes::from_static(statement.as_bytes()), ..call("/statement") }).await;
        let refused = answer.starts_with("Err(") && !answer.contains(" Ok(");
        assert!(refused, "{statement}: {answer}");
        assert_eq!(street.text(call("/notes")).await, r#"Ok(["own"])"#, "{statement}");
    }
    street.calm().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_inside_the_network_is_reached() {
    let street = Street::new().await;
    for address in ADDRESSES {
        let answer = street.text(call(&format!("/fetch?{address}"))).await;
        assert!(answer.starts_with("Error::Denied("), "{address}: {answer}");
    }
    street.calm().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_end_ends() {
    let street = Street::new().await;
    let Answer::Streaming(mut answer) = street.house.call(&street.wild, "/stream-endless").await.unwrap() else {
        panic!("it streams")
    };
    let end = loop {
        match answer.body.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(end, CallError::Deadline(_) | CallError::Cpu(_)), "{end}");
    drop(answer);
    until("nothing of it is left", || async { street.wild.pool().in_flight == 0 }).await;
    street.calm().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_grows_is_bounded() {
    let street = Street::new().await;
    let grows =
        street.house.host.put_live(wat::parse_str(include_str!("hostile/table.wat")).unwrap().into()).await.unwrap();
    // An element has 8 bytes: more of them would be more than its memory.
    let elements: usize = street.house.text(&grows, "/ok").await.parse().unwrap();
    assert!((1..=(16 << 20) / 8).contains(&elements), "{elements} elements");
    street.calm().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_wants_too_much_from_the_start_does_not_go_live() {
    let street = Street::new().await;
    let many = |count: usize, of: &str| {
        let instances = "(core instance (instantiate $m))".repeat(count);
        wat::parse_str(format!("(component (core module $m {of}) {instances})")).unwrap()
    };
    for (what, component) in [
        ("10,000 instances", many(10_000, "")),
        ("1,000 memories", many(1000, "(memory 1)")),
        ("a memory of 4 GiB", many(1, "(memory 65536)")),
        ("a table of 10,000,000 elements", many(1, "(table 10000000 funcref)")),
    ] {
        let refused = street.house.host.put_live(component.into()).await.map(drop).unwrap_err();
        assert!(matches!(refused, LoadError::NotAFunction(_)), "{what}: {refused}");
    }
    street.calm().await;
}
