//! SHA-256.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use crate::text_form::text_form;

/// A SHA-256 hash; 64 lower-case hexadecimal digits in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash(pub [u8; 32]);

text_form!(Hash, "SHA-256, 64 hexadecimal digits", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

/// Not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a hash has 64 lower-case hexadecimal digits")]
pub struct NotAHash;

impl Hash {
    /// Thirty-two zeros: what the first seal names as the one before it.
    pub const ZERO: Self = Self([0; 32]);

    /// The hash of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash of several parts behind each other.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(NotAHash),
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let bytes: Vec<u8> =
            pairs.iter().map(|[high, low]| Ok(digit(*high)? * 16 + digit(*low)?)).collect::<Result<_, NotAHash>>()?;
        if rest.is_empty() { bytes.try_into().map(Self).map_err(|_| NotAHash) } else { Err(NotAHash) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_read_as_they_are_written() {
        // FIPS 180-4, the example of one block.
        let hash = Hash::of(b"abc");
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((hash.to_string().as_str(), text.parse()), (text, Ok(hash)));
        assert_eq!(Hash::of_parts(&[b"a", b"", b"bc"]), hash);
        let upper = text.to_uppercase();
        for wrong in ["", "ba", &text[1..], &format!("{text}0"), &format!("{text}00"), upper.as_str()] {
            assert_eq!(wrong.parse::<Hash>(), Err(NotAHash), "{wrong}");
        }
    }
}
