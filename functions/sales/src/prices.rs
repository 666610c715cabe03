//! What is sold, and for how much.

use kontor_rules::{Currency, Rate, invoice::limits::SMALL_AMOUNT_MAX, money::AMOUNT_MAX};
use kontor_sdk::{
    Config, Json, Problem,
    config::{self, Configuration, Misconfigured},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::order::QUANTITY_MAX;

/// The configuration.
pub struct Prices {
    /// Names and gross prices in minor units, in the configured order.
    pub licenses: Vec<(String, i64)>,
    /// The prices' currency.
    pub currency: Currency,
    /// The tax within them.
    pub tax_rate: Rate,
    /// The same as text, as it is shown.
    pub tax_rate_text: String,
    /// Where receipts are shown, without a slash at the end.
    pub receipt_base: String,
    /// Gross amount above which a customer is required.
    pub customer_required_above: i64,
}

/// § 33 UStDV.
const SMALL_AMOUNT_CURRENCY: &str = "EUR";

impl Configuration for Prices {
    fn read() -> Result<Self, Misconfigured> {
        let currency: Currency = config::need("currency")?;
        let tax_rate: Rate = config::need("tax_rate")?;
        let limit: String = config::need("customer_required_above")?;
        let limit = currency
            .parse_amount(&limit)
            .map_err(|error| Misconfigured::new("customer_required_above", error.to_string()))?;
        if limit > SMALL_AMOUNT_MAX && currency.code() == SMALL_AMOUNT_CURRENCY {
            let what = "it is above 250.00, and up to there alone an invoice may lack its buyer (§ 33 UStDV)";
            return Err(Misconfigured::new("customer_required_above", what));
        }
        let base: String = config::need("receipt_base")?;
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(Misconfigured::new(
                "receipt_base",
                format!("{base:?} is no address; write it like https://invoices.example.com"),
            ));
        }
        Ok(Self {
            licenses: licenses(&config::need::<String>("licenses")?, currency)?,
            currency,
            tax_rate,
            tax_rate_text: tax_rate.to_string(),
            receipt_base: base.trim_end_matches('/').to_owned(),
            customer_required_above: limit,
        })
    }
}

impl Prices {
    /// Whether an invoice of that amount has to name its buyer: the law's small amounts are in EUR.
    #[must_use]
    pub fn need_customer(&self, gross: i64) -> bool {
        gross > self.customer_required_above || self.currency.code() != SMALL_AMOUNT_CURRENCY
    }
}

/// Reads `basic=19.00, pro=49.00`.
fn licenses(text: &str, currency: Currency) -> Result<Vec<(String, i64)>, Misconfigured> {
    let wrong = |what: String| Misconfigured::new("licenses", format!("{what}; write it like basic=19.00, pro=49.00"));
    let mut licenses: Vec<(String, i64)> = Vec::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (name, price) = entry.split_once('=').ok_or_else(|| wrong(format!("{entry:?} has no price")))?;
        let name = name.trim();
        let fine = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if name.is_empty() || name.len() > 64 || !fine {
            return Err(wrong(format!("{name:?} is no name of a licence: 1 to 64 letters, digits, - and _")));
        }
        if licenses.iter().any(|(known, _)| known == name) {
            return Err(wrong(format!("{name} is there twice")));
        }
        let price = currency.parse_amount(price.trim()).map_err(|error| wrong(error.to_string()))?;
        if !(0..=AMOUNT_MAX / QUANTITY_MAX).contains(&price) {
            return Err(wrong(format!("the price of {name} is below zero or too large")));
        }
        licenses.push((name.to_owned(), price));
    }
    if licenses.is_empty() { Err(wrong("there is no licence".to_owned())) } else { Ok(licenses) }
}

/// Licences and prices.
#[derive(Serialize, ToSchema)]
pub struct Licenses {
    /// ISO 4217 code.
    #[schema(example = "EUR")]
    currency: String,
    /// Tax within the prices, percent.
    #[schema(example = "19")]
    tax_rate: String,
    /// In the order in which they are shown.
    licenses: Vec<License>,
}

/// A licence.
#[derive(Serialize, ToSchema)]
pub struct License {
    /// Its name, as `buyLicense` takes it.
    #[schema(example = "basic")]
    license: String,
    /// Gross price in minor units.
    #[schema(example = 1900)]
    gross: i64,
}

/// Answers `listLicenses`.
pub fn list_licenses(prices: Config<Prices>) -> Result<Json<Licenses>, Problem> {
    let license = |(name, gross): &(String, i64)| License { license: name.clone(), gross: *gross };
    Ok(Json(Licenses {
        currency: prices.currency.code().to_owned(),
        tax_rate: prices.tax_rate_text.clone(),
        licenses: prices.licenses.iter().map(license).collect(),
    }))
}
