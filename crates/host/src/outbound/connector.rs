//! From a name to a connection, looking at the addresses in between.
//!
//! The name is resolved once, what it leads to is checked, and the connection is made to the very address that was
//! checked. So nobody who answers for a name can show one address to the check and another one to the connection.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, sync::Semaphore, time::timeout};
use tower::Service;

use super::hosts::{Allowed, literal};

/// How long one address is tried.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Further addresses of a name are not tried.
const ADDRESSES_MAX: usize = 8;
/// Names that a function looks up at once: the system's resolver blocks a thread for each, and cannot be interrupted.
const LOOKUPS_MAX: usize = 4;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoConnection {
    /// Nothing that the name leads to may be reached. The text is for the function's author.
    #[error("{0}")]
    Denied(String),
    /// Nobody answers.
    #[error("{0}")]
    Unreachable(String),
}

/// Looks names up. Blocks.
pub(super) trait Resolve: Send + Sync {
    /// Every address of the name.
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// As the system does it.
pub(super) struct System;

impl Resolve for System {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok((host, port).to_socket_addrs()?.collect())
    }
}

/// Makes the connections of one function.
#[derive(Clone)]
pub(super) struct Connector {
    allowed: Arc<Allowed>,
    resolver: Arc<dyn Resolve>,
    lookups: Arc<Semaphore>,
}

impl Connector {
    pub(super) fn new(allowed: Arc<Allowed>, resolver: Arc<dyn Resolve>) -> Self {
        Self { allowed, resolver, lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)) }
    }

    async fn connect(self, uri: Uri) -> Result<TokioIo<TcpStream>, NoConnection> {
        let host = uri.host().unwrap_or_default();
        let port = port_of(&uri);
        let found = self.addresses(host, port).await?;
        let may = |address: &&SocketAddr| self.allowed.connects(address.ip(), port);
        let addresses: Vec<&SocketAddr> = found.iter().filter(may).take(ADDRESSES_MAX).collect();
        if addresses.is_empty() {
            return Err(denied(host, port, &found));
        }
        let mut last = String::new();
        for address in addresses {
            match timeout(CONNECT_MAX, TcpStream::connect(*address)).await {
                Ok(Ok(stream)) => {
                    // Requests are written whole: waiting for more of them only makes them late.
                    let _ = stream.set_nodelay(true);
                    return Ok(TokioIo::new(stream));
                }
                Ok(Err(error)) => last = format!("{address}: {error}"),
                Err(_elapsed) => last = format!("{address} did not answer within {CONNECT_MAX:?}"),
            }
        }
        Err(NoConnection::Unreachable(format!("no connection to {host}: {last}")))
    }

    async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, NoConnection> {
        if let Some(address) = literal(host) {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let unknown = |why: String| NoConnection::Unreachable(format!("the name {host} leads nowhere: {why}"));
        let permit = self.lookups.clone().acquire_owned().await.map_err(|error| unknown(error.to_string()))?;
        let (resolver, name) = (self.resolver.clone(), host.to_owned());
        let looking = tokio::task::spawn_blocking(move || {
            // Held until the resolver is done, also if nobody waits for it any more.
            let _permit = permit;
            resolver.resolve(&name, port)
        });
        let found = looking.await.map_err(|error| unknown(error.to_string()))?;
        found.map_err(|error| unknown(error.to_string()))
    }
}

/// The port that a URL means.
pub(super) fn port_of(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 })
}

fn denied(host: &str, port: u16, found: &[SocketAddr]) -> NoConnection {
    let Some(first) = found.first() else {
        return NoConnection::Unreachable(format!("the name {host} has no address"));
    };
    let address = match first.ip().to_canonical() {
        std::net::IpAddr::V6(address) => format!("[{address}]"),
        address => address.to_string(),
    };
    NoConnection::Denied(format!(
        "{host} leads to {address}, which is no public address; if that is meant, the operator grants http:{address}:{port}"
    ))
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = NoConnection;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, NoConnection>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NoConnection>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use tokio::net::TcpListener;

    use super::*;

    /// Gives the answers one after the other, and the last one from then on.
    struct Scripted {
        answers: Vec<Vec<&'static str>>,
        asked: AtomicUsize,
    }

    impl Resolve for Scripted {
        fn resolve(&self, _: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
            let asked = self.asked.fetch_add(1, Relaxed);
            let answer = &self.answers[asked.min(self.answers.len() - 1)];
            Ok(answer.iter().map(|address| SocketAddr::new(address.parse().unwrap(), port)).collect())
        }
    }

    fn connector(granted: &str, answers: &[&[&'static str]]) -> (Connector, Arc<Scripted>) {
        let answers = answers.iter().map(|answer| answer.to_vec()).collect();
        let resolver = Arc::new(Scripted { answers, asked: AtomicUsize::new(0) });
        let granted: Vec<_> = granted.split(' ').map(|host| host.parse().unwrap()).collect();
        let allowed = Arc::new(Allowed::new(granted.clone(), &granted));
        (Connector::new(allowed, resolver.clone()), resolver)
    }

    #[tokio::test]
    async fn a_name_that_changes_its_answer_changes_nothing_that_was_checked() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connector, resolver) =
            connector(&format!("shop.example 127.0.0.1:{port}"), &[&["127.0.0.1"], &["127.0.0.2"]]);
        let uri: Uri = format!("http://shop.example:{port}/").parse().unwrap();
        let stream = connector.clone().connect(uri.clone()).await.unwrap();
        assert_eq!(stream.inner().peer_addr().unwrap().ip().to_string(), "127.0.0.1");
        assert_eq!(resolver.asked.load(Relaxed), 1, "the name was looked up once: what was checked is what was used");
        let error = connector.connect(uri).await.map(drop).unwrap_err();
        assert!(
            matches!(&error, NoConnection::Denied(why) if why.contains(&format!("http:127.0.0.2:{port}"))),
            "{error}"
        );
    }

    #[tokio::test]
    async fn of_several_addresses_only_those_that_may_be_are_tried() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers: &[&[&str]] = &[&["10.0.0.1", "::1", "169.254.169.254", "127.0.0.1", "::ffff:127.0.0.2"]];
        let (connector, _) = connector(&format!("127.0.0.1:{port}"), answers);
        let stream = connector.connect(format!("http://shop.example:{port}/").parse().unwrap()).await.unwrap();
        assert_eq!(stream.inner().peer_addr().unwrap().ip().to_string(), "127.0.0.1");
    }

    #[tokio::test]
    async fn every_way_to_write_this_machine_is_denied() {
        for answer in
            ["127.0.0.1", "0.0.0.0", "::", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::7f00:1"]
        {
            let answer: &'static str = answer;
            let (connector, _) = connector("shop.example", &[&[answer]]);
            let error = connector.connect("http://shop.example/".parse().unwrap()).await.map(drop).unwrap_err();
            assert!(matches!(error, NoConnection::Denied(_)), "{answer}: {error}");
        }
        // The system's own resolver, for what it takes for an address.
        let (connector, _) = connector("shop.example", &[&[]]);
        let connector = Connector { resolver: Arc::new(System), ..connector };
        for host in ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:7f00:1]", "localhost", "0"] {
            let connector = connector.clone();
            let error = connector.connect(format!("http://{host}:1/").parse().unwrap()).await.map(drop).unwrap_err();
            // A resolver that does not know such notations is fine too.
            let refused = match &error {
                NoConnection::Denied(_) => true,
                NoConnection::Unreachable(why) => why.contains("leads nowhere"),
            };
            assert!(refused, "{host}: {error}");
        }
    }
}
