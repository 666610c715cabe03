//! Seller, buyer and delivery as they are frozen.

use serde::{Deserialize, Serialize};

use super::object::frozen;
use crate::date::Date;

frozen! {
    /// Who sells, as of the issue time (BG-4). Comes from the configuration and never from a caller.
    #[derive(Default)]
    Seller {
        /// BT-27: person or company.
        pub name: String,
        /// BT-35: street and number.
        pub street: String,
        /// BT-36.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub street_extra: Option<String>,
        /// BT-38.
        pub zip: String,
        /// BT-37.
        pub city: String,
        /// BT-40: ISO 3166-1, two letters.
        pub country: String,
        /// BT-31; this or the tax number is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub vat_id: Option<String>,
        /// BT-32; this or the VAT id is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tax_number: Option<String>,
        /// BT-30: number in a register of companies.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub legal_id: Option<String>,
        /// BT-30-1: the register, ISO 6523.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub legal_id_scheme: Option<String>,
        /// BT-33: what else the law asks for, for example the managing directors (§ 35a GmbHG).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub legal_note: Option<String>,
        /// BT-34.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub electronic_address: Option<ElectronicAddress>,
        /// BG-6.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub contact: Option<Contact>,
        /// Where customers reach the seller.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub email: Option<String>,
        /// Whether the seller is a small business of § 19 UStG and must not show tax.
        #[serde(default)]
        pub small_business: bool,
        /// Whether this is a sample that is worth nothing.
        #[serde(default)]
        pub sample: bool,
    }
}

frozen! {
    /// Whom to ask at the seller's (BG-6).
    Contact {
        /// BT-41.
        pub name: String,
        /// BT-42.
        pub telephone: String,
        /// BT-43.
        pub email: String,
    }
}

frozen! {
    /// Where e-invoices go to (BT-34, BT-49).
    ElectronicAddress {
        /// The address.
        pub value: String,
        /// EAS code.
        pub scheme: String,
    }
}

frozen! {
    /// Who bought, copied as it was given then (BG-7).
    Buyer {
        /// Unique name with the shop.
        pub login: String,
        /// BT-44.
        pub name: String,
        /// BT-50.
        pub street: String,
        /// BT-51.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub street_extra: Option<String>,
        /// BT-53.
        pub zip: String,
        /// BT-52.
        pub city: String,
        /// BT-55.
        pub country: String,
        /// Where to reach the buyer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub email: Option<String>,
        /// BT-48.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub vat_id: Option<String>,
        /// BT-47.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub legal_id: Option<String>,
        /// BT-47-1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub legal_id_scheme: Option<String>,
        /// The buyer's tax number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tax_number: Option<String>,
        /// BT-49.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub electronic_address: Option<ElectronicAddress>,
    }
}

frozen! {
    /// When and where to it is supplied.
    Delivery {
        /// BT-72.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub date: Option<Date>,
        /// BT-73.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub from: Option<Date>,
        /// BT-74.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub to: Option<Date>,
        /// The moment, µs since 1970 UTC, if it is known that exactly.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub supplied_at_us: Option<i64>,
        /// BG-13, BG-15.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub address: Option<DeliverTo>,
    }
}

frozen! {
    /// To whom and where it is delivered.
    DeliverTo {
        /// BT-70.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub name: Option<String>,
        /// BT-75.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub street: Option<String>,
        /// BT-76.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub street_extra: Option<String>,
        /// BT-78.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub zip: Option<String>,
        /// BT-77.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub city: Option<String>,
        /// BT-80.
        pub country: String,
    }
}
