//! A host, the guest under any name, and short ways to call it.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::StreamExt;
use kontor_data::{Database, Engine, Registry, Statement, Value, ValueType};
use kontor_data_sqlite::{SqliteDocuments, SqliteEngine, SqliteKeyValue};
use kontor_host::{
    Answer, Call, CallError, Caller, Grants, Host, Limits, Metering, Origin, Outbound, Response, Settings, Version,
};
use kontor_telemetry::{Trace, TraceId, Traces};
use serde_json::{Value as Json, json};

/// Longer than anything here takes on a busy machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the guest's manifest lies in its bytes, and how long it may be.
const MARK: &[u8] = b"KONTOR-TEST-MANIFEST:";
const SLOT_BYTES: usize = 4096;

/// The guest with this manifest.
pub fn guest(manifest: &str) -> Bytes {
    let folder = std::env::var("KONTOR_TEST_GUESTS")
        .expect("KONTOR_TEST_GUESTS must name the folder with guest.wasm; `cargo xtask test` builds it and sets that");
    let file = Path::new(&folder).join("guest.wasm");
    let mut bytes = std::fs::read(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask test`, which builds it", file.display()));
    let start =
        bytes.windows(MARK.len()).position(|window| window == MARK).expect("the guest has the mark") + MARK.len();
    let slot = &mut bytes[start..start + SLOT_BYTES - MARK.len()];
    assert!(manifest.len() <= slot.len(), "the manifest is too long for the guest's slot");
    slot.fill(b' ');
    slot[..manifest.len()].copy_from_slice(manifest.as_bytes());
    bytes.into()
}

/// The component that was made for the standard world alone.
pub fn standard() -> Bytes {
    let folder =
        std::env::var("KONTOR_TEST_GUESTS").expect("KONTOR_TEST_GUESTS must name the folder with standard.wasm");
    let file = Path::new(&folder).join("standard.wasm");
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask test`", file.display())).into()
}

/// A manifest with the table `notes`, reuse, and this name and version.
pub fn manifest(name: &str, version: &str) -> Json {
    json!({
        "name": name,
        "version": version,
        "openapi": {"openapi": "3.1.0", "paths": {"/ok": {"get": {"operationId": "ok"}}}},
        "reuse": true,
        "sql": {"migrations": [{"number": 1, "name": "notes", "steps": [{"create-table": {
            "name": "notes",
            "columns": [{"name": "id", "type": "integer"}, {"name": "note", "type": "text"}],
            "primary_key": ["id"],
        }}]}]},
        "configuration": [
            {"key": "currency", "description": "ISO 4217", "default": "EUR"},
            {"key": "seller", "description": "Who sells"},
        ],
    })
}

/// The same, getting `it.happened` of `source`.
pub fn subscribing(name: &str, source: &str) -> Json {
    let mut manifest = manifest(name, "1");
    manifest["subscriptions"] = json!([{"source": source, "name": "it.happened"}]);
    manifest
}

/// A host with everything in memory.
pub struct House {
    pub host: Arc<Host>,
    pub traces: Arc<Traces>,
}

/// Where the tests keep compiled code, so that each guest is compiled once.
fn cache() -> &'static Path {
    Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/compiled"))
}

impl House {
    pub fn new(limits: Limits) -> Self {
        Self::with(limits, cache(), BTreeMap::new())
    }

    pub fn configured(configuration: BTreeMap<String, BTreeMap<String, String>>) -> Self {
        Self::with(Limits::default(), cache(), configuration)
    }

    pub fn cached_in(cache: &Path) -> Self {
        Self::with(Limits::default(), cache, BTreeMap::new())
    }

    /// One that keeps its data in `folder`, and so what is deployed.
    pub fn lasting(folder: &Path) -> (Self, Arc<dyn Registry>) {
        let engine: Arc<dyn Engine> = Arc::new(SqliteEngine::open(folder).unwrap());
        let registry = engine.registry();
        (Self::on(engine, Limits::default(), cache(), BTreeMap::new(), Metering::default()), registry)
    }

