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
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

/// The certificate (DER) of a server with TLS. It signed itself, for a hundred years, and its key lies beside it for
/// everybody to see: it is worth nothing outside of these tests.
pub fn certificate() -> Vec<u8> {
    CertificateDer::from_pem_slice(include_bytes!("server/localhost.pem")).unwrap().to_vec()
}

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
        Self::with(None).await
    }

    /// One that speaks TLS, as `localhost`, with a certificate that only who is told trusts.
    pub async fn with_tls() -> Self {
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("server/localhost.key.pem")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![certificate().into()], key).unwrap();
        Self::with(Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn with(tls: Option<TlsAcceptor>) -> Self {
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
                let tls = tls.clone();
                tokio::spawn(async move {
                    let builder = http1::Builder::new();
                    match tls {
                        None => drop(builder.serve_connection(TokioIo::new(stream), service).await),
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                drop(builder.serve_connection(TokioIo::new(stream), service).await);
                            }
                        }
                    }
                });
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
            *answer.body_mut() =
                whole(format!("{} {} {}", head.method, headers.join(" "), String::from_utf8_lossy(&body)));
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
