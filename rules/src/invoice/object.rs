//! The invoice as it is frozen: everything of EN 16931 that a shop can meet, named in the docs by its BT or BG number.
//!
//! Everything is copied in; nothing refers to data that may change. Amounts are integers in minor units of the currency.
//! Number, issue time and the balance used are not part of it: the batch that registers finds them ([`super::Document`]).

use serde::{Deserialize, Serialize};

use crate::{
    category::Category,
    choice::{Language, MeansKind, Pricing, choice},
    date::Date,
    decimal::Decimal,
    money::Currency,
    tax::Rate,
};

use super::party::{Buyer, Delivery, Seller};

/// The version of the shape of [`Invoice`].
pub const SCHEMA_VERSION: u32 = 2;

choice! {
    /// What an invoice does.
    Kind {
        /// An invoice (380).
        Invoice = "invoice",
        /// Cancels an invoice whole (381, "Stornorechnung"). Its amounts are positive and are taken back.
        Cancellation = "cancellation",
        /// Takes a part of an invoice back (381, "Rechnungskorrektur"). Its amounts are positive and are taken back.
        Credit = "credit",
        /// States a cancelled invoice anew (384, "Korrigierte Rechnung").
        Corrected = "corrected",
    }
}

impl Kind {
    /// BT-3: the code of UNTDID 1001.
    #[must_use]
    pub fn type_code(self) -> &'static str {
        match self {
            Self::Invoice => "380",
            Self::Cancellation | Self::Credit => "381",
            Self::Corrected => "384",
        }
    }

    /// Whether its amounts are taken back from the customer's debt instead of added to it.
    #[must_use]
    pub fn is_credit(self) -> bool {
        matches!(self, Self::Cancellation | Self::Credit)
    }

    /// What is written above it. Never "Gutschrift", which is self-billing (§ 14 (2) sentence 5 UStG).
    #[must_use]
    pub fn title(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Invoice, Language::German) => "Rechnung",
            (Self::Cancellation, Language::German) => "Stornorechnung",
            (Self::Credit, Language::German) => "Rechnungskorrektur",
            (Self::Corrected, Language::German) => "Korrigierte Rechnung",
            (Self::Invoice, Language::English) => "Invoice",
            (Self::Cancellation, Language::English) => "Cancellation of invoice",
            (Self::Credit, Language::English) => "Invoice correction",
            (Self::Corrected, Language::English) => "Corrected invoice",
        }
    }
}

