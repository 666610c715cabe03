//! Another server, on this machine: answers by path, and remembers what it was sent.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::{Request, Response, body::Frame, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinHandle};

type Body = BoxBody<Bytes, std::io::Error>;

/// What was counted.
#[derive(Default)]
pub struct Seen {
    pub connections: AtomicUsize,
    pub requests: AtomicUsize,
}

/// A server; it ends with this.
pub struct Server {
    pub address: SocketAddr,
    pub seen: Arc<Seen>,
    serving: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Seen>::default();
        let noted = seen.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                noted.connections.fetch_add(1, Relaxed);
                let noted = noted.clone();
                let service = service_fn(move |request| {
                    let noted = noted.clone();
                    async move {
                        noted.requests.fetch_add(1, Relaxed);
                        answer(request).await
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, seen, serving }
    }

    /// `http://127.0.0.1:PORT` and a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What has to be granted to reach it.
    pub fn grant(&self) -> String {
        format!("http:{}", self.address)
    }

    pub fn requests(&self) -> usize {
        self.seen.requests.load(Relaxed)
    }
}

fn whole(body: impl Into<Bytes>) -> Body {
    Full::new(body.into()).map_err(|never| match never {}).boxed()
}

/// So many pieces of 64 KiB, and then perhaps an end that is none.
fn pieces(count: usize, breaks: bool) -> Body {
    let piece = |_| Ok(Frame::data(Bytes::from(vec![b'x'; 64 << 10])));
    let end = breaks.then(|| Err(std::io::Error::other("it breaks off")));
    StreamBody::new(futures_util::stream::iter((0..count).map(piece).chain(end))).boxed()
}

async fn answer(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let query = head.uri.query().unwrap_or_default();
    let number: usize = query.parse().unwrap_or(1);
    let mut answer = Response::new(whole("ok"));
    match head.uri.path() {
        "/echo" => {
            let headers: Vec<String> = head.headers.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
            let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            *answer.body_mut() = whole(format!("{} {} {}", head.method, headers.join(" "), String::from_utf8_lossy(&body)));
        }
        "/redirect" => {
            *answer.status_mut() = http::StatusCode::FOUND;
            answer.headers_mut().insert("location", query.parse().unwrap());
        }
        "/large" => *answer.body_mut() = pieces(number, false),
        "/breaks" => *answer.body_mut() = pieces(number, true),
        "/headers" => _ = answer.headers_mut().insert("x-large", "v".repeat(number).parse().unwrap()),
        "/never" => std::future::pending().await,
        _ => {}
    }
    Ok(answer)
}
