//! The body of an invoice: everything the function knows of it before it is registered.
//!
//! Number, sequence and issue time are found in SQL, in the batch that registers, so they are columns of the
//! registration and not part of the body. What is hashed into the registration is the body as canonical JSON; what
//! clients see joins both.

use kontor_rules::{Currency, Rate, money, tax};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{sale::SaleMade, seller::Seller};

/// The version of the body's shape that this function writes.
const VERSION: u32 = 1;

/// The body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// Of this shape.
    pub version: u32,
    /// Who sells.
    pub seller: Seller,
    /// Who bought; none for small amounts (§ 33 UStDV).
    pub buyer: Option<Buyer>,
    /// When it was supplied: µs since 1970 UTC.
    pub supplied_at_us: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Percent.
    pub tax_rate: String,
    /// Without tax.
    pub net: i64,
    /// The tax.
    pub tax: i64,
    /// What was paid.
    pub gross: i64,
    /// What was sold.
    pub lines: Vec<Line>,
}

/// Who bought, copied as it was given then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Buyer {
    /// Unique name with the shop.
    pub login: String,
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
    /// Where to reach the customer.
    #[serde(default)]
    pub email: Option<String>,
}

/// A line. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Line {
    /// What.
    #[schema(example = "basic")]
    pub name: String,
    /// How many.
    pub quantity: i64,
    /// Gross price of one.
    pub unit_gross: i64,
    /// The line without tax; the lines' nets sum to the invoice's.
    pub net: i64,
    /// What was paid for the line.
    pub gross: i64,
}

impl Body {
    /// The body of a sale's invoice. Gross-priced: what was paid is fixed, and the tax is taken out of it.
    ///
    /// # Errors
    /// What makes no sense, for the operator: the event came from a seller of ours, so somebody has to look.
    pub fn of(sale: SaleMade, seller: Seller) -> Result<Self, String> {
        if sale.version != VERSION {
            return Err(format!(
                "the sale is told in version {}, and this function knows version {VERSION}",
                sale.version
            ));
        }
        let rate: Rate = sale.tax_rate.parse().map_err(|error| format!("{error}"))?;
        sale.currency.parse::<Currency>().map_err(|error| error.to_string())?;
        let grosses: Option<Vec<i64>> =
            sale.lines.iter().map(|line| line.quantity.checked_mul(line.unit_gross)).collect();
        let grosses = grosses.ok_or("a line's amount is too large")?;
        let sum = grosses.iter().try_fold(0_i64, |sum, gross| sum.checked_add(*gross));
        if sum != Some(sale.gross) || sale.lines.is_empty() || !(0..=money::AMOUNT_MAX).contains(&sale.gross) {
            return Err(format!("the lines do not sum to the {} that were paid", sale.gross));
        }
        let split = tax::from_gross(sale.gross, rate);
        let nets = money::share(split.net, &grosses);
        let line = |((line, gross), net)| {
            let crate::sale::SoldLine { name, quantity, unit_gross } = line;
            Line { name, quantity, unit_gross, net, gross }
        };
        Ok(Self {
            version: VERSION,
            seller,
            buyer: sale.buyer.customer,
            supplied_at_us: sale.sold_at_us,
            currency: sale.currency,
            tax_rate: rate.to_string(),
            net: split.net,
            tax: split.tax,
            gross: sale.gross,
            lines: sale.lines.into_iter().zip(grosses).zip(nets).map(line).collect(),
        })
    }

    /// Canonical JSON (RFC 8785). `serde_json`'s maps are sorted and its strings are escaped as RFC 8785 says; every
    /// name here is ASCII, so byte order is the order it asks for, and every number is an integer below 2⁵³, so that no
    /// number can be written in two ways.
    ///
    /// # Errors
    /// If the body cannot be JSON.
    pub fn canonical(&self) -> Result<String, String> {
        serde_json::to_value(self).and_then(|value| serde_json::to_string(&value)).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_is_sorted_and_stays_the_same() {
        let seller = Seller {
            name: "Ä \"GmbH\"".to_owned(),
            street: "Weg 1".to_owned(),
            zip: "10115".to_owned(),
            city: "Berlin".to_owned(),
            country: "DE".to_owned(),
            vat_id: None,
            tax_number: Some("1/2".to_owned()),
            email: None,
            sample: true,
        };
        let line = Line { name: "basic".to_owned(), quantity: 1, unit_gross: 1900, net: 1597, gross: 1900 };
        let body = Body {
            version: 1,
            seller,
            buyer: None,
            supplied_at_us: 1,
            currency: "EUR".to_owned(),
            tax_rate: "19".to_owned(),
            net: 1597,
            tax: 303,
            gross: 1900,
            lines: vec![line],
        };
        let wanted = concat!(
            r#"{"buyer":null,"currency":"EUR","gross":1900,"lines":[{"gross":1900,"name":"basic","net":1597,"quantity":1,"#,
            r#""unit_gross":1900}],"net":1597,"seller":{"city":"Berlin","country":"DE","email":null,"name":"Ä \"GmbH\"","#,
            r#""sample":true,"street":"Weg 1","tax_number":"1/2","vat_id":null,"zip":"10115"},"supplied_at_us":1,"#,
            r#""tax":303,"tax_rate":"19","version":1}"#
        );
        assert_eq!(body.canonical().unwrap(), wanted);
    }
}
