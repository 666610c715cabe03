//! An address that takes seals: `PUT ADDRESS/000000000001.json` with `If-None-Match: *`, so that a receiver that keeps to
//! HTTP (RFC 9110, 13.1.2) never writes one over, and sending one again does no harm. WebDAV servers and object stores do.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::ExportError;
use crate::Record;

/// For one request, connecting included.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_MAX_BYTES: usize = 64 << 10;

/// Where seals are put.
pub struct WebExport {
    address: String,
    uri: Uri,
    tls: Option<TlsConnector>,
    /// What this process has sent there, over restarts.
    memory: PathBuf,
}

impl WebExport {
    pub(super) fn new(address: &str, memory: &Path) -> Result<Self, ExportError> {
        let invalid = |what: &str| ExportError::Invalid(format!("{address:?} is no address for seals: {what}"));
        let address_only = address.trim_end_matches('/');
        let uri: Uri = address_only.parse().map_err(|error: http::uri::InvalidUri| invalid(&error.to_string()))?;
        let tls = match uri.scheme_str() {
            Some("http") => None,
            Some("https") => Some(connector().map_err(|error| invalid(&error.to_string()))?),
            _ => return Err(invalid("it must begin with http:// or https://")),
        };
        if uri.host().is_none_or(str::is_empty) || uri.query().is_some() {
            return Err(invalid("write scheme, host, port and path only, for example https://archive.example/seals"));
        }
        Ok(Self { address: address_only.to_owned(), uri, tls, memory: memory.to_owned() })
    }

    pub(super) fn last(&self) -> Result<Option<Record>, ExportError> {
        let failed = |source| ExportError::File { path: self.memory.clone(), source };
        let text = match fs::read(&self.memory) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        // Another address begins anew; so does a note that was cut off.
        Ok(serde_json::from_slice::<(String, Record)>(&text)
            .ok()
            .and_then(|(to, last)| (to == self.address).then_some(last)))
    }

    pub(super) async fn add(&self, records: &[Record]) -> Result<(), ExportError> {
        for record in records {
            let body = serde_json::to_vec(record).map_err(|error| self.refused(error.to_string()))?;
            let (status, _) = self.send(Method::PUT, record.seal.sequence, body.into()).await?;
            // 412: it is there already, sent by another process or before a kill.
            if !status.is_success() && status != StatusCode::PRECONDITION_FAILED {
                return Err(self.refused(format!("it answered {status} to seal {}", record.seal.sequence)));
            }
        }
        let Some(last) = records.last() else { return Ok(()) };
        let note = serde_json::to_vec(&(&self.address, last)).map_err(|error| self.refused(error.to_string()))?;
        let unfinished = self.memory.with_extension("unfinished");
        let noted = fs::write(&unfinished, note).and_then(|()| fs::rename(&unfinished, &self.memory));
        noted.map_err(|source| ExportError::File { path: self.memory.clone(), source })
    }

    pub(super) async fn after(&self, sequence: i64, most: usize) -> Result<Vec<Record>, ExportError> {
        let mut found = Vec::new();
        for next in (sequence + 1..).take(most) {
            let (status, body) = self.send(Method::GET, next, Bytes::new()).await?;
            match status {
                StatusCode::NOT_FOUND => break,
                status if status.is_success() => {
                    let damaged = |error: serde_json::Error| ExportError::Damaged {
                        place: format!("{}{}", self.address, file(next)),
                        what: error.to_string(),
                    };
                    found.push(serde_json::from_slice(&body).map_err(damaged)?);
                }
                status => return Err(self.refused(format!("it answered {status} to the question for seal {next}"))),
            }
        }
        Ok(found)
    }

    fn refused(&self, what: String) -> ExportError {
        ExportError::Refused { address: self.address.clone(), what }
    }

    async fn send(&self, method: Method, sequence: i64, body: Bytes) -> Result<(StatusCode, Bytes), ExportError> {
        let path = format!("{}{}", self.uri.path().trim_end_matches('/'), file(sequence));
        let (host, https) = (self.uri.host().unwrap_or_default(), self.tls.is_some());
        let port = self.uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        let authority = self.uri.authority().map_or(host, |authority| authority.as_str());
        let named = authority.rsplit_once('@').map_or(authority, |(_, named)| named);
        let mut request = Request::builder().method(&method).uri(path).header(header::HOST, named);
        if method == Method::PUT {
            request = request.header(header::CONTENT_TYPE, "application/json").header(header::IF_NONE_MATCH, "*");
        }
        let request = request.body(Full::new(body)).map_err(|error| self.refused(error.to_string()))?;
        let address = (host.trim_matches(['[', ']']), port);
        let exchange = async {
            let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
            match &self.tls {
                None => exchange(stream, request).await,
                Some(tls) => {
                    let name = ServerName::try_from(address.0.to_owned()).map_err(|error| error.to_string())?;
                    let stream = tls.connect(name, stream).await.map_err(|error| error.to_string())?;
                    exchange(stream, request).await
                }
            }
        };
        let answer = timeout(ANSWER_TIMEOUT, exchange).await;
        answer.unwrap_or_else(|_| Err(format!("no answer in {ANSWER_TIMEOUT:?}"))).map_err(|what| self.refused(what))
    }
}

fn file(sequence: i64) -> String {
    format!("/{sequence:012}.json")
}

/// Trusts the authorities that browsers trust.
fn connector() -> Result<TlsConnector, rustls::Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Bytes), String> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let driving = tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), ANSWER_MAX_BYTES).collect().await;
    driving.abort();
    Ok((status, body.map_err(|error| error.to_string())?.to_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_make_no_sense_are_refused() {
        let memory = Path::new("unused");
        for wrong in ["ftp://a/b", "http://", "https:///x", "http://a/b?c=d", "http://a b"] {
            assert!(matches!(WebExport::new(wrong, memory), Err(ExportError::Invalid(_))), "{wrong}");
        }
        assert!(WebExport::new("https://archive.example/seals/", memory).is_ok());
        assert_eq!(file(7), "/000000000007.json");
    }
}
