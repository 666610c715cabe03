//! Functions that do what a test asks for, and an edge before them.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use kontor_host::{Answer, Call, CallError, Caller, Identity, Response, Streaming, UsedUp};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, oneshot, watch},
    task::JoinHandle,
};

use super::client::Client;
use crate::{
    Edge, EdgeLimits, File, Pages, Settings,
    functions::{Functions, Published},
    routes::tests::Paper,
    tokens::hash,
};

/// Answers by path.
pub(super) struct Fake {
    pub(super) live: watch::Sender<Arc<Vec<Arc<Paper>>>>,
    /// `/wait` needs a permit to go on.
    pub(super) gate: Semaphore,
    /// How many calls are in `/wait` or were.
    pub(super) waiting: watch::Sender<usize>,
}

impl Functions for Fake {
    type Version = Paper;
    type Live = Vec<Arc<Paper>>;

    fn live(&self) -> watch::Receiver<Arc<Self::Live>> {
        self.live.subscribe()
    }

    fn versions(live: &Self::Live) -> Vec<Arc<Paper>> {
        live.clone()
    }

    async fn handle(&self, version: &Arc<Paper>, call: Call) -> Result<Answer, CallError> {
        let second = Duration::from_secs(1);
        if version.is_standard() {
            return Ok(text(200, &self.streamed(call).await));
        }
        match &*call.path {
            "/api/wait" => {
                self.waiting.send_modify(|waiting| *waiting += 1);
                self.gate.acquire().await.unwrap().forget();
                Ok(text(200, "waited"))
            }
            "/api/fail/trap" => Err(CallError::Trap("the guest's secret".into())),
            "/api/fail/deadline" => Err(CallError::Deadline(second)),
            "/api/fail/cpu" => Err(CallError::Cpu(second)),
            "/api/fail/overloaded" => Err(CallError::Overloaded),
            "/api/fail/no-instance" => Err(CallError::NoInstance("the guest's secret".into())),
            "/api/fail/stopping" => Err(CallError::Stopping),
            "/api/fail/used-up" => Err(CallError::UsedUp(Box::new(UsedUp {
                what: "The 5 requests to sales for this hour are used up.".to_owned(),
                resets: UNIX_EPOCH + Duration::from_secs(3600),
                resets_in: Duration::from_millis(1500),
            }))),
            "/api/fail/status" => Ok(text(99, "")),
            "/api/selfish" => Ok(selfish()),
            "/api/problem" => Ok(problem()),
            "/api/large" => Ok(text(200, &"x".repeat(8 << 20))),
            "/api/stream" => Ok(chunks(Ok("two".into()))),
            "/api/broken" => Ok(chunks(Err(CallError::Deadline(second)))),
            _ => Ok(text(200, &echo(version, &call).to_string())),
        }
    }
}

impl Fake {
    /// Reads a body piece by piece, and says so when the first one is there.
    async fn streamed(&self, call: Call) -> String {
        assert!(call.body.is_empty(), "what streams is not there as a whole");
        let mut body = String::new();
        let Some(mut stream) = call.stream else { return body };
        while let Some(Ok(piece)) = stream.next().await {
            self.waiting.send_modify(|waiting| *waiting += 1);
            body.push_str(&String::from_utf8_lossy(&piece));
        }
        body
    }
}

fn text(status: u16, body: &str) -> Answer {
    let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
    Answer::Whole(Response { status, headers, body: Bytes::from(body.to_owned()) })
}

/// A problem as a function makes it.
fn problem() -> Answer {
    let headers = vec![("content-type".to_owned(), "application/problem+json".to_owned())];
    let body = r#"{"type":"urn:kontor:problem:sold-out","title":"Sold out","status":422,"code":"sold-out","left":0}"#;
    Answer::Whole(Response { status: 422, headers, body: Bytes::from_static(body.as_bytes()) })
}

/// Headers that would weaken every other answer of the host.
fn selfish() -> Answer {
    let header = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let headers = [
        ("set-cookie", "session=mine; path=/"),
        ("access-control-allow-origin", "*"),
        ("service-worker-allowed", "/"),
        ("x-frame-options", "SAMEORIGIN"),
        ("content-type", "text/html"),
    ];
    let headers = headers.into_iter().map(header).collect();
    Answer::Whole(Response { status: 200, headers, body: Bytes::from_static(b"mine") })
}