    /// One whose documents are there.
    pub fn with_documents(documents: Arc<SqliteDocuments>) -> Self {
        let traces = Arc::new(Traces::default());
        let settings = Settings {
            cache_folder: cache().to_owned(),
            engine: Arc::new(SqliteEngine::in_memory().unwrap()),
            documents,
            keyvalue: Arc::new(SqliteKeyValue::in_memory().unwrap()),
            limits: Limits::default(),
            function_limits: BTreeMap::new(),
            configuration: BTreeMap::new(),
            traces: traces.clone(),
            metering: Metering::default(),
            outbound: Outbound::default(),
        };
        Self { host: Host::new(settings).unwrap(), traces }
    }

    /// One with prices and budgets.
    pub fn metered(metering: Metering) -> Self {
        let engine = Arc::new(SqliteEngine::in_memory().unwrap());
        Self::on(engine, Limits::default(), cache(), BTreeMap::new(), metering)
    }

    /// One in which some functions have limits of their own.
    pub fn limited<const N: usize>(limits: Limits, own: [(&str, Limits); N]) -> Self {
        let traces = Arc::new(Traces::default());
        let settings = Settings {
            cache_folder: cache().to_owned(),
            engine: Arc::new(SqliteEngine::in_memory().unwrap()),
            documents: Arc::new(SqliteDocuments::in_memory().unwrap()),
            keyvalue: Arc::new(SqliteKeyValue::in_memory().unwrap()),
            limits,
            function_limits: own.into_iter().map(|(name, limits)| (name.to_owned(), limits)).collect(),
            configuration: BTreeMap::new(),
            traces: traces.clone(),
            metering: Metering::default(),
            outbound: Outbound::default(),
        };
        Self { host: Host::new(settings).unwrap(), traces }
    }

    /// One whose functions reach others.
    pub fn reaching(outbound: Outbound) -> Self {
        let traces = Arc::new(Traces::default());
        let settings = Settings {
            cache_folder: cache().to_owned(),
            engine: Arc::new(SqliteEngine::in_memory().unwrap()),
            documents: Arc::new(SqliteDocuments::in_memory().unwrap()),
            keyvalue: Arc::new(SqliteKeyValue::in_memory().unwrap()),
            limits: Limits::default(),
            function_limits: BTreeMap::new(),
            configuration: BTreeMap::new(),
            traces: traces.clone(),
            metering: Metering::default(),
            outbound,
        };
        Self { host: Host::new(settings).unwrap(), traces }
    }

    /// One with prices and budgets and other limits.
    pub fn limited_and_metered(limits: Limits, metering: Metering) -> Self {
        Self::on(Arc::new(SqliteEngine::in_memory().unwrap()), limits, cache(), BTreeMap::new(), metering)
    }

    /// One that lasts, with prices and budgets.
    pub fn lasting_metered(folder: &Path, metering: Metering) -> (Self, Arc<dyn Registry>) {
        let engine: Arc<dyn Engine> = Arc::new(SqliteEngine::open(folder).unwrap());
        let registry = engine.registry();
        (Self::on(engine, Limits::default(), cache(), BTreeMap::new(), metering), registry)
    }

    fn with(limits: Limits, cache: &Path, configuration: BTreeMap<String, BTreeMap<String, String>>) -> Self {
        Self::on(Arc::new(SqliteEngine::in_memory().unwrap()), limits, cache, configuration, Metering::default())
    }

    fn on(
        engine: Arc<dyn Engine>,
        limits: Limits,
        cache: &Path,
        configuration: BTreeMap<String, BTreeMap<String, String>>,
        metering: Metering,
    ) -> Self {
        let traces = Arc::new(Traces::default());
        let settings = Settings {
            cache_folder: cache.to_owned(),
            engine,
            documents: Arc::new(SqliteDocuments::in_memory().unwrap()),
            keyvalue: Arc::new(SqliteKeyValue::in_memory().unwrap()),
            limits,
            function_limits: BTreeMap::new(),
            configuration,
            traces: traces.clone(),
            metering,
            outbound: Outbound::default(),
        };
        Self { host: Host::new(settings).unwrap(), traces }
    }

