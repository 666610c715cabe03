//! A seal with its signature: what is stored and what is exported.

use kontor_rules::seal::{NotCanonical, Seal};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{PublicKey, hex};

/// A signed seal. As JSON it is a line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The seal.
    pub seal: Seal,
    /// Whose signature it is.
    pub public_key: PublicKey,
    /// The signature of the seal's digest.
    #[serde(serialize_with = "write_signature", deserialize_with = "read_signature")]
    pub signature: [u8; 64],
}

impl Record {
    /// Whether that key signed it.
    ///
    /// # Errors
    /// [`NotCanonical`] if the seal cannot be hashed.
    pub fn is_signed_by(&self, key: &PublicKey) -> Result<bool, NotCanonical> {
        Ok(*key == self.public_key && key.has_signed(&self.seal.digest()?, &self.signature))
    }
}

fn write_signature<S: Serializer>(signature: &[u8; 64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::write(signature))
}

fn read_signature<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 64], D::Error> {
    let text = String::deserialize(deserializer)?;
    hex::read(&text).ok_or_else(|| D::Error::custom("a signature has 128 hexadecimal digits"))
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::read(&text).map(Self).ok_or_else(|| D::Error::custom("a public key has 64 hexadecimal digits"))
    }
}
