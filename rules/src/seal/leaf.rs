//! What a seal covers.

use serde::{Deserialize, Serialize};

use super::{Hash, NotCanonical, canonical, merkle};

/// One thing under a seal. Its bytes are its canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Leaf {
    /// An invoice: what its registration found, and the hash of what was frozen.
    Invoice {
        /// The invoice's id.
        id: String,
        /// Whose series it is.
        seller: String,
        /// The series.
        series: String,
        /// The part of the series that is counted by itself.
        period: String,
        /// Its place there.
        sequence: i64,
        /// The number.
        number: String,
        /// When it was issued: µs since 1970 UTC.
        issued_at_us: i64,
        /// What the customer's balance paid.
        balance_used: i64,
        /// The hash of the invoice's canonical JSON.
        body: Hash,
    },
    /// A rendering of an invoice, which is made once.
    Rendering {
        /// The invoice's id.
        id: String,
        /// `xrechnung.xml`, `cii.xml` or `zugferd.pdf`.
        format: String,
        /// The version of what made it.
        generator: String,
        /// The hash of the file.
        body: Hash,
    },
}

impl Leaf {
    /// The leaf's hash in the tree.
    ///
    /// # Errors
    /// [`NotCanonical::Number`] if a number is past ±(2⁵³ − 1); µs since 1970 are so in the year 2255.
    pub fn hash(&self) -> Result<Hash, NotCanonical> {
        canonical(self).map(|text| merkle::leaf_hash(text.as_bytes()))
    }
}