/// A frozen object of the invoice: what is empty is not written.
macro_rules! frozen {
    ($(#[$meta:meta])* $name:ident { $($fields:tt)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name { $($fields)+ }
    };
}
pub(super) use frozen;

frozen! {
    /// An invoice, whole, but for what its registration adds.
    Invoice {
        /// Of this shape: [`SCHEMA_VERSION`].
        pub version: u32,
        /// BT-3.
        pub kind: Kind,
        /// What is written above it.
        pub title: String,
        /// The language of the server's texts.
        pub language: Language,
        /// Whether it is made as a small amount of § 33 UStDV, without a buyer.
        #[serde(default)]
        pub small_amount: bool,
        /// The customer's login: the archive is split by it.
        pub login: String,
        /// BG-4.
        pub seller: Seller,
        /// BG-7; none only for small amounts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub buyer: Option<Buyer>,
        /// BT-10.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub buyer_reference: Option<String>,
        /// BT-13.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub order_reference: Option<String>,
        /// BT-12.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub contract_reference: Option<String>,
        /// BG-13, BG-14.
        pub delivery: Delivery,
        /// BT-5.
        pub currency: Currency,
        /// What the prices are.
        pub pricing: Pricing,
        /// BG-25.
        pub lines: Vec<Line>,
        /// BG-20.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub allowances: Vec<GroupAllowance>,
        /// BG-21.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub charges: Vec<GroupAllowance>,
        /// BG-23: once for each category and rate.
        pub taxes: Vec<TaxGroup>,
        /// BT-106: sum of the lines' nets.
        pub lines_net: i64,
        /// BT-107: sum of the allowances on the whole, net.
        #[serde(default)]
        pub allowances_net: i64,
        /// BT-108: sum of the charges on the whole, net.
        #[serde(default)]
        pub charges_net: i64,
        /// BT-109.
        pub net: i64,
        /// BT-110.
        pub tax: i64,
        /// BT-112.
        pub gross: i64,
        /// BT-114.
        #[serde(default)]
        pub rounding: i64,
        /// BG-16, BT-9, BT-20.
        #[serde(default, skip_serializing_if = "Payment::is_empty")]
        pub payment: Payment,
        /// BT-22.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub notes: Vec<String>,
        /// BG-3: what it cancels or corrects.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub preceding: Vec<Preceding>,
        /// Why it cancels or corrects.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reason: Option<String>,
    }
}

frozen! {
    /// A line (BG-25).
    Line {
        /// BT-153.
        pub name: String,
        /// BT-154.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub description: Option<String>,
        /// BT-155.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub item_id: Option<String>,
        /// BT-127.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub note: Option<String>,
        /// BT-129.
        pub quantity: Decimal,
        /// BT-130.
        pub unit: String,
        /// The price as it was given, with or without tax as the invoice's pricing says.
        pub unit_price: Decimal,
        /// BT-149.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub base_quantity: Option<Decimal>,
        /// BT-146: the price without tax, with as many digits that quantity × price rounds to the line's amount.
        pub unit_net: Decimal,
        /// BT-151.
        pub category: Category,
        /// BT-152; none for `O`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub rate: Option<Rate>,
        /// BG-27.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub allowances: Vec<Allowance>,
        /// BG-28.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub charges: Vec<Allowance>,
        /// BT-131: without tax, after the line's allowances and charges.
        pub net: i64,
        /// What was paid for the line; only where prices contain the tax.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub gross: Option<i64>,
        /// What was booked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub booking: Option<Booking>,
    }
}

frozen! {
    /// A booked slot.
    Booking {
        /// The booking's id.
        pub id: String,
        /// The slot's begin, µs since 1970 UTC.
        pub from_us: i64,
        /// The slot's end, µs since 1970 UTC.
        pub to_us: i64,
    }
}

frozen! {
    /// An allowance or a charge.
    Allowance {
        /// As it was given, with or without tax as the invoice's pricing says; not below zero.
        pub amount: i64,
        /// BT-92, BT-99, BT-136, BT-141: without tax.
        pub net: i64,
        /// BT-94, BT-101, BT-138, BT-143.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub percent: Option<Decimal>,
        /// What the percentage is of, as the prices are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub base: Option<i64>,
        /// BT-97, BT-104, BT-139, BT-144.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reason: Option<String>,
        /// BT-98, BT-105, BT-140, BT-145.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reason_code: Option<String>,
    }
}

frozen! {
    /// An allowance or a charge on the whole, for one category and rate.
    GroupAllowance {
        /// BT-95, BT-102.
        pub category: Category,
        /// BT-96, BT-103; none for `O`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub rate: Option<Rate>,
        /// How much and why.
        #[serde(flatten)]
        pub allowance: Allowance,
    }
}

frozen! {
    /// The tax of one category and rate (BG-23).
    TaxGroup {
        /// BT-118.
        pub category: Category,
        /// BT-119; none for `O`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub rate: Option<Rate>,
        /// BT-116.
        pub net: i64,
        /// BT-117.
        pub tax: i64,
        /// Both.
        pub gross: i64,
        /// BT-120.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub exemption: Option<String>,
        /// BT-121.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub exemption_code: Option<String>,
    }
}

frozen! {
    /// How and until when to pay.
    #[derive(Default)]
    Payment {
        /// BT-9.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub due_on: Option<Date>,
        /// Days from the issue date to BT-9.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub due_in_days: Option<u32>,
        /// BT-20.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub terms: Option<String>,
        /// BR-DE-18.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub skonto: Vec<Skonto>,
        /// BG-16.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub means: Vec<Means>,
    }
}

impl Payment {
    /// Whether nothing is said about it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

frozen! {
    /// Less to pay for paying early.
    Skonto {
        /// Days from the issue date.
        pub days: u32,
        /// Percent.
        pub percent: Rate,
        /// What it is of; all that is due if it is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub base: Option<i64>,
    }
}

frozen! {
    /// A way to pay (BG-16 to BG-19).
    Means {
        /// BT-81.
        pub kind: MeansKind,
        /// BT-83.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reference: Option<String>,
        /// BT-84 for a transfer, BT-91 for a direct debit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub iban: Option<String>,
        /// BT-86.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub bic: Option<String>,
        /// BT-85, BT-88.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub holder: Option<String>,
        /// BT-89.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub mandate: Option<String>,
        /// BT-90.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub creditor_id: Option<String>,
        /// BT-87.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub card: Option<String>,
    }
}

frozen! {
    /// An invoice that this one is about (BG-3).
    Preceding {
        /// Its id.
        pub id: String,
        /// BT-25.
        pub number: String,
        /// BT-26.
        pub issued_on: Date,
    }
}
