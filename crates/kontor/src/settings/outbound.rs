//! What functions need for requests of their own, as `kontor.toml` has it.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde::{Deserialize, Serialize};

/// Requests that functions send.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    /// A file with certificates (PEM) of authorities that are trusted beside those that browsers trust.
    /// None if empty.
    pub trusted_certificates: PathBuf,
}

impl Outbound {
    /// The certificates (DER).
    ///
    /// # Errors
    /// The file cannot be read, or has none in it.
    pub fn certificates(&self) -> Result<Vec<Vec<u8>>> {
        let file = &self.trusted_certificates;
        if file.as_os_str().is_empty() {
            return Ok(Vec::new());
        }
        let named = || format!("outbound.trusted_certificates: {}", file.display());
        let read = CertificateDer::pem_file_iter(file).with_context(named)?;
        let certificates: Vec<CertificateDer<'_>> = read.collect::<Result<_, _>>().with_context(named)?;
        if certificates.is_empty() {
            bail!("{}: there is no certificate in it; it has to be PEM", named());
        }
        Ok(certificates.iter().map(|certificate| certificate.to_vec()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("authorities.pem");
        let read = || Outbound { trusted_certificates: file.clone() }.certificates();
        assert!(format!("{:#}", read().unwrap_err()).contains("authorities.pem"), "it is not there");
        std::fs::write(&file, "no certificate").unwrap();
        assert!(format!("{:#}", read().unwrap_err()).contains("no certificate in it"));
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n").unwrap();
        assert_eq!(read().unwrap(), [vec![0x30, 3, 2, 1, 1]]);
        assert!(Outbound::default().certificates().unwrap().is_empty());
    }
}