    pub async fn put(&self, manifest: &Json) -> Arc<Version> {
        self.host.put_live(guest(&manifest.to_string())).await.unwrap()
    }

    /// The component of the standard world, as the operator put it there under this name.
    pub async fn put_standard(&self, name: &str, grants: &[&str]) -> Arc<Version> {
        let grants = Grants::these(grants.iter().copied());
        let prepared = self.host.prepare(standard(), Origin::Dropped, Some(name), &grants).await.unwrap();
        let version = prepared.version().clone();
        self.host.swap_in(prepared);
        version
    }

    /// What the operator put there, with these grants.
    pub async fn drop_in(&self, manifest: &Json, grants: &[&str]) -> Arc<Version> {
        let grants = Grants::these(grants.iter().copied());
        let prepared = self.host.prepare(guest(&manifest.to_string()), Origin::Dropped, None, &grants).await.unwrap();
        let version = prepared.version().clone();
        self.host.swap_in(prepared);
        version
    }

    pub async fn call(&self, version: &Arc<Version>, path: &str) -> Result<Answer, CallError> {
        self.host.handle(version, call(path)).await
    }

    pub async fn whole(&self, version: &Arc<Version>, path: &str) -> Result<Response, CallError> {
        self.call(version, path).await.map(|answer| match answer {
            Answer::Whole(response) => response,
            Answer::Streaming(_) => panic!("{path} is not expected to stream"),
        })
    }

    /// The body of a call that has to go well, whether it comes in one piece or not.
    pub async fn said(&self, version: &Arc<Version>, path: &str) -> String {
        body(self.call(version, path).await.unwrap()).await
    }

    /// The body of a call that has to go well.
    pub async fn text(&self, version: &Arc<Version>, path: &str) -> String {
        String::from_utf8(self.whole(version, path).await.unwrap().body.into()).unwrap()
    }
}

/// An answer's body, whether it comes in one piece or not.
pub async fn body(answer: Answer) -> String {
    let bytes: Vec<u8> = match answer {
        Answer::Whole(whole) => whole.body.into(),
        Answer::Streaming(streaming) => {
            let chunks: Vec<_> = streaming.body.collect().await;
            chunks.into_iter().flat_map(Result::unwrap).collect()
        }
    };
    String::from_utf8(bytes).unwrap()
}

/// A house with default limits and one live function.
pub async fn house() -> (House, Arc<Version>) {
    house_with(Limits::default()).await
}

pub async fn house_with(limits: Limits) -> (House, Arc<Version>) {
    let house = House::new(limits);
    let version = house.put(&manifest("sales", "1")).await;
    (house, version)
}

/// `GET PATH?QUERY` by a visitor.
pub fn call(path: &str) -> Call {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query.to_owned())));
    Call {
        operation: "ok".into(),
        method: "GET".to_owned(),
        path: path.to_owned(),
        query,
        path_parameters: Vec::new(),
        headers: Vec::new(),
        body: Bytes::new(),
        stream: None,
        caller: Caller::Anonymous,
        trace: Trace::begin(TraceId([7; 16])),
        depth: 0,
        deadline: None,
    }
}

/// Waits until `done`, and fails if that never comes.
pub async fn until<F: Future<Output = bool>>(what: &str, mut done: impl FnMut() -> F) {
    let start = Instant::now();
    while !done().await {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The notes that a function made.
pub async fn notes(database: &Arc<dyn Database>) -> Vec<String> {
    let statement = Statement {
        text: "SELECT note FROM notes ORDER BY id".into(),
        parameters: Vec::new(),
        results: vec![ValueType::Text],
        expect_rows: None,
    };
    let rows = database.query(statement).await.unwrap().rows;
    rows.into_iter()
        .flatten()
        .map(|value| if let Value::Text(note) = value { note } else { panic!("{value:?}") })
        .collect()
}
