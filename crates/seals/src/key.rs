//! The key that signs seals (Ed25519, RFC 8032), and its public half.
//!
//! The key is a file of its own, outside database and data folder: whoever has both could sign a rewritten history, so a
//! backup of the one must not bring the other along.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use kontor_rules::seal::{Hash, NotCanonical, Seal};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::{Record, hex};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no such file.
    #[error("there is no signing key {}; `kontor seals key` makes one", .0.display())]
    Missing(PathBuf),
    /// There is one already, and it is never written over: seals are signed with it.
    #[error("{} is there already, and a key that has signed is never replaced; name another file with [seals] key_file", .0.display())]
    Exists(PathBuf),
    /// The file cannot be read or written.
    #[error("the signing key {} cannot be read or written: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{} is no key: {what}", .path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A text is no public key.
    #[error("{0:?} is no public key; one has 64 hexadecimal digits")]
    NotAKey(String),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    NoRandom(String),
}

/// A public key, 32 bytes; 64 hexadecimal digits as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// The key's name: the first 16 hexadecimal digits of its SHA-256.
    #[must_use]
    pub fn id(&self) -> String {
        Hash::of(&self.0).to_string().chars().take(16).collect()
    }

    /// Whether this key signed that digest.
    #[must_use]
    pub fn has_signed(&self, digest: &Hash, signature: &[u8; 64]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(&digest.0, signature).is_ok()
    }

    /// Reads the keys of a file: one on each line, as `kontor seals key` prints it; lines that begin with # are left out.
    ///
    /// # Errors
    /// [`KeyError`]; a file without any key is damaged.
    pub fn read(path: &Path) -> Result<Vec<Self>, KeyError> {
        let text = read(path)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let damaged = |what: String| KeyError::Damaged { path: path.to_owned(), what };
        let key = |line: &str| {
            hex::read(line).map(Self).ok_or_else(|| damaged(format!("{line:?} has not 64 hexadecimal digits")))
        };
        let keys: Vec<Self> = lines.map(key).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(damaged("there is no line with a key".to_owned())) } else { Ok(keys) }
    }
}

impl std::str::FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        hex::read(text).map(Self).ok_or_else(|| KeyError::NotAKey(text.to_owned()))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex::write(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "PublicKey({self})")
    }
}

/// As the file has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    secret: String,
    /// Keys that signed before; their last seal may be followed by one of this key.
    #[serde(default)]
    replaces: Vec<String>,
}

const ABOUT: &str = "# Signs the seals over invoices. Whoever has this file and the database could sign a rewritten history:\n\
                     # keep it where no backup of the data comes, and keep a copy of it offline.\n";

/// The key that signs.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
    replaces: Vec<PublicKey>,
}

