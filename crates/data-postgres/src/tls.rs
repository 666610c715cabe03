//! Encrypted connections: what an address's `sslmode` means here, and who is believed.
//!
//! As with libpq: `disable` never encrypts; `prefer`, which holds where nothing is said, encrypts where the server can;
//! `require` always does. None of them looks whose certificate it is, unless there is a `ca_file`: then it has to be signed
//! by that authority. `verify-full` besides wants it to be made out to the host's name, and believes the system's
//! authorities where there is no `ca_file`.

use std::{path::Path, sync::Arc};

use kontor_data::OpenError;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
    server::ParsedCertificate,
};
use tokio_postgres::config::SslMode;

/// What an address asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl Mode {
    fn read(text: &str) -> Result<Self, OpenError> {
        match text {
            "disable" => Ok(Self::Disable),
            "allow" | "prefer" => Ok(Self::Prefer),
            "require" => Ok(Self::Require),
            "verify-ca" => Ok(Self::VerifyCa),
            "verify-full" => Ok(Self::VerifyFull),
            other => Err(OpenError::Invalid(format!(
                "sslmode in the address of PostgreSQL is {other:?}; write disable, prefer, require, verify-ca or verify-full"
            ))),
        }
    }

    /// As the driver knows it.
    pub(crate) fn driver(self) -> SslMode {
        match self {
            Self::Disable => SslMode::Disable,
            Self::Prefer => SslMode::Prefer,
            Self::Require | Self::VerifyCa | Self::VerifyFull => SslMode::Require,
        }
    }
}

/// Takes `sslmode` out of an address, since the driver does not know all of its words.
pub(crate) fn take_mode(url: &str) -> Result<(String, Mode), OpenError> {
    let is_url = url.contains("://");
    let (before, options) = match is_url {
        true => url.split_once('?').unwrap_or((url, "")),
        false => ("", url),
    };
    let separator = if is_url { '&' } else { ' ' };
    let parts = || options.split(separator).filter(|part| !part.is_empty());
    let mode = parts().find_map(|part| part.strip_prefix("sslmode=")).map_or(Ok(Mode::Prefer), Mode::read)?;
    if parts().any(|part| part.starts_with("sslrootcert=")) {
        return Err(OpenError::Invalid(
            "the address of PostgreSQL has sslrootcert; name the file in engines.postgres.ca_file instead".to_owned(),
        ));
    }
    let rest: Vec<&str> = parts().filter(|part| !part.starts_with("sslmode=")).collect();
    let rest = rest.join(if is_url { "&" } else { " " });
    let joint = if is_url && !rest.is_empty() { "?" } else { "" };
    Ok((format!("{before}{joint}{rest}"), mode))
}

/// How connections are encrypted; none if they never are.
///
/// # Errors
/// If the authority's file cannot be read, or there is no authority to believe.
pub(crate) fn configure(mode: Mode, ca_file: Option<&Path>) -> Result<Option<Arc<ClientConfig>>, OpenError> {
    if mode == Mode::Disable {
        return Ok(None);
    }
    let broken =
        |error: &dyn std::fmt::Display| OpenError::Invalid(format!("TLS to PostgreSQL cannot be set up: {error}"));
    let provider = Arc::new(ring::default_provider());
    let own = ca_file.map(read).transpose()?;
    let level = match (mode, &own) {
        (Mode::VerifyFull, _) => Level::Name,
        (Mode::VerifyCa, _) | (_, Some(_)) => Level::Authority,
        _ => Level::Nobody,
    };
    let believed = match &own {
        Some(own) => own.clone(),
        None if level == Level::Nobody => Vec::new(),
        None => rustls_native_certs::load_native_certs().certs,
    };
    let webpki = match level {
        Level::Nobody => None,
        Level::Authority | Level::Name => {
            let mut roots = RootCertStore::empty();
            if roots.add_parsable_certificates(believed).0 == 0 {
                return Err(broken(
                    &"there is no authority to believe; install ca-certificates, or set engines.postgres.ca_file",
                ));
            }
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
            Some(verifier.map_err(|error| broken(&error))?)
        }
    };
    let verifier = Verifier { level, webpki, pinned: own.unwrap_or_default(), provider: Arc::clone(&provider) };
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config =
        config.map_err(|error| broken(&error))?.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(Some(Arc::new(config.with_no_client_auth())))
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, OpenError> {
    let wrong = |what: &dyn std::fmt::Display| {
        OpenError::Invalid(format!(
            "engines.postgres.ca_file {} cannot be used: {what}; name a file with certificates in PEM",
            path.display()
        ))
    };
    let all = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let all = all.map_err(|error| wrong(&error))?;
    if all.is_empty() { Err(wrong(&"it holds no certificate")) } else { Ok(all) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// Whoever it is: who listens cannot read, who stands in between can.
    Nobody,
    /// Signed by an authority that is believed.
    Authority,
    /// And made out to the host's name.
    Name,
}

#[derive(Debug)]
struct Verifier {
    level: Level,
    /// None where nobody is asked for.
    webpki: Option<Arc<WebPkiServerVerifier>>,
    /// The certificates of the `ca_file`: a server may show one of these itself, as self-signed ones do.
    pinned: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(webpki) = &self.webpki else { return Ok(ServerCertVerified::assertion()) };
        if self.pinned.iter().any(|pinned| pinned == shown) {
            if self.level == Level::Name {
                verify_server_name(&ParsedCertificate::try_from(shown)?, name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        match webpki.verify_server_cert(shown, between, name, ocsp, now) {
            // The name is looked at last: everything else was well.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.level == Level::Authority => Ok(ServerCertVerified::assertion()),
            done => done,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, shown, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, shown, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::{Mode, take_mode};

    #[test]
    fn the_mode_is_taken_out_and_the_rest_stays() {
        for (url, rest, mode) in [
            ("postgres://u:p@h/d", "postgres://u:p@h/d", Mode::Prefer),
            ("postgres://u:p@h/d?sslmode=verify-full", "postgres://u:p@h/d", Mode::VerifyFull),
            ("postgres://h/d?sslmode=require&connect_timeout=3", "postgres://h/d?connect_timeout=3", Mode::Require),
            ("host=h dbname=d sslmode=disable user=u", "host=h dbname=d user=u", Mode::Disable),
        ] {
            assert_eq!(take_mode(url).unwrap(), (rest.to_owned(), mode), "{url}");
        }
        for url in ["postgres://h/d?sslmode=maybe", "postgres://h/d?sslmode=verify-full&sslrootcert=/ca.pem"] {
            assert!(take_mode(url).is_err(), "{url}");
        }
    }
}
