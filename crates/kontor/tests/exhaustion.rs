//! A function that takes all there is: what clients are told over a real socket, by the real edge before the real host.
//!
//! The program itself has no way yet to be given another component than its own, and those do not misbehave. So its
//! rooms are put together here, around the guest of the host's tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test whose set-up fails shall end there and say why"
)]

mod program;

use std::{
    collections::BTreeMap,
    io::Write,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, Instant},
};

use kontor_data_sqlite::{SqliteDocuments, SqliteEngine, SqliteKeyValue};
use kontor_edge::{Edge, Pages};
use kontor_host::{Host, Limits, Version};
use serde_json::json;
use tokio::{net::TcpListener, task::spawn_blocking};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The guest of the host's tests, with a manifest that says where it is found.
fn guest() -> Vec<u8> {
    const MARK: &[u8] = b"KONTOR-TEST-MANIFEST:";
    const SLOT_BYTES: usize = 4096;
    let folder = std::env::var("KONTOR_TEST_GUESTS").expect("KONTOR_TEST_GUESTS; `cargo xtask test` sets it");
    let mut bytes = std::fs::read(Path::new(&folder).join("guest.wasm")).unwrap();
    let start = bytes.windows(MARK.len()).position(|window| window == MARK).unwrap() + MARK.len();
    // What stands behind the question mark is a number: any name may come.
    let number = json!([{"name": "number", "in": "query", "schema": {"type": "object"}}]);
    let get = |id: &str| json!({"get": {"operationId": id, "parameters": number}});
    let paths = json!({"/ok": get("ok"), "/sleep": get("sleep"), "/trap": get("trap")});
    let manifest = json!({"name": "sales", "version": "1", "openapi": {"openapi": "3.1.0", "paths": paths}});
    let slot = &mut bytes[start..start + SLOT_BYTES - MARK.len()];
    slot.fill(b' ');
    slot[..manifest.to_string().len()].copy_from_slice(manifest.to_string().as_bytes());
    bytes
}

struct Served {
    address: SocketAddr,
    version: Arc<Version>,
    _host: Arc<Host>,
}

async fn serve(limits: Limits) -> Served {
    let host = Host::new(kontor_host::Settings {
        cache_folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"),
        engine: Arc::new(SqliteEngine::in_memory().unwrap()),
        documents: Arc::new(SqliteDocuments::in_memory().unwrap()),
        keyvalue: Arc::new(SqliteKeyValue::in_memory().unwrap()),
        limits,
        function_limits: BTreeMap::new(),
        configuration: BTreeMap::new(),
        metering: kontor_host::Metering::default(),
        outbound: kontor_host::Outbound::default(),
        traces: Arc::default(),
    })
    .unwrap();
    let version = host.put_live(guest().into()).await.unwrap();
    let edge = Edge::new(kontor_edge::Settings::new(host.clone(), Arc::new(Pages::default())));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(edge.serve(listener, std::future::pending()));
    Served { address, version, _host: host }
}

impl Served {
    /// Status, and the whole answer.
    async fn get(&self, path: &str, id: &str) -> (u16, String) {
        let head = format!("GET {path} HTTP/1.1\r\nHost: sales.localhost\r\nX-Request-Id: {id}");
        let address = self.address;
        spawn_blocking(move || program::ask(address, &head)).await.unwrap()
    }
}

fn assert_problem((status, text): &(u16, String), expected: u16, words: &[&str]) {
    assert_eq!(*status, expected, "{text}");
    for word in [&["content-type: application/problem+json"], words].concat() {
        assert!(text.contains(word), "{word} is missing in {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_queue_is_full_further_calls_are_told_to_come_again() {
    let limits = Limits { in_flight_max: 1, queue_max: 1, deadline: PATIENCE, ..Limits::default() };
    let served = Arc::new(serve(limits).await);
    let busy = |id: &'static str| {
        let served = served.clone();
        tokio::spawn(async move { served.get("/sleep?1000", id).await })
    };
    let (first, second) = (busy("one"), busy("two"));
    let began = Instant::now();
    while (served.version.pool().in_flight, served.version.pool().queued) != (1, 1) {
        assert!(began.elapsed() < PATIENCE, "nobody waits: {:?}", served.version.pool());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let refused = served.get("/ok", "three").await;
    assert_problem(&refused, 503, &["retry-after: 1", "\"code\":\"overloaded\"", "\"request_id\":\"three\""]);
    for waited in [first, second] {
        assert_eq!(waited.await.unwrap().0, 200, "who was let in is served");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_past_its_deadline_is_ended_and_told_so() {
    let served = serve(Limits { deadline: Duration::from_millis(300), ..Limits::default() }).await;
    assert_problem(
        &served.get("/sleep?60000", "late").await,
        504,
        &["\"code\":\"deadline\"", "\"request_id\":\"late\""],
    );
}

/// Everything that this test program logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let to = log.clone();
        tracing_subscriber::fmt().with_ansi(false).with_writer(move || to.clone()).init();
        log
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trap_is_a_500_whose_id_is_in_the_log_and_nothing_of_the_guest_gets_out() {
    let log = log();
    let served = serve(Limits::default()).await;
    let trapped = served.get("/trap?hush", "find-me").await;
    assert_problem(
        &trapped,
        500,
        &["\"code\":\"function-failed\"", "\"request_id\":\"find-me\"", "request id find-me"],
    );
    assert!(!trapped.1.contains("secret") && !trapped.1.contains("hush"), "{}", trapped.1);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // The guest's stack is part of the record, so it is one of several lines.
    for words in ["ERROR", "trapped", "request=\"find-me\"", "name=GET /trap"] {
        assert!(text.contains(words), "no {words} in\n{text}");
    }
    assert_eq!(served.get("/ok", "after").await.0, 200, "the next call has a new instance");
}