/// One chunk, and after it was sent, a last one.
fn chunks(last: Result<Bytes, CallError>) -> Answer {
    let last = async {
        tokio::task::yield_now().await;
        last
    };
    let body = stream::once(async { Ok("one,".into()) }).chain(stream::once(last));
    Answer::Streaming(Streaming { status: 200, headers: Vec::new(), body: Box::pin(body) })
}

fn echo(version: &Paper, call: &Call) -> Value {
    let caller = match &call.caller {
        Caller::Anonymous => "",
        Caller::Service(identity) => &identity.name,
    };
    json!({
        "function": **version.name(), "operation": *call.operation, "method": call.method, "path": call.path,
        "query": call.query, "parameters": call.path_parameters, "headers": call.headers,
        "body": String::from_utf8_lossy(&call.body), "caller": caller, "trace": call.trace.id.to_string(),
    })
}

/// What the functions document.
fn papers() -> Vec<Arc<Paper>> {
    let get = |id: &str| json!({ "get": { "operationId": id } });
    let sales = json!({ "openapi": "3.1.0", "paths": {
        "/api/echo": {
            "get": { "operationId": "look", "parameters": [{ "name": "a", "in": "query" }] },
            "post": { "operationId": "echo" },
        },
        "/api/items/{item}": get("item"),
        "/api/selfish": get("selfish"), "/api/problem": get("problem"), "/internal": get("internal"), "/api/wait": get("wait"), "/api/large": get("large"), "/api/stream": get("stream"),
        "/api/broken": get("broken"), "/api/fail/{how}": get("fail"),
        "/api/reset": { "delete": { "operationId": "reset", "security": [{ "service": ["sales:reset"] }] } },
    }});
    let standard = ["GET /standard", "POST /standard/{*path}"];
    vec![Paper::new("sales", sales), Paper::standard("standard", &standard)]
}

fn pages() -> Pages {
    let file = |path: &str, text: &str| File {
        path: path.into(),
        bytes: Bytes::from(text.to_owned()),
        brotli: path.ends_with(".js").then(|| Bytes::from_static(b"brotli!")),
        gzip: path.ends_with(".js").then(|| Bytes::from_static(b"gzip!")),
        hash: "h1".into(),
    };
    Pages::new([
        file("/index.html", "<h1>Shop</h1>"),
        file("/sales.html", "<h1>Sales</h1>"),
        File { hash: "h2".into(), ..file("/sales.de.html", "<h1>Verkäufe</h1>") },
        file("/docs.html", "<h1>Docs</h1>"),
        file("/dashboard.html", "<h1>Dashboard</h1>"),
        file("/assets/shop-abc.js", "let x = 1"),
    ])
}

/// A running edge.
pub(super) struct Running {
    pub(super) address: SocketAddr,
    pub(super) edge: Arc<Edge<Fake>>,
    pub(super) functions: Arc<Fake>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<usize>,
}

impl Running {
    pub(super) async fn start(change: impl FnOnce(&mut Settings<Fake>)) -> Self {
        let functions = Arc::new(Fake {
            live: watch::Sender::new(Arc::new(papers())),
            gate: Semaphore::new(0),
            waiting: watch::Sender::new(0),
        });
        let mut settings = Settings::new(functions.clone(), Arc::new(pages()));
        let shop = Identity { name: "shop".into(), scopes: vec!["sales:reset".into()] };
        let other = Identity { name: "other".into(), scopes: vec!["x".into()] };
        settings.tokens.replace([(hash("good"), Arc::new(shop)), (hash("weak"), Arc::new(other))]);
        change(&mut settings);
        let edge = Edge::new(settings);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { _ = stopped.await };
        let serving = tokio::spawn(edge.clone().serve(listener, shutdown));
        Self { address, edge, functions, stop: Some(stop), serving }
    }

    pub(super) async fn with_limits(limits: EdgeLimits) -> Self {
        Self::start(|settings| settings.limits = limits).await
    }

    pub(super) async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// Returns when so many calls are, or were, in `/wait`.
    pub(super) async fn wait_for_calls(&self, count: usize) {
        self.functions.waiting.subscribe().wait_for(|waiting| *waiting >= count).await.unwrap();
    }

    /// Begins to stop.
    pub(super) fn begin_to_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// How many connections had to be broken off.
    pub(super) async fn stopped(self) -> usize {
        self.serving.await.unwrap()
    }
}
