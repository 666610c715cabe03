//! Who sells. Without a seller no invoice is registered: an invoice that names nobody is none.

use kontor_sdk::config::{self, Configuration, Misconfigured};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The configuration keys and what they mean.
pub const KEYS: [(&str, &str); 9] = [
    ("seller_name", "The seller's full name (§ 14 (4) no. 1 UStG). Without it no invoice is registered."),
    ("seller_street", "Street and number."),
    ("seller_zip", "Postal code."),
    ("seller_city", "Town."),
    ("seller_country", "Country: two letters of ISO 3166-1, for example DE."),
    ("seller_vat_id", "VAT id, for example DE123456789; this or the tax number is required (§ 14 (4) no. 2 UStG)."),
    ("seller_tax_number", "Tax number that the tax office gave."),
    ("seller_email", "Where customers reach the seller."),
    ("seller_sample", "true marks every invoice as a sample that is worth nothing. For trying out."),
];

/// The seller, as it is copied into each invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Seller {
    /// Person or company.
    pub name: String,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub zip: String,
    /// Town.
    pub city: String,
    /// ISO 3166-1, two letters.
    pub country: String,
    /// VAT id; this or the tax number is there.
    pub vat_id: Option<String>,
    /// Tax number; this or the VAT id is there.
    pub tax_number: Option<String>,
    /// Where to reach the seller.
    pub email: Option<String>,
    /// Whether this is a sample that is worth nothing.
    pub sample: bool,
}

/// Without these there is no invoice (§ 14 (4) no. 1 UStG), beside one of the two tax identifiers.
const NEEDED: [&str; 5] = ["seller_name", "seller_street", "seller_zip", "seller_city", "seller_country"];

impl Configuration for Seller {
    fn read() -> Result<Self, Misconfigured> {
        match Self::faults().into_iter().next() {
            Some(fault) => Err(fault),
            None => Self::complete(),
        }
    }

    fn faults() -> Vec<Misconfigured> {
        let missing = NEEDED.into_iter().filter(|key| config::get(key).is_none());
        let mut faults: Vec<_> = missing.map(|key| Misconfigured::new(key, "it is not set")).collect();
        if let Some(country) = config::get("seller_country").filter(|country| !is_country(country.trim())) {
            let what = format!("{country:?} is no country; write two letters like DE");
            faults.push(Misconfigured::new("seller_country", what));
        }
        if config::get("seller_vat_id").is_none() && config::get("seller_tax_number").is_none() {
            let what = "neither it nor seller_tax_number is set; one of both is required";
            faults.push(Misconfigured::new("seller_vat_id", what));
        }
        if let Some(sample) = config::get("seller_sample").filter(|sample| !["true", "false"].contains(&sample.trim()))
        {
            let what = format!("{sample:?} is neither true nor false");
            faults.push(Misconfigured::new("seller_sample", what));
        }
        faults
    }
}

impl Seller {
    fn complete() -> Result<Self, Misconfigured> {
        Ok(Self {
            name: config::need("seller_name")?,
            street: config::need("seller_street")?,
            zip: config::need("seller_zip")?,
            city: config::need("seller_city")?,
            country: config::need("seller_country")?,
            vat_id: config::get("seller_vat_id"),
            tax_number: config::get("seller_tax_number"),
            email: config::get("seller_email"),
            sample: config::get("seller_sample").is_some_and(|sample| sample.trim() == "true"),
        })
    }
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}
