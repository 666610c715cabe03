//! VAT categories.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::read::read_text;

/// The VAT category of a line, an allowance or a charge: UNTDID 5305, as far as EN 16931 uses it outside the Canary Islands,
/// Ceuta and Melilla (BT-95, BT-102, BT-118, BT-151).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Category {
    /// Standard rate, which is every rate above zero.
    S,
    /// Zero rated.
    Z,
    /// Exempt from tax; also the small business of § 19 UStG.
    E,
    /// Reverse charge: the buyer owes the tax (§ 13b UStG).
    AE,
    /// Intra-community supply (§§ 4 no. 1 b, 6a UStG).
    K,
    /// Export outside the European Union (§§ 4 no. 1 a, 6 UStG).
    G,
    /// Not subject to tax.
    O,
}

/// Not one of the codes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no VAT category; the categories are S, Z, E, AE, K, G and O")]
pub struct NotACategory(String);

impl Category {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::S, Self::Z, Self::E, Self::AE, Self::K, Self::G, Self::O];

    /// Whether tax is charged.
    #[must_use]
    pub fn is_taxed(self) -> bool {
        self == Self::S
    }

    /// Whether it has to be said why no tax is charged.
    #[must_use]
    pub fn needs_reason(self) -> bool {
        !matches!(self, Self::S | Self::Z)
    }

    /// The code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::Z => "Z",
            Self::E => "E",
            Self::AE => "AE",
            Self::K => "K",
            Self::G => "G",
            Self::O => "O",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for Category {
    type Err = NotACategory;

    fn from_str(text: &str) -> Result<Self, NotACategory> {
        let found = Self::ALL.into_iter().find(|category| category.code() == text);
        found.ok_or_else(|| NotACategory(text.chars().take(20).collect()))
    }
}

read_text!(Category);
