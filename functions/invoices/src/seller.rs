//! Who sells, and how it numbers. Without a seller no invoice is registered: an invoice that names nobody is none.
//!
//! An invoice freezes the seller as of the day of its issue; what was configured before stands in the invoices of that time.

mod changes;

use kontor_rules::{
    Date, Seller,
    invoice::party::{Contact, ElectronicAddress},
    series::Restart,
};
use kontor_sdk::{
    Problem,
    config::{self, Configuration, Misconfigured},
};

use crate::{
    archive::Archive,
    numbers::Series,
    zone::{MOMENT_MAX, Zone},
};
use changes::Sellers;

/// The configuration keys, what they mean, and what they are if nobody sets them.
pub const KEYS: [(&str, &str, Option<&str>); 23] = [
    ("seller_name", "The seller's full name (§ 14 (4) no. 1 UStG). Without it no invoice is registered.", None),
    ("seller_street", "Street and number.", None),
    ("seller_street_extra", "What else the address needs.", None),
    ("seller_zip", "Postal code.", None),
    ("seller_city", "Town.", None),
    ("seller_country", "Country: two letters of ISO 3166-1, for example DE.", None),
    (
        "seller_vat_id",
        "VAT id, for example DE123456789; this or the tax number is required (§ 14 (4) no. 2 UStG).",
        None,
    ),
    ("seller_tax_number", "Tax number that the tax office gave.", None),
    ("seller_legal_id", "Number in a register of companies (BT-30).", None),
    ("seller_legal_id_scheme", "The register: a code of ISO 6523 (BT-30-1).", None),
    ("seller_legal_note", "What else the law asks for, for example the managing directors (BT-33; § 35a GmbHG).", None),
    ("seller_electronic_address", "Where e-invoices for the seller go to (BT-34).", None),
    ("seller_electronic_address_scheme", "The kind of that address: EAS code, EM for e-mail.", Some("EM")),
    ("seller_contact_name", "Whom to ask (BT-41); with telephone and e-mail, or none of the three.", None),
    ("seller_contact_telephone", "The contact's telephone number (BT-42).", None),
    ("seller_contact_email", "The contact's e-mail address (BT-43).", None),
    ("seller_email", "Where customers reach the seller.", None),
    ("seller_small_business", "true for a small business that shows no tax (§ 19 UStG).", None),
    ("seller_sample", "true marks every invoice as a sample that is worth nothing. For trying out.", None),
    (
        "seller_changes",
        "What changes from which day on, as JSON: [{\"from\": \"2027-01-01\", \"name\": \"Kontor AG\", \"email\": null}]. An invoice \
         names the seller of the day of its issue.",
        None,
    ),
    ("seller_time_zone", "Where the seller is: UTC, or a city of the EU's time zones.", Some("Europe/Berlin")),
    (
        "series",
        "Number series as NAME=PATTERN, separated by commas; the first one is the default. {year} in a pattern begins the \
         series anew each year, {customer} gives each customer a series of its own, {sequence:6} is the number with at least \
         six digits. Behind a pattern may stand per-customer or per-seller, and yearly or continuous.",
        Some("RE=RE-{year}-{sequence:6}"),
    ),
    (
        "archive",
        "documents moves finished invoices into the append-only collection invoices of the documents service, which can be a \
         cluster; none leaves them in the database. What was moved stays there, so there is no way back.",
        Some("none"),
    ),
];

/// The seller with its clock and its number series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    /// Who sells since when, as it is copied into each invoice.
    pub sellers: Sellers,
    /// Its clock.
    pub zone: Zone,
    /// Its number series, at least one; the first is the default.
    pub series: Vec<Series>,
    /// Whether bodies go to the archive.
    pub archive: Archive,
}

/// Without these there is no invoice (§ 14 (4) no. 1 UStG), beside one of the two tax identifiers.
const NEEDED: [&str; 5] = ["seller_name", "seller_street", "seller_zip", "seller_city", "seller_country"];
const CONTACT: [&str; 3] = ["seller_contact_name", "seller_contact_telephone", "seller_contact_email"];

impl Configuration for Shop {
    fn read() -> Result<Self, Misconfigured> {
        match Self::faults().into_iter().next() {
            Some(fault) => Err(fault),
            None => Ok(Self { sellers: sellers()?, zone: zone()?, series: series()?, archive: Archive::read()? }),
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
        for key in ["seller_sample", "seller_small_business"] {
            if let Some(found) = config::get(key).filter(|found| !["true", "false"].contains(&found.trim())) {
                faults.push(Misconfigured::new(key, format!("{found:?} is neither true nor false")));
            }
        }
        if CONTACT.into_iter().any(|key| config::get(key).is_some()) {
            let absent = CONTACT.into_iter().filter(|key| config::get(key).is_none());
            faults.extend(
                absent.map(|key| Misconfigured::new(key, "the other fields of the contact are set, and it is not")),
            );
        }
        faults.extend(zone().err());
        faults.extend(series().err());
        if faults.is_empty() {
            faults.extend(sellers().err());
        }
        if faults.is_empty() { broken_rules() } else { faults }
    }
}

impl Shop {
    /// Who sells at a moment, µs since 1970 UTC.
    #[must_use]
    pub fn seller_at(&self, now: i64) -> &Seller {
        let today = Date::of_moment(now, self.zone.offset_at(now));
        today.map_or_else(|| self.sellers.first(), |today| self.sellers.on(today))
    }

