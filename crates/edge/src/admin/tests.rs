//! The admin listener's routes over a host without functions.

use axum::body::{Body, to_bytes};
use http::{Method, StatusCode, header};
use kontor_contract::SqlNeeds;
use kontor_data::{
    Async, Database, Deployment, Desired, Engine, Limits, OpenError, RegistryError, Run, Spent, Token, Usage,
};
use parking_lot::Mutex;
use tower::ServiceExt;

use super::*;

/// Keeps tokens in memory and has no databases.
#[derive(Default)]
struct Memory(Mutex<Vec<Token>>);

struct NoDatabases(Arc<Memory>);

impl Registry for Memory {
    fn tokens(&self) -> Async<'_, Result<Vec<Token>, RegistryError>> {
        Box::pin(async { Ok(self.0.lock().clone()) })
    }

    fn add_token(&self, token: Token) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(async move {
            let mut all = self.0.lock();
            if all.iter().any(|known| known.name == token.name && known.revoked_us.is_none()) {
                return Err(RegistryError::Exists(token.name));
            }
            all.retain(|known| known.name != token.name);
            all.push(token);
            Ok(())
        })
    }

    fn revoke_token(&self, name: &str, at_us: i64) -> Async<'_, Result<bool, RegistryError>> {
        let name = name.to_owned();
        Box::pin(async move {
            let mut all = self.0.lock();
            let token = all.iter_mut().find(|known| known.name == name && known.revoked_us.is_none());
            Ok(token.map(|token| token.revoked_us = Some(at_us)).is_some())
        })
    }

    fn desired(&self) -> Async<'_, Result<Vec<Desired>, RegistryError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn desire(&self, _: Desired) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(async { Ok(()) })
    }

    fn deploy<'a>(
        &'a self,
        deployment: Deployment,
        _: &'a [u8],
        _: Option<String>,
    ) -> Async<'a, Result<Deployment, RegistryError>> {
        Box::pin(async { Ok(deployment) })
    }

    fn deployments<'a>(&'a self, _: &'a str) -> Async<'a, Result<Vec<Deployment>, RegistryError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn component<'a>(&'a self, _: &'a str, _: u64) -> Async<'a, Result<Option<Vec<u8>>, RegistryError>> {
        Box::pin(async { Ok(None) })
    }

    fn settle(&self, _: Vec<Usage>, _: Vec<Spent>) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(async { Ok(()) })
    }

    fn usage(&self, _: i64) -> Async<'_, Result<Vec<Usage>, RegistryError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn spent(&self) -> Async<'_, Result<Vec<Spent>, RegistryError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn runs(&self) -> Async<'_, Result<Vec<Run>, RegistryError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn begin_run(&self, _: Run) -> Async<'_, Result<bool, RegistryError>> {
        Box::pin(async { Ok(true) })
    }

    fn end_run(&self, _: Run) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(async { Ok(()) })
    }
}

impl Engine for NoDatabases {
    fn name(&self) -> String {
        "nothing".to_owned()
    }

    fn open(&self, _: &str, _: Option<SqlNeeds>, _: Limits) -> Async<'_, Result<Arc<dyn Database>, OpenError>> {
        Box::pin(async { Err(OpenError::Store("there are no databases here".to_owned())) })
    }

    fn existing(&self) -> Result<Vec<String>, OpenError> {
        Ok(Vec::new())
    }

    fn registry(&self) -> Arc<dyn Registry> {
        self.0.clone()
    }
}

struct Desk {
    admin: Arc<Admin>,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn new(bundled: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let registry = Arc::<Memory>::default();
        let traces = Arc::<Traces>::default();
        let host = Host::new(kontor_host::Settings {
            cache_folder: folder.path().to_owned(),
            engine: Arc::new(NoDatabases(registry.clone())),
            documents: Arc::<kontor_data::memory::MemoryDocuments>::default(),
            keyvalue: Arc::<kontor_data::memory::MemoryKeyValue>::default(),
            limits: kontor_host::Limits::default(),
            function_limits: Default::default(),
            configuration: Default::default(),
            traces: traces.clone(),
            metering: Default::default(),
            outbound: kontor_host::Outbound::default(),
        })
        .unwrap();
        let deployments = Deployments::new(host.clone(), registry.clone(), Default::default(), Default::default());
        let accounts = Accounts::open(host.clone(), registry.clone()).await.unwrap();
        let schedules = Schedules::open(host.clone(), registry.clone()).await.unwrap();
        let admin = Admin {
            host,
            accounts,
            schedules,
            deployments,
            registry,
            tokens: Arc::default(),
            traces,
            figures: Arc::default(),
            pages: Arc::default(),
            address: Address { https: false, domain: "localhost".into(), port: 8000 },
            key: crate::tokens::hash("the key"),
            version: "1.2.3",
            dev: false,
            started: SystemTime::now(),
            bundled: bundled.iter().map(|&name| name.to_owned()).collect(),
            problems: Box::new(Vec::new),
            watched: Vec::new(),
            stopping: AtomicBool::new(false),
            changing_tokens: tokio::sync::Mutex::default(),
        };
        Self { admin: Arc::new(admin), _folder: folder }
    }