impl SigningKey {
    /// Makes a new key in a file that only this user can read.
    ///
    /// # Errors
    /// [`KeyError::Exists`] if there is one, and what the system says.
    pub fn create(path: &Path, replaces: &[PublicKey]) -> Result<Self, KeyError> {
        let mut seed = [0_u8; 32];
        getrandom::fill(&mut seed).map_err(|error| KeyError::NoRandom(error.to_string()))?;
        let file = |source| KeyError::File { path: path.to_owned(), source };
        let replaced = replaces.iter().map(PublicKey::to_string).collect();
        let text = toml::to_string(&KeyFile { secret: hex::write(&seed), replaces: replaced })
            .map_err(|error| KeyError::Damaged { path: path.to_owned(), what: error.to_string() })?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(file)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut out = options.open(path).map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => KeyError::Exists(path.to_owned()),
            _ => KeyError::File { path: path.to_owned(), source },
        })?;
        out.write_all(ABOUT.as_bytes()).and_then(|()| out.write_all(text.as_bytes())).map_err(file)?;
        out.sync_all().map_err(file)?;
        Self::of(path, &seed, replaces.to_vec())
    }

    /// Reads a key.
    ///
    /// # Errors
    /// [`KeyError::Missing`] if there is none, and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let damaged = |what: String| KeyError::Damaged { path: path.to_owned(), what };
        // The parser's message shows the line, and the line may be the secret.
        let file: KeyFile =
            toml::from_str(&read(path)?).map_err(|_| damaged("it is not what `kontor seals key` makes".to_owned()))?;
        let seed =
            hex::read(&file.secret).ok_or_else(|| damaged("the secret has not 64 hexadecimal digits".to_owned()))?;
        let key = |text: &String| {
            hex::read(text).map(PublicKey).ok_or_else(|| damaged(format!("replaces: {text:?} is no public key")))
        };
        let replaces = file.replaces.iter().map(key).collect::<Result<_, _>>()?;
        Self::of(path, &seed, replaces)
    }

    fn of(path: &Path, seed: &[u8; 32], replaces: Vec<PublicKey>) -> Result<Self, KeyError> {
        let damaged = |what: String| KeyError::Damaged { path: path.to_owned(), what };
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|error| damaged(error.to_string()))?;
        let public =
            pair.public_key().as_ref().try_into().map_err(|_| damaged("its public half is none".to_owned()))?;
        Ok(Self { pair, public: PublicKey(public), replaces })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// The public half, and those of the keys before it.
    #[must_use]
    pub fn trusted(&self) -> Vec<PublicKey> {
        std::iter::once(self.public).chain(self.replaces.iter().copied()).collect()
    }

    /// Signs a seal.
    ///
    /// # Errors
    /// [`NotCanonical`] if it cannot be hashed.
    pub fn sign(&self, seal: Seal) -> Result<Record, NotCanonical> {
        let mut signature = [0_u8; 64];
        let signed = self.pair.sign(&seal.digest()?.0);
        for (to, from) in signature.iter_mut().zip(signed.as_ref()) {
            *to = *from;
        }
        Ok(Record { seal, public_key: self.public, signature })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SigningKey({})", self.public)
    }
}

/// Whether others than the file's owner can read it.
#[must_use]
pub fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

fn read(path: &Path) -> Result<String, KeyError> {
    fs::read_to_string(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => KeyError::Missing(path.to_owned()),
        _ => KeyError::File { path: path.to_owned(), source },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_rfc_8032_says() {
        // RFC 8032, 7.1, test 1: the empty message.
        let seed = hex::read("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        let key = SigningKey::of(Path::new("-"), &seed, Vec::new()).unwrap();
        assert_eq!(key.public().to_string(), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assert!(
            hex::write(key.pair.sign(b"").as_ref()).starts_with("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873")
        );
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_signs_after_it_was_read_again() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("keys/seal-key");
        assert!(matches!(SigningKey::read(&path), Err(KeyError::Missing(_))));
        let made = SigningKey::create(&path, &[PublicKey([7; 32])]).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!is_open_to_others(&path));
        assert!(matches!(SigningKey::create(&path, &[]), Err(KeyError::Exists(_))));
        let read = SigningKey::read(&path).unwrap();
        assert_eq!(read.trusted(), [made.public(), PublicKey([7; 32])]);
        let seal = Seal { sequence: 1, previous: Hash::ZERO, root: Hash::ZERO, size: 1, made_at_us: 1 };
        let record = read.sign(seal).unwrap();
        assert!(record.is_signed_by(&made.public()).unwrap());
        let mut other = record.clone();
        other.seal.size = 2;
        assert!(!other.is_signed_by(&made.public()).unwrap());
        assert!(!record.is_signed_by(&PublicKey([7; 32])).unwrap());
    }

    #[test]
    fn a_damaged_file_is_named_and_its_secret_is_not() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("key");
        for text in ["secret = \"0123hush\"", "secret = 0123hush", "", "secret = \"00\"\nmore = 1"] {
            fs::write(&path, text).unwrap();
            let error = SigningKey::read(&path).unwrap_err().to_string();
            assert!(error.contains("is no key") && !error.contains("hush"), "{text}: {error}");
        }
    }

    #[test]
    fn public_keys_are_read_line_by_line() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("public");
        let (one, two) = (PublicKey([1; 32]), PublicKey([2; 32]));
        fs::write(&path, format!("# ours\n{one}\n\n  {two}\n")).unwrap();
        assert_eq!(PublicKey::read(&path).unwrap(), [one, two]);
        for wrong in ["", "# none", "00"] {
            fs::write(&path, wrong).unwrap();
            assert!(matches!(PublicKey::read(&path), Err(KeyError::Damaged { .. })), "{wrong:?}");
        }
    }
}
