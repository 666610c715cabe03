//! HTTP/1.1 with one connection that a test holds in its hand: it decides where to connect, which `Host` to name and
//! when to let go. A client with a pool and retries of its own would hide what these tests are about.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::{HeaderMap, Method};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// No answer of the program may take longer; its own deadline is 10 s.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// A request as a test writes it down.
#[derive(Debug, Clone)]
pub struct Request {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Request {
    /// Any method; `path` with its query.
    ///
    /// # Panics
    /// Never: a method that HTTP does not allow becomes `GET`.
    #[must_use]
    pub fn new(method: &str, path: impl Into<String>) -> Self {
        let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET);
        Self { method, path: path.into(), headers: Vec::new(), body: Bytes::new() }
    }

    /// `GET path`.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    /// `POST path` with a JSON body.
    #[must_use]
    pub fn post(path: impl Into<String>, body: &Value) -> Self {
        Self::new("POST", path).header("content-type", "application/json").body(body.to_string())
    }

    /// Names the virtual host; without it the client's own is named.
    #[must_use]
    pub fn host(self, host: &str) -> Self {
        self.header("host", host)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sends a service token or the admin key.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Sets the body, whatever it is.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    fn into_http(self, host: &str) -> Result<http::Request<Full<Bytes>>> {
        let mut request = http::Request::builder().method(self.method).uri(self.path);
        if !self.headers.iter().any(|(name, _)| name == "host") {
            request = request.header("host", host);
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(Full::new(self.body)).context("the test's request is no HTTP")
    }
}

/// An answer with its whole body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body as sent, still compressed if it was.
    pub body: Bytes,
}

impl Answer {
    /// A header's first value, if it is there and text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// If it is none; the text says what came instead.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("status {}, and no JSON: {:.300}", self.status, self.text()))
    }

    /// The body as JSON, if the status is the expected one.
    ///
    /// # Errors
    /// Another status, or no JSON.
    pub fn expect(&self, status: u16) -> Result<Value> {
        if self.status != status {
            bail!("expected status {status}, got {}: {:.500}", self.status, self.text());
        }
        self.json()
    }

    /// Checks that this is the RFC 9457 problem `code` with `status`, and gives it.
    ///
    /// # Errors
    /// Another status, another code, another media type, or a `type` that does not go with the code.
    pub fn problem(&self, status: u16, code: &str) -> Result<Value> {
        let problem = self.expect(status)?;
        let media_type = self.header("content-type").unwrap_or_default();
        if !media_type.starts_with("application/problem+json") {
            bail!("a problem of media type {media_type:?}: {problem}");
        }
        let same = problem["code"] == code
            && problem["type"] == format!("urn:kontor:problem:{code}")
            && problem["status"] == status;
        if !same {
            bail!("expected the problem {code} with {status}: {problem}");
        }
        Ok(problem)
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Lost {
    /// The request never left: whatever it asked for did not happen.
    NotSent(String),
    /// It left, or may have: whether it took effect is unknown.
    Unanswered(String),
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotSent(why) => write!(f, "not sent: {why}"),
            Self::Unanswered(why) => write!(f, "sent, but not answered: {why}"),
        }
    }
}

impl std::error::Error for Lost {}

/// A client with one connection, kept alive from request to request and opened again when it is lost.
pub struct Client {
    address: SocketAddr,
    host: String,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    /// A client of `address` that names `host` where a request names none. Connects with the first request.
    #[must_use]
    pub fn new(address: SocketAddr, host: &str) -> Self {
        Self { address, host: host.to_owned(), connection: None }
    }

    /// Sends one request and waits for its whole answer.
    ///
    /// # Errors
    /// If none came; it tells whether the request may have taken effect.
    pub async fn send(&mut self, request: Request) -> Result<Answer, Lost> {
        let request = request.into_http(&self.host).map_err(|error| Lost::NotSent(format!("{error:#}")))?;
        let answer = timeout(ANSWER_MAX, self.exchange(request)).await;
        let answer = answer.unwrap_or_else(|_| Err(Lost::Unanswered(format!("no answer within {ANSWER_MAX:?}"))));
        if answer.is_err() {
            self.connection = None;
        }
        answer
    }

    async fn exchange(&mut self, request: http::Request<Full<Bytes>>) -> Result<Answer, Lost> {
        let connection = self.connect().await.map_err(|error| Lost::NotSent(format!("{error:#}")))?;
        let answer = connection.try_send_request(request).await.map_err(|mut error| match error.take_message() {
            Some(_) => Lost::NotSent(error.into_error().to_string()),
            None => Lost::Unanswered(error.into_error().to_string()),
        })?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map_err(|error| Lost::Unanswered(error.to_string()))?;
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: body.to_bytes() })
    }

    async fn connect(&mut self) -> Result<&mut SendRequest<Full<Bytes>>> {
        // The server may close an idle connection at any time; a request must not be lost to that.
        let alive = match &mut self.connection {
            Some(connection) => connection.ready().await.is_ok(),
            None => false,
        };
        if !alive {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            let (connection, driver) = handshake(TokioIo::new(stream)).await?;
            tokio::spawn(driver);
            self.connection = Some(connection);
        }
        self.connection.as_mut().context("just connected")
    }
}

/// Sends bytes as they are, valid or not, and gives whatever comes back until the server closes or `patience` is over.
///
/// # Errors
/// If nobody listens at `address`.
pub async fn raw(address: SocketAddr, bytes: &[u8], patience: Duration) -> Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    // A server that refuses early may close while the rest is on its way: what it said before is what counts.
    let _refused_early = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _reset_or_over = timeout(patience, stream.read_to_end(&mut answer)).await;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
