//! Whose code may go live, where the operator demands a signature: Ed25519 (RFC 8032) over the SHA-256 digest of the
//! component.
//!
//! Keys and signatures are texts in Base64 (RFC 4648, section 4): 32 bytes of a public key, 64 of a signature.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, VerifyingKey};

use crate::LoadError;

/// Whose signature counts.
#[derive(Debug, Clone, Default)]
pub struct Signers {
    required: bool,
    keys: Vec<VerifyingKey>,
}

impl Signers {
    /// Reads public keys. With `required`, nothing goes live without a signature by one of them.
    ///
    /// # Errors
    /// Which key cannot be read, or that a signature is demanded which nobody could make.
    pub fn new(required: bool, keys: &[String]) -> Result<Self, String> {
        let key = |text: &String| {
            public_key(text).ok_or_else(|| {
                format!("{text:?} is no Ed25519 public key; write the 32 bytes in Base64, as `kontor sign --make-key FILE` prints them")
            })
        };
        let keys: Vec<VerifyingKey> = keys.iter().map(key).collect::<Result<_, _>>()?;
        if required && keys.is_empty() {
            return Err("a signature is demanded, but no key is named, so nothing could go live; name public keys, or demand none".to_owned());
        }
        Ok(Self { required, keys })
    }

    /// Whether nothing goes live without a signature.
    #[must_use]
    pub fn are_required(&self) -> bool {
        self.required
    }

    /// Lets a component pass, or not. `digest` is its SHA-256; `signature` is what came with it.
    ///
    /// # Errors
    /// It has no signature although one is demanded, or it has one that none of the keys made: altered, or somebody
    /// else's.
    pub fn check(&self, digest: &[u8], signature: Option<&str>) -> Result<(), LoadError> {
        let Some(signature) = signature.filter(|_| !self.keys.is_empty()) else {
            return if self.required { Err(unsigned()) } else { Ok(()) };
        };
        let bytes = STANDARD.decode(signature.trim()).ok();
        let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
        let signature = signature.ok_or_else(|| {
            LoadError::NotSigned(
                "the signature is none: it must be 64 bytes in Base64; make it with `kontor sign FILE --key KEY`"
                    .to_owned(),
            )
        })?;
        if self.keys.iter().any(|key| key.verify_strict(digest, &signature).is_ok()) {
            return Ok(());
        }
        Err(LoadError::NotSigned(
            "none of the keys in the configuration ([deploy] keys) made this signature for this component: it was altered \
             since, or somebody else signed it; sign it anew with `kontor sign FILE --key KEY`"
                .to_owned(),
        ))
    }
}

fn unsigned() -> LoadError {
    LoadError::NotSigned(
        "it is not signed, and the configuration demands that ([deploy] require_signature); sign it with `kontor sign FILE \
         --key KEY`, and put FILE.sig beside it"
            .to_owned(),
    )
}

fn public_key(text: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = STANDARD.decode(text.trim()).ok()?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak())
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn public(seed: u8) -> String {
        STANDARD.encode(key(seed).verifying_key().as_bytes())
    }

    fn signed(seed: u8, digest: &[u8]) -> String {
        STANDARD.encode(key(seed).sign(digest).to_bytes()) + "\n"
    }

    #[test]
    fn only_what_a_known_key_signed_passes() {
        let (digest, other) = (Sha256::digest(b"component"), Sha256::digest(b"altered"));
        let good = signed(1, &digest);
        for (required, known, signature, passes) in [
            (true, &[1][..], Some(good.as_str()), true),
            (true, &[2, 1], Some(good.as_str()), true),
            (true, &[2], Some(good.as_str()), false),
            (true, &[1], None, false),
            (true, &[1], Some(""), false),
            (true, &[1], Some("AAAA"), false),
            (false, &[], None, true),
            (false, &[], Some("whatever"), true),
            (false, &[1], None, true),
            (false, &[2], Some(good.as_str()), false),
        ] {
            let keys: Vec<String> = known.iter().map(|seed| public(*seed)).collect();
            let signers = Signers::new(required, &keys).unwrap();
            assert_eq!(signers.check(&digest, signature).is_ok(), passes, "{required} {known:?} {signature:?}");
            if passes && required {
                assert!(signers.check(&other, signature).is_err(), "altered");
            }
        }
    }

    #[test]
    fn keys_that_are_none_are_refused_and_a_demand_that_nobody_can_meet() {
        for (required, keys) in
            [(true, vec![]), (false, vec!["no key".to_owned()]), (false, vec![STANDARD.encode([0; 32])])]
        {
            assert!(Signers::new(required, &keys).is_err(), "{keys:?}");
        }
    }
}