    async fn send(&self, request: http::request::Builder, body: &str) -> (StatusCode, String) {
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let answer = router(self.admin.clone()).oneshot(request).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn ask(&self, method: Method, path: &str, body: &str) -> (StatusCode, String) {
        let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080");
        self.send(request.header(header::AUTHORIZATION, "Bearer the key"), body).await
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        self.send(Request::builder().uri(path).header(header::HOST, "127.0.0.1:8080"), "").await
    }
}

#[tokio::test]
async fn a_missing_function_or_a_stop_makes_it_unready_but_not_dead() {
    let desk = Desk::new(&[]).await;
    assert_eq!(desk.get("/readyz").await.0, StatusCode::OK);
    desk.admin.stopping.store(true, Relaxed);
    let (status, text) = desk.get("/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains("stopping"), "{text}");

    let desk = Desk::new(&["sales"]).await;
    let (status, text) = desk.get("/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains("the function sales is not live"), "{text}");
    assert_eq!(desk.get("/healthz").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_token_works_as_soon_as_it_is_made_and_not_after_it_is_revoked() {
    let desk = Desk::new(&[]).await;
    let (status, text) = desk.ask(Method::POST, "/api/tokens", r#"{"name":"shop","scopes":["sales:reset"]}"#).await;
    assert_eq!(status, StatusCode::CREATED, "{text}");
    let created: tokens::Created = serde_json::from_str(&text).unwrap();
    assert_eq!(desk.admin.tokens.find(&created.secret).unwrap().scopes, ["sales:reset"]);

    let (status, text) = desk.ask(Method::GET, "/api/tokens", "").await;
    assert!(status == StatusCode::OK && text.contains("shop") && !text.contains(&created.secret), "{text}");
    assert_eq!(desk.ask(Method::DELETE, "/api/tokens/shop", "").await.0, StatusCode::NO_CONTENT);
    assert_eq!(desk.admin.tokens.find(&created.secret), None);
}

#[tokio::test]
async fn what_is_wrong_with_an_order_is_said() {
    let desk = Desk::new(&[]).await;
    let good = r#"{"name":"shop","scopes":["*"]}"#;
    assert_eq!(desk.ask(Method::POST, "/api/tokens", good).await.0, StatusCode::CREATED);
    for (method, path, body, status, code) in [
        (Method::POST, "/api/tokens", good, 409, "token-exists"),
        (Method::POST, "/api/tokens", "{", 400, "not-json"),
        (Method::POST, "/api/tokens", r#"{"name":"a","scopes":["*"],"x":1}"#, 422, "invalid-body"),
        (Method::POST, "/api/tokens", r#"{"name":"a","scopes":["all"]}"#, 422, "invalid-token"),
        (Method::DELETE, "/api/tokens/nobody", "", 404, "unknown-token"),
        (Method::POST, "/api/events/skip", r#"{"source":"a","subscriber":"b","id":1}"#, 404, "unknown-event"),
        (Method::POST, "/api/events/skip", r#"{"source":"a","subscriber":"b","id":"one"}"#, 422, "invalid-body"),
        (Method::PUT, "/api/tokens", "", 405, "method-not-allowed"),
        (Method::GET, "/elsewhere", "", 404, "unknown-path"),
        (Method::POST, "/", "", 404, "unknown-path"),
    ] {
        let (found, text) = desk.ask(method.clone(), path, body).await;
        assert_eq!(found.as_u16(), status, "{method} {path}: {text}");
        assert!(text.contains(&format!("urn:kontor:problem:{code}")), "{text}");
    }
}

#[tokio::test]
async fn without_the_key_nothing_changes_and_no_token_is_listed() {
    let desk = Desk::new(&[]).await;
    let guarded = [
        (Method::GET, "/api/tokens"),
        (Method::POST, "/api/tokens"),
        (Method::DELETE, "/api/tokens/shop"),
        (Method::POST, "/api/events/replay"),
        (Method::POST, "/api/events/skip"),
    ];
    for (method, path) in guarded {
        for shown in [None, Some("Bearer wrong"), Some("Basic the key"), Some("the key"), Some("Bearer ")] {
            let mut request = Request::builder().method(method.clone()).uri(path).header(header::HOST, "localhost");
            if let Some(shown) = shown {
                request = request.header(header::AUTHORIZATION, shown);
            }
            let (status, text) = desk.send(request, "{}").await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path} {shown:?}: {text}");
        }
    }
}

#[tokio::test]
async fn a_foreign_host_or_none_reaches_nothing() {
    let desk = Desk::new(&[]).await;
    for path in ["/", "/api/overview", "/metrics", "/healthz", "/api/tokens"] {
        let foreign = Request::builder().uri(path).header(header::HOST, "rebound.example:8080");
        assert_eq!(desk.send(foreign, "").await.0, StatusCode::MISDIRECTED_REQUEST, "{path}");
        assert_eq!(desk.send(Request::builder().uri(path), "").await.0, StatusCode::MISDIRECTED_REQUEST, "{path}");
        let site =
            Request::builder().uri(path).header(header::HOST, "localhost").header("sec-fetch-site", "cross-site");
        assert_eq!(desk.send(site, "").await.0, StatusCode::FORBIDDEN, "{path}");
    }
}

/// One sample's name, labels and value, if the line is one by the text format's grammar.
fn sample(line: &str) -> Option<(&str, f64)> {
    let (left, value) = line.rsplit_once(' ')?;
    let value = if value == "+Inf" { f64::INFINITY } else { value.parse().ok()? };
    let Some((name, labels)) = left.split_once('{') else { return Some((left, value)) };
    let mut rest = labels.strip_suffix('}')?;
    while !rest.is_empty() {
        let (label, after) = rest.split_once("=\"")?;
        let legal = label.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        let mut escaped = false;
        let end = after.find(|letter| {
            let ends = letter == '"' && !escaped;
            escaped = letter == '\\' && !escaped;
            ends
        })?;
        if !legal || label.is_empty() {
            return None;
        }
        rest = &after[end + 1..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    Some((name, value))
}

#[tokio::test]
async fn metrics_are_prometheus_text_and_each_figure_is_explained() {
    let desk = Desk::new(&["sales"]).await;
    desk.admin.figures.pages.record(200, std::time::Duration::from_millis(1), 0, 10);
    let (status, text) = desk.get("/metrics").await;
    assert_eq!(status, StatusCode::OK);
    let mut family = "";
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(
                text.contains(&format!("# HELP {name} ")) && ["counter", "gauge", "histogram"].contains(&kind),
                "{line}"
            );
            assert_eq!(text.matches(&format!("# TYPE {name} ")).count(), 1, "{name} begins twice");
            family = name;
        } else if !line.starts_with('#') {
            let (name, value) = sample(line).unwrap_or_else(|| panic!("no sample: {line}"));
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            assert!(name == family || base == family, "{line} stands below {family}");
            assert!(value >= 0.0, "{line}");
        }
    }
    assert!(text.contains("kontor_build_info{version=\"1.2.3\",dev=\"false\"} 1\n"), "{text}");
    assert!(text.contains("kontor_requests_total{function=\"\",operation=\"pages\",class=\"2xx\"} 1\n"), "{text}");
    assert!(text.contains("kontor_ready 0\n"), "{text}");
}

#[tokio::test]
async fn the_overview_has_what_the_dashboard_reads() {
    let desk = Desk::new(&["sales"]).await;
    let (status, text) = desk.get("/api/overview").await;
    assert_eq!(status, StatusCode::OK);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["version"], "1.2.3");
    assert_eq!(value["ready"], false);
    assert_eq!(value["problems"][0], "the function sales is not live");
    assert!(value["functions"].is_array() && value["events"].is_array() && value["started_ms"].is_u64());
    assert_eq!(desk.get("/api/traces").await.1, "[]");
    assert_eq!(desk.get("/api/events").await.1, "[]");
}

#[test]
fn what_a_configuration_lacks_is_told_in_one_line() {
    let fault = |key: &str, what: &str| kontor_contract::ConfigurationFault { key: key.into(), what: what.into() };
    let faults = [fault("a", "it is not set"), fault("b", "it is not set"), fault("c", "neither it nor d is set")];
    assert_eq!(
        super::incomplete_configuration("invoices", &faults),
        "the configuration of invoices is not complete, and what needs it waits; set in [functions.invoices.config] of \
         kontor.toml: a, b (it is not set); c (neither it nor d is set)"
    );
}

#[tokio::test]
async fn usage_is_there_and_says_what_it_takes() {
    let desk = Desk::new(&[]).await;
    let (status, text) = desk.get("/api/usage").await;
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &value["currency"], &value["cost"]), (StatusCode::OK, &"EUR".into(), &"0.000000".into()));
    let (status, text) = desk.get("/api/usage?since=yesterday").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text.contains("since_ms"), "{text}");
}
