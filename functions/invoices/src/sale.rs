//! The event `sale.made` of the function `sales`, version 1, as far as invoices need it. Fields that a later version
//! adds are ignored.

use serde::Deserialize;

/// A sale.
#[derive(Debug, Deserialize)]
pub struct SaleMade {
    /// 1; another version may mean other things by the same names.
    pub version: u32,
    /// The sale's id.
    pub sale: String,
    /// The id that the invoice shall have.
    pub invoice: String,
    /// µs since 1970 UTC.
    pub sold_at_us: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Percent.
    pub tax_rate: String,
    /// What was paid, minor units.
    pub gross: i64,
    /// What was sold.
    pub lines: Vec<SoldLine>,
    /// Who bought.
    pub buyer: SoldTo,
    /// SHA-256 of the receipt's secret, hexadecimal.
    pub receipt_hash: String,
}

/// One line of a sale.
#[derive(Debug, Deserialize)]
pub struct SoldLine {
    /// What.
    pub name: String,
    /// How many.
    pub quantity: i64,
    /// Gross price of one, minor units.
    pub unit_gross: i64,
}

/// Who bought.
#[derive(Debug, Deserialize)]
pub struct SoldTo {
    /// The customer's own login, or `guest-…`.
    pub login: String,
    /// Name and address, if they were given.
    pub customer: Option<crate::body::Buyer>,
}
