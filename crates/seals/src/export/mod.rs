//! Where seals go by themselves, as they are made: a folder, or an address that takes them. Whoever has the signing key
//! and the database can make a new chain; what was exported before stays as it was and shows it.

mod folder;
mod web;

use std::path::{Path, PathBuf};

use kontor_rules::seal::NotCanonical;

use crate::Record;

pub use folder::FolderExport;
pub use web::WebExport;

/// Why a seal was not exported, or an export not read.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The setting makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// A file cannot be read or written.
    #[error("the export {}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What is there is no export.
    #[error("the export {place}: {what}")]
    Damaged {
        /// A file, with its line, or an address.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// The address did not take it.
    #[error("the export {address}: {what}")]
    Refused {
        /// Where.
        address: String,
        /// What it said.
        what: String,
    },
    /// The export ends with a seal that the database does not have, or has otherwise: nothing is written behind it.
    #[error(
        "the exported seal {0} is not the one in the database: history was rewritten, or an older database was put back; run \
         `kontor verify --against` and keep the export"
    )]
    Differs(i64),
    /// A seal cannot be hashed.
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
}

/// A place for seals.
pub enum Export {
    /// Lines of JSON in files.
    Folder(FolderExport),
    /// One `PUT` for each seal.
    Web(Box<WebExport>),
}

impl Export {
    /// Reads a setting: `http://…` or `https://…`, otherwise a folder. `memory` is a file that remembers what an address has
    /// taken.
    ///
    /// # Errors
    /// [`ExportError::Invalid`] for an address that cannot be read.
    pub fn new(place: &str, memory: &Path) -> Result<Self, ExportError> {
        if place.contains("://") {
            return Ok(Self::Web(Box::new(WebExport::new(place, memory)?)));
        }
        Ok(Self::Folder(FolderExport::new(Path::new(place))))
    }

    /// The last seal that was exported, if any was; an address is only asked for what this process has sent there.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn last(&mut self) -> Result<Option<Record>, ExportError> {
        match self {
            Self::Folder(folder) => folder.last(),
            Self::Web(web) => web.last(),
        }
    }

    /// Adds the next seals, in order. What is returned without an error is there for good.
    ///
    /// # Errors
    /// [`ExportError`]; some of them may be there.
    pub async fn add(&mut self, records: &[Record]) -> Result<(), ExportError> {
        match self {
            Self::Folder(folder) => {
                // A share that is slow to sync must not hold up who serves.
                let (folder, records) = (folder.again(), records.to_vec());
                let done = tokio::task::spawn_blocking(move || folder.add(&records)).await;
                done.unwrap_or_else(|error| Err(ExportError::Invalid(format!("exporting broke off: {error}"))))
            }
            Self::Web(web) => web.add(records).await,
        }
    }

    /// Reads what was exported behind a place of the chain, in order, at most so many; none at the end.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn after(&mut self, sequence: i64, most: usize) -> Result<Vec<Record>, ExportError> {
        match self {
            Self::Folder(folder) => folder.after(sequence, most),
            Self::Web(web) => web.after(sequence, most).await,
        }
    }
}
