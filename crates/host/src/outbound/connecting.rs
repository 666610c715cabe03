//! Connections with TLS where the URL asks for it, each within a time.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tower::Service;

use super::{
    connector::{Connector, NoConnection, System},
    hosts::Allowed,
};
use crate::LoadError;

/// Any reason why there is no connection.
type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// From the name to a connection that can be used. It also ends a handshake that nobody waits for any more.
const CONNECTED_MAX: Duration = Duration::from_secs(10);

/// Makes the connections of one function, with TLS.
#[derive(Clone)]
pub(super) struct Connecting(HttpsConnector<Connector>);

impl Connecting {
    pub(super) fn new(allowed: Arc<Allowed>, tls: Arc<ClientConfig>) -> Self {
        Self(HttpsConnector::from((Connector::new(allowed, Arc::new(System)), tls)))
    }
}

impl Service<Uri> for Connecting {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = AnyError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, AnyError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), AnyError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.0.call(uri);
        Box::pin(async move {
            tokio::time::timeout(CONNECTED_MAX, connecting).await.unwrap_or_else(|_| {
                let why = format!("no connection came about within {CONNECTED_MAX:?}");
                Err(NoConnection::Unreachable(why).into())
            })
        })
    }
}

/// Whom connections trust: the authorities that browsers trust, and those of the operator (DER).
///
/// # Errors
/// One of the operator's is no certificate.
pub(super) fn tls(trusted: &[Vec<u8>]) -> Result<Arc<ClientConfig>, LoadError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in trusted {
        roots.add(certificate.clone().into()).map_err(|error| {
            LoadError::Host(format!("a certificate of outbound.trusted_certificates cannot be used: {error}"))
        })?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| LoadError::Host(format!("TLS cannot be set up: {error}")))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
