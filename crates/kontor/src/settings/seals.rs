//! Where the signing key is, and where seals go.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// About the seals over invoices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seals {
    /// The signing key's file; none stands for one beside the data folder.
    pub key_file: Option<PathBuf>,
    /// A folder, or an `http` or `https` address, that each seal goes to; none if they are not exported.
    pub export: Option<String>,
}

impl Seals {
    /// The signing key's file: never in the data folder by itself, since what copies the folder must not copy the key.
    pub fn key_file(&self, data: &Path) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| {
            let mut beside = data.components().as_path().as_os_str().to_owned();
            beside.push(".seal-key");
            beside.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_beside_the_data_folder_unless_it_is_named() {
        let named = Seals { key_file: Some("/etc/kontor/key".into()), export: None };
        for (seals, data, file) in [
            (Seals::default(), "kontor-data", "kontor-data.seal-key"),
            (Seals::default(), "/srv/kontor/", "/srv/kontor.seal-key"),
            (named, "kontor-data", "/etc/kontor/key"),
        ] {
            assert_eq!(seals.key_file(Path::new(data)), Path::new(file));
        }
    }
}
