//! A client that sends exactly the bytes it is told to.

use std::{future::Future, net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// Nothing here takes that long; a test that hangs fails instead.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it takes too long")
}

pub(super) struct Client(BufReader<TcpStream>);

/// An answer as it came over the wire.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
    /// Whether the body was there to its end.
    pub(super) complete: bool,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found: Vec<&str> =
            self.headers.iter().filter(|(known, _)| known == name).map(|(_, v)| v.as_str()).collect();
        assert!(found.len() <= 1, "{name} was sent more than once: {found:?}");
        found.first().copied()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Client {
    pub(super) async fn connect(address: SocketAddr) -> Self {
        Self(BufReader::new(in_time(TcpStream::connect(address)).await.unwrap()))
    }

    pub(super) async fn send(&mut self, text: &str) {
        in_time(self.0.write_all(text.as_bytes())).await.unwrap();
    }

    /// Sends as much as the server takes.
    pub(super) async fn try_send(&mut self, bytes: &[u8]) -> bool {
        in_time(self.0.write_all(bytes)).await.is_ok()
    }

    /// Sends a request and reads its answer.
    pub(super) async fn ask(&mut self, request: &str) -> Reply {
        self.send(request).await;
        self.reply(!request.starts_with("HEAD ")).await
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        in_time(self.0.read_line(&mut line)).await.unwrap();
        line.trim_end().to_owned()
    }

    /// Reads one answer.
    pub(super) async fn reply(&mut self, has_body: bool) -> Reply {
        let status = self.line().await;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut reply =
            Reply { status: status.expect("no answer"), headers: Vec::new(), body: String::new(), complete: true };
        loop {
            let line = self.line().await;
            let Some((name, value)) = line.split_once(": ") else { break };
            reply.headers.push((name.to_owned(), value.to_owned()));
        }
        if !has_body || matches!(reply.status, 100 | 204 | 304) {
            return reply;
        }
        if reply.header("transfer-encoding") == Some("chunked") {
            self.chunks(&mut reply).await;
        } else {
            let mut body = vec![0; reply.header("content-length").expect("a length").parse().unwrap()];
            in_time(self.0.read_exact(&mut body)).await.unwrap();
            reply.body = String::from_utf8(body).unwrap();
        }
        reply
    }

    async fn chunks(&mut self, reply: &mut Reply) {
        loop {
            let size = self.line().await;
            if size.is_empty() {
                reply.complete = false;
                return;
            }
            let mut chunk = vec![0; usize::from_str_radix(&size, 16).unwrap() + 2];
            in_time(self.0.read_exact(&mut chunk)).await.unwrap();
            if chunk.len() == 2 {
                return;
            }
            reply.body.push_str(std::str::from_utf8(&chunk[..chunk.len() - 2]).unwrap());
        }
    }

    /// Returns what else comes until the server closes the connection.
    pub(super) async fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        // A reset is an end too.
        _ = in_time(self.0.read_to_end(&mut rest)).await;
        String::from_utf8_lossy(&rest).into_owned()
    }
}
