//! Talks to the admin listener of the program that serves, on this machine or elsewhere.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header, request::Builder};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use kontor_contract::Problem;
use kontor_edge::admin::SIGNATURE;
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::timeout;

use crate::target::Target;

/// Compiling and describing a component may take so long, and then its migrations.
const DEPLOY_TIMEOUT: Duration = Duration::from_secs(120);
/// How long any other answer may take, all in all.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a listener may wait for what there is nothing of yet, and then answer.
const WAIT_TIMEOUT: Duration = Duration::from_secs(40);
const ANSWER_MAX_BYTES: usize = 16 << 20;

/// The admin listener, and the key that it wants to see.
pub struct Client {
    target: Target,
    key: Option<String>,
}

impl Client {
    /// For this listener; without a key or a token it shows what everybody on its machine may see.
    pub fn new(target: impl Into<Target>, key: Option<String>) -> Self {
        Self { target: target.into(), key }
    }

    /// Reads something.
    ///
    /// # Errors
    /// Nobody answers, or with a problem.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        read(self.send(Method::GET, path, Bytes::new()).await?)
    }

    /// Reads something that may come later.
    ///
    /// # Errors
    /// Nobody answers, or with a problem.
    pub async fn wait<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        read(self.send_within(WAIT_TIMEOUT, self.request(Method::GET, path).body(Full::default())?).await?)
    }

    /// Does something that answers with what it made.
    ///
    /// # Errors
    /// Nobody answers, or with a problem.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        read(self.send(Method::POST, path, serde_json::to_vec(body)?.into()).await?)
    }

    /// Sends a component, and gives what was made of it.
    ///
    /// # Errors
    /// Nobody answers, or with a problem.
    pub async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        component: Vec<u8>,
        signature: Option<&str>,
    ) -> Result<T> {
        let request = self.request(Method::POST, path);
        let request = match signature {
            Some(signature) => request.header(SIGNATURE, signature),
            None => request,
        };
        read(self.send_within(DEPLOY_TIMEOUT, request.body(Full::new(component.into()))?).await?)
    }

    /// Does something that has nothing to say.
    ///
    /// # Errors
    /// Nobody answers, or with a problem.
    pub async fn order(&self, method: Method, path: &str, body: Option<&(impl Serialize + Sync)>) -> Result<()> {
        let body = body.map(serde_json::to_vec).transpose()?.unwrap_or_default();
        good(self.send(method, path, body.into()).await?).map(drop)
    }

    /// Sends one request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// Nobody answers there, or not in time.
    pub async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<(StatusCode, Bytes)> {
        // What changes functions may have to compile one, and waits for others that do.
        let changes = method != Method::GET && path.starts_with("/api/functions");
        let limit = if changes { DEPLOY_TIMEOUT } else { ANSWER_TIMEOUT };
        self.send_within(limit, self.request(method, path).body(Full::new(body))?).await
    }

    fn request(&self, method: Method, path: &str) -> Builder {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.target.authority())
            .header(header::CONTENT_TYPE, "application/json");
        match &self.key {
            Some(key) => request.header(header::AUTHORIZATION, format!("Bearer {key}")),
            None => request,
        }
    }

    async fn send_within(&self, limit: Duration, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes)> {
        let answer = timeout(limit, self.exchange(request)).await;
        answer.map_err(|_| anyhow!("no answer in {limit:?}")).and_then(|answer| answer).with_context(|| {
            let address = self.target.authority();
            format!("the admin listener at {address} does not answer; is `kontor serve` running there?")
        })
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes)> {
        let stream = self.target.connect().await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let driving = tokio::spawn(connection);
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER_MAX_BYTES).collect().await;
        driving.abort();
        Ok((status, body.map_err(|error| anyhow!(error))?.to_bytes()))
    }
}

fn good((status, body): (StatusCode, Bytes)) -> Result<Bytes> {
    if status.is_success() {
        return Ok(body);
    }
    match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) => {
            let more = [problem.detail, problem.hint].into_iter().flatten().collect::<Vec<_>>().join(" ");
            bail!("{}", if more.is_empty() { problem.title } else { more })
        }
        Err(_) => bail!("the admin listener answered {status}"),
    }
}

fn read<T: DeserializeOwned>(answer: (StatusCode, Bytes)) -> Result<T> {
    serde_json::from_slice(&good(answer)?).context("the admin listener answered something else; is it another version?")
}
