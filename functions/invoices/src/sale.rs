//! The event `sale.made` of the function `sales`, version 1, as far as invoices need it, and the draft of an invoice that
//! it becomes. Fields that a later version adds are ignored.

use kontor_rules::{
    Category, Currency, Date, Decimal, Draft, Rate, Seller,
    choice::Pricing,
    draft::{BuyerDraft, DeliveryDraft, ExemptionDraft, LineDraft},
};
use serde::Deserialize;

use crate::zone::Zone;

/// The version that this function knows; another one may mean other things by the same names.
const VERSION: u32 = 1;

/// What a small business writes instead of tax (§ 19 (1) UStG, § 34a UStDV).
const SMALL_BUSINESS: &str = "Kein Ausweis von Umsatzsteuer, da Kleinunternehmer gemäß § 19 UStG";

/// A sale.
#[derive(Debug, Deserialize)]
pub struct SaleMade {
    /// Of this shape.
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
    pub customer: Option<Customer>,
}

/// Name and address, as they were given at the purchase.
#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    login: String,
    name: String,
    street: String,
    zip: String,
    city: String,
    country: String,
    email: Option<String>,
}

impl From<Customer> for BuyerDraft {
    fn from(customer: Customer) -> Self {
        Self {
            login: Some(customer.login),
            name: Some(customer.name),
            street: Some(customer.street),
            zip: Some(customer.zip),
            city: Some(customer.city),
            country: Some(customer.country),
            email: customer.email,
            ..Self::default()
        }
    }
}

impl SaleMade {
    /// The draft of the sale's invoice. Gross-priced: what was paid is fixed, and the tax is taken out of it.
    ///
    /// # Errors
    /// What makes no sense, for the operator: the event came from a function of ours, so somebody has to look.
    pub fn draft(&self, seller: &Seller, zone: Zone) -> Result<Draft, String> {
        if self.version != VERSION {
            return Err(format!(
                "the sale is told in version {}, and this function knows version {VERSION}",
                self.version
            ));
        }
        let currency: Currency = self.currency.parse().map_err(|error| format!("{error}"))?;
        let rate: Rate = self.tax_rate.parse().map_err(|error| format!("{error}"))?;
        let sold_on = Date::of_moment(self.sold_at_us, zone.offset_at(self.sold_at_us));
        let category = match (rate.is_zero(), seller.small_business) {
            (false, _) => Category::S,
            (true, true) => Category::E,
            (true, false) => Category::Z,
        };
        let line = |line: &SoldLine| LineDraft {
            name: Some(line.name.clone()),
            quantity: Some(Decimal::from(line.quantity)),
            unit_price: Decimal::new(line.unit_gross, currency.decimals()),
            category: Some(category),
            rate: Some(rate),
            ..LineDraft::default()
        };
        let exemption = ExemptionDraft {
            category: Some(Category::E),
            text: Some(SMALL_BUSINESS.to_owned()),
            ..ExemptionDraft::default()
        };
        Ok(Draft {
            id: Some(self.invoice.clone()),
            login: Some(self.buyer.login.clone()),
            buyer: self.buyer.customer.clone().map(BuyerDraft::from),
            delivery: Some(DeliveryDraft {
                date: sold_on,
                supplied_at_us: Some(self.sold_at_us),
                ..DeliveryDraft::default()
            }),
            currency: Some(currency),
            pricing: Some(Pricing::Gross),
            lines: Some(self.lines.iter().map(line).collect()),
            exemptions: (category == Category::E).then(|| vec![exemption]),
            ..Draft::default()
        })
    }
}