    /// The moment from which on a series numbers another year, or the seller is another one.
    #[must_use]
    pub fn until(&self, today: Date, series: &Series) -> i64 {
        let next_year = Some(series).filter(|series| series.restart == Restart::Yearly);
        let next_year = next_year.and_then(|_| Date::new(today.year() + 1, 1, 1));
        let days = self.sellers.next_after(today).into_iter().chain(next_year);
        days.map(|day| self.zone.begin_us(day)).min().unwrap_or(MOMENT_MAX)
    }

    /// The series of that name; the default one for none.
    #[must_use]
    pub fn series_named(&self, name: Option<&str>) -> Option<&Series> {
        match name {
            None => self.series.first(),
            Some(name) => self.series.iter().find(|series| series.name == name),
        }
    }
}

/// Nothing can be registered for callers either: 503, and what to write.
pub fn no_seller(error: &Misconfigured) -> Problem {
    Problem::new(503, "no-seller", "There is no seller to issue invoices").detail(format!("{error}.")).hint(WHAT_TO_SET)
}

/// What an operator writes so that there is a seller.
pub const WHAT_TO_SET: &str = "Set seller_name, seller_street, seller_zip, seller_city, seller_country and seller_vat_id or \
                               seller_tax_number in the section of the function invoices.";

/// What the rules of invoices say of the seller: better known at the start than by the first sale.
fn broken_rules() -> Vec<Misconfigured> {
    let Ok(sellers) = sellers() else { return Vec::new() };
    let mut faults: Vec<Misconfigured> = Vec::new();
    for (index, seller) in sellers.all().enumerate() {
        let broken = kontor_rules::invoice::check_json(b"{}", seller).err().unwrap_or_default();
        for violation in broken {
            let Some(field) = violation.pointer.strip_prefix("/seller/") else { continue };
            let key = match field.replace('/', "_").as_str() {
                _ if index > 0 => "seller_changes".to_owned(),
                "electronic_address_value" => "seller_electronic_address".to_owned(),
                field => format!("seller_{field}"),
            };
            faults.push(Misconfigured::new(&key, format!("{} ({})", violation.detail, violation.code)));
        }
        // What is wrong at first stays so until it changes.
        if !faults.is_empty() {
            break;
        }
    }
    faults
}

fn text(key: &str) -> Option<String> {
    config::get(key).map(|text| text.trim().to_owned())
}

fn is_set(key: &str) -> bool {
    config::get(key).is_some_and(|value| value.trim() == "true")
}

fn seller() -> Result<Seller, Misconfigured> {
    let [name, telephone, email] = CONTACT.map(text);
    let scheme = text("seller_electronic_address_scheme").unwrap_or_else(|| "EM".to_owned());
    Ok(Seller {
        name: config::need("seller_name")?,
        street: config::need("seller_street")?,
        street_extra: text("seller_street_extra"),
        zip: config::need("seller_zip")?,
        city: config::need("seller_city")?,
        country: config::need("seller_country")?,
        vat_id: text("seller_vat_id"),
        tax_number: text("seller_tax_number"),
        legal_id: text("seller_legal_id"),
        legal_id_scheme: text("seller_legal_id_scheme"),
        legal_note: text("seller_legal_note"),
        electronic_address: text("seller_electronic_address").map(|value| ElectronicAddress { value, scheme }),
        contact: name.zip(telephone).zip(email).map(|((name, telephone), email)| Contact { name, telephone, email }),
        email: text("seller_email"),
        small_business: is_set("seller_small_business"),
        sample: is_set("seller_sample"),
    })
}

fn sellers() -> Result<Sellers, Misconfigured> {
    let changes = text("seller_changes");
    Sellers::read(seller()?, changes.as_deref()).map_err(|what| Misconfigured::new("seller_changes", what))
}

fn zone() -> Result<Zone, Misconfigured> {
    let name = text("seller_time_zone").unwrap_or_else(|| "Europe/Berlin".to_owned());
    Zone::named(&name).map_err(|what| Misconfigured::new("seller_time_zone", what))
}

fn series() -> Result<Vec<Series>, Misconfigured> {
    let text = text("series").unwrap_or_else(|| "RE=RE-{year}-{sequence:6}".to_owned());
    Series::read(&text).map_err(|what| Misconfigured::new("series", what))
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}
