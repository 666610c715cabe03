//! What was found right so far, so that a long check can go on after a break.

use kontor_rules::seal::{Hash, Seal};
use serde::{Deserialize, Serialize};

use super::{Next, VerifyError, wrong};
use crate::store::SeriesKey;

/// Where a check goes on. What it found right before is not looked at again, but for the seal that it ended with: if that
/// one is another now, everything is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Checkpoint {
    /// The last seal whose invoices were all looked at.
    pub(crate) seal: Option<Seal>,
    /// The next number of each series: seller, series, period, sequence.
    pub(crate) next: Vec<(String, String, String, i64)>,
    /// Invoices so far.
    pub(crate) invoices: i64,
    /// The last row of the ledger: invoice and version.
    pub(crate) ledger: Option<(String, i64)>,
}

impl Checkpoint {
    /// Reads one that was written as JSON.
    ///
    /// # Errors
    /// [`VerifyError::Checkpoint`] if it is none.
    pub fn read(text: &[u8]) -> Result<Self, VerifyError> {
        serde_json::from_slice(text).map_err(|error| VerifyError::Checkpoint(format!("this is no checkpoint: {error}")))
    }

    /// As JSON.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(crate) fn next(&self) -> Next {
        let entry = |(seller, series, period, next): &(String, String, String, i64)| {
            (SeriesKey { seller: seller.clone(), series: series.clone(), period: period.clone() }, *next)
        };
        self.next.iter().map(entry).collect()
    }

    pub(crate) fn set_next(&mut self, next: &Next) {
        let entry =
            |(key, next): (&SeriesKey, &i64)| (key.seller.clone(), key.series.clone(), key.period.clone(), *next);
        self.next = next.iter().map(entry).collect();
    }

    /// Whether the seal that it ended with is still there as it was.
    pub(crate) fn still_holds(&self, found: Option<&Seal>) -> Result<(), VerifyError> {
        let digest = |seal: Option<&Seal>| seal.map_or(Ok(Hash::ZERO), Seal::digest);
        match &self.seal {
            Some(seal) if digest(found)? != seal.digest()? => wrong(format!(
                "seal {} is another one than when this check began, or it is gone: history was rewritten since",
                seal.sequence
            )),
            _ => Ok(()),
        }
    }
}
