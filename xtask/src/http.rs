//! Just enough HTTP/1.1 to ask a program on this machine a question.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

const ANSWER_MAX: Duration = Duration::from_secs(30);

/// An answer's status and body.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// 100 to 599.
    pub status: u16,
    /// The body, decoded if it came in chunks.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("no JSON with status {}: {}", self.status, self.body))
    }
}

/// `GET` on a connection of its own.
pub fn get(port: u16, host: &str, path: &str) -> Result<Answer> {
    send(port, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
}

/// `GET` by a service with a token, on a connection of its own.
pub fn get_as(port: u16, host: &str, path: &str, token: &str) -> Result<Answer> {
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}");
    send(port, &format!("{head}\r\nConnection: close\r\n\r\n"))
}

/// `POST` of JSON on a connection of its own.
pub fn post(port: u16, host: &str, path: &str, body: &str) -> Result<Answer> {
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json");
    send(port, &format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}"))
}

/// Asks again every `pause` until somebody answers below 500, at most `patience`; `gone` ends it early with a reason.
pub fn until_answered(
    port: u16,
    path: &str,
    (pause, patience): (Duration, Duration),
    mut gone: impl FnMut() -> Result<()>,
) -> Result<Answer> {
    let start = Instant::now();
    loop {
        gone()?;
        match get(port, &format!("localhost:{port}"), path) {
            Ok(answer) if answer.status < 500 => return Ok(answer),
            Ok(answer) if start.elapsed() > patience => bail!("status {} after {patience:?}", answer.status),
            Err(error) if start.elapsed() > patience => {
                return Err(error).with_context(|| format!("no answer on port {port} after {patience:?}"));
            }
            _ => sleep(pause),
        }
    }
}

/// A port of loopback that nobody listens on now. `beside` is a distance at which a second port must be free too.
pub fn free_port(beside: u16) -> Result<u16> {
    // Held until the search is over, so that the kernel does not offer the same one again.
    let mut refused = Vec::new();
    for _ in 0..100 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let second = port.checked_add(beside);
        if beside == 0 || second.is_some_and(|second| TcpListener::bind((Ipv4Addr::LOCALHOST, second)).is_ok()) {
            return Ok(port);
        }
        refused.push(listener);
    }
    bail!("no free port on 127.0.0.1")
}

fn send(port: u16, request: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&String::from_utf8_lossy(&bytes))
}

fn parse(text: &str) -> Result<Answer> {
    let (head, body) = text.split_once("\r\n\r\n").context("the answer broke off")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no HTTP answer")?;
    let chunked = head.to_ascii_lowercase().contains("\r\ntransfer-encoding: chunked");
    Ok(Answer { status, body: if chunked { unchunk(body)? } else { body.to_owned() } })
}

fn unchunk(mut rest: &str) -> Result<String> {
    let mut body = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n").context("the answer broke off in a chunk")?;
        let size = usize::from_str_radix(size.split(';').next().unwrap_or(size).trim(), 16)?;
        if size == 0 {
            return Ok(body);
        }
        body.push_str(after.get(..size).context("the answer broke off in a chunk")?);
        rest = after.get(size + 2..).context("the answer broke off after a chunk")?;
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, parse};

    #[test]
    fn answers_are_read_whole_or_in_chunks() {
        for (text, status, body) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi"),
            (
                "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1;x=y\r\n!\r\n0\r\n\r\n",
                404,
                "hi!",
            ),
        ] {
            assert_eq!(parse(text).unwrap(), Answer { status, body: body.to_owned() }, "{text}");
        }
    }

    #[test]
    fn what_breaks_off_is_no_answer() {
        for text in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
