//! What a buyer asks for.

use kontor_rules::codes;
use kontor_sdk::{Bounded, Fault, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many of a licence one purchase may hold.
pub const QUANTITY_MAX: i64 = 100;

/// How many of a licence.
pub type Quantity = Bounded<1, QUANTITY_MAX>;

/// A purchase.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"license": "basic", "quantity": 1}))]
pub struct Order {
    /// The licence's name, as `listLicenses` gives it.
    #[schema(inline)]
    pub license: Text<1, 64>,
    /// How many; 1 if it is left out.
    #[schema(inline)]
    pub quantity: Option<Quantity>,
    /// Who buys. Required above the configured gross amount; without it the purchase is anonymous.
    pub customer: Option<Customer>,
}

/// A customer, as the invoice will show it. It is copied into the invoice and never changes there.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Unique name with the shop.
    #[schema(inline)]
    pub login: Text<1, 100>,
    /// Person or company.
    #[schema(inline)]
    pub name: Text<1, 200>,
    /// Street and number.
    #[schema(inline)]
    pub street: Text<1, 200>,
    /// Postal code.
    #[schema(inline)]
    pub zip: Text<1, 20>,
    /// Town.
    #[schema(inline)]
    pub city: Text<1, 100>,
    /// Country: two letters of ISO 3166-1, for example `DE`.
    #[schema(inline)]
    pub country: Text<2, 2>,
    /// Where to reach the customer.
    #[schema(inline)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Text<3, 254>>,
}

/// A login as it is kept with the invoice, in UTF-8.
const LOGIN_SIZE_MAX_BYTES: usize = 255;

impl Customer {
    /// What no invoice could be made out to: better refused now than sold without an invoice.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let fault = |field: &str, code: &str, detail: &str, hint: &str| Fault {
            code: code.to_owned(),
            pointer: format!("/customer/{field}"),
            detail: detail.to_owned(),
            hint: Some(hint.to_owned()),
        };
        let texts: [(&str, &str); 5] = [
            ("login", &self.login),
            ("name", &self.name),
            ("street", &self.street),
            ("zip", &self.zip),
            ("city", &self.city),
        ];
        let mut faults: Vec<Fault> = texts
            .into_iter()
            .filter(|(_, text)| text.trim().is_empty())
            .map(|(field, _)| fault(field, "blank", "This text is blank.", "Write something."))
            .collect();
        if self.email.as_ref().is_some_and(|email| email.trim().is_empty()) {
            faults.push(fault("email", "blank", "This text is blank.", "Write something, or leave the field out."));
        }
        if self.login.len() > LOGIN_SIZE_MAX_BYTES {
            faults.push(fault("login", "too-long", "The login has more than 255 bytes in UTF-8.", "Shorten it."));
        }
        if !codes::contains(codes::COUNTRIES, &self.country) {
            let detail = "This is no country of ISO 3166-1 (BR-CL-14).";
            faults.push(fault("country", "not-one-of", detail, "Write two capital letters like DE."));
        }
        faults
    }
}
