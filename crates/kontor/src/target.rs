//! Where an admin listener is, and how safe the way there is.

use std::{fs, net::SocketAddr, path::Path, sync::Arc};

use anyhow::{Context, Result, anyhow, bail};
use http::Uri;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

/// What bytes go over.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// An admin listener.
pub struct Target {
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
}

impl From<SocketAddr> for Target {
    /// On this machine, or as good as that.
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port(), tls: None }
    }
}

impl Target {
    /// Reads a URL: scheme, host and port. `authority` is a file with certificates (PEM) to be believed beside the usual
    /// ones.
    ///
    /// # Errors
    /// It is no such URL; or a token would go over the network in the open, and `in_the_open` does not say that it may.
    pub fn parse(url: &str, authority: Option<&Path>, in_the_open: bool) -> Result<Self> {
        let uri: Uri = url.parse().with_context(|| format!("the address is {url:?}"))?;
        let wrong = || {
            anyhow!("the address is {url:?}: write scheme, host and port only, for example https://admin.shop.example")
        };
        let host = uri.host().ok_or_else(wrong)?.trim_start_matches('[').trim_end_matches(']').to_owned();
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(wrong());
        }
        match uri.scheme_str() {
            Some("https") => Ok(Self { host, port: uri.port_u16().unwrap_or(443), tls: Some(connector(authority)?) }),
            Some("http") if in_the_open || is_loopback(&host) => {
                Ok(Self { host, port: uri.port_u16().unwrap_or(80), tls: None })
            }
            Some("http") => bail!(
                "the address is {url:?}: the token would go over the network in the open, and whoever reads it there can deploy; \
                 use https://, or say --plain-http if the network is safe"
            ),
            _ => Err(wrong()),
        }
    }

    /// As it stands in the header `Host`.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Connects.
    ///
    /// # Errors
    /// Nobody is there, or it is not who the name says.
    pub async fn connect(&self) -> Result<Box<dyn Stream>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
        let name = ServerName::try_from(self.host.clone())?;
        Ok(Box::new(tls.connect(name, stream).await.context("no safe connection")?))
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn connector(authority: Option<&Path>) -> Result<TlsConnector> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = authority {
        let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut found = 0;
        for certificate in CertificateDer::pem_slice_iter(&text) {
            let certificate = certificate.map_err(|error| anyhow!("{}: {error:?}", path.display()))?;
            roots.add(certificate).with_context(|| format!("{} holds what cannot be believed", path.display()))?;
            found += 1;
        }
        if found == 0 {
            bail!("{} holds no certificate; write one or more in PEM", path.display());
        }
    }
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_in_the_open_on_this_machine_alone_unless_told() {
        for (url, in_the_open, authority) in [
            ("http://localhost:8080", false, Some("localhost:8080")),
            ("http://127.0.0.1:8080/", false, Some("127.0.0.1:8080")),
            ("http://[::1]:8080", false, Some("[::1]:8080")),
            ("http://shop.example:8080", false, None),
            ("http://localhost.evil.example", false, None),
            ("http://shop.example:8080", true, Some("shop.example:8080")),
            ("https://shop.example", false, Some("shop.example:443")),
            ("https://shop.example/admin", false, None),
            ("shop.example", false, None),
            ("ftp://shop.example", true, None),
        ] {
            let target = Target::parse(url, None, in_the_open).ok();
            assert_eq!(target.map(|target| target.authority()).as_deref(), authority, "{url} {in_the_open}");
        }
    }

    #[test]
    fn a_file_without_a_certificate_is_told() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("ca.pem");
        fs::write(&path, "no certificate").unwrap();
        let error = Target::parse("https://shop.example", Some(&path), false).err().unwrap();
        assert!(error.to_string().contains("no certificate"), "{error}");
    }
}
