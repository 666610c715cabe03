//! The seller over time: an invoice freezes who the seller was on the day of its issue.

use kontor_rules::{Date, Seller};
use serde_json::{Map, Value};

/// What can change. Whether invoices are samples is settled once for a store.
const FIELDS: [&str; 15] = [
    "name",
    "street",
    "street_extra",
    "zip",
    "city",
    "country",
    "vat_id",
    "tax_number",
    "legal_id",
    "legal_id_scheme",
    "legal_note",
    "electronic_address",
    "contact",
    "email",
    "small_business",
];
/// Nobody moves that often.
const CHANGES_MAX: usize = 100;

/// A seller, and what became of it on which days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sellers {
    first: Seller,
    /// In the order of their days.
    later: Vec<(Date, Seller)>,
}

impl Sellers {
    /// Reads changes as JSON: a list of objects with `from`, the first day, and the fields that are others since then; null
    /// takes a field away.
    ///
    /// # Errors
    /// What is wrong, and what to write.
    pub fn read(first: Seller, changes: Option<&str>) -> Result<Self, String> {
        let changes: Vec<Map<String, Value>> = match changes {
            None => Vec::new(),
            Some(text) => serde_json::from_str(text).map_err(|error| {
                format!("it is no list of changes in JSON ({error}); write [{{\"from\": \"2027-01-01\", …}}]")
            })?,
        };
        if changes.len() > CHANGES_MAX {
            return Err(format!("there are {} changes; at most {CHANGES_MAX} are allowed", changes.len()));
        }
        let mut later: Vec<(Date, Seller)> = Vec::with_capacity(changes.len());
        for change in changes {
            let before = later.last().map_or(&first, |(_, seller)| seller);
            let (from, seller) = changed(before, change)?;
            if later.last().is_some_and(|(day, _)| *day >= from) {
                return Err(format!("the change of {from} does not follow the one before it; write them in order"));
            }
            later.push((from, seller));
        }
        Ok(Self { first, later })
    }

    /// The seller of a day.
    #[must_use]
    pub fn on(&self, day: Date) -> &Seller {
        self.later.iter().rev().find(|(from, _)| *from <= day).map_or(&self.first, |(_, seller)| seller)
    }

    /// Who it was in the beginning.
    #[must_use]
    pub fn first(&self) -> &Seller {
        &self.first
    }

    /// The first day of the next one.
    #[must_use]
    pub fn next_after(&self, day: Date) -> Option<Date> {
        self.later.iter().map(|(from, _)| *from).find(|from| *from > day)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Seller> {
        std::iter::once(&self.first).chain(self.later.iter().map(|(_, seller)| seller))
    }
}

fn changed(before: &Seller, mut change: Map<String, Value>) -> Result<(Date, Seller), String> {
    let from = change.remove("from");
    let from = from.as_ref().and_then(Value::as_str).and_then(|day| day.parse::<Date>().ok());
    let from = from.ok_or("a change has no from; write its first day like \"2027-01-01\"")?;
    if let Some(unknown) = change.keys().find(|field| !FIELDS.contains(&field.as_str())) {
        return Err(format!("the change of {from} has {unknown:?}, which is nothing; there are {}", FIELDS.join(", ")));
    }
    let wrong = |error: serde_json::Error| format!("the change of {from} makes no seller: {error}");
    let mut seller = serde_json::to_value(before).map_err(wrong)?;
    if let Some(fields) = seller.as_object_mut() {
        for (field, value) in change {
            match value {
                Value::Null => fields.remove(&field),
                value => fields.insert(field, value),
            };
        }
    }
    Ok((from, serde_json::from_value(seller).map_err(wrong)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seller() -> Seller {
        Seller { name: "Kontor GmbH".into(), email: Some("a@b.de".into()), ..Seller::default() }
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn each_day_has_its_seller() {
        let changes = r#"[{"from": "2027-01-01", "name": "Kontor AG", "email": null},
                          {"from": "2028-07-01", "city": "Kiel", "contact": {"name": "Anna", "telephone": "1", "email": "c@d.de"}}]"#;
        let sellers = Sellers::read(seller(), Some(changes)).unwrap();
        let on = |text: &str| {
            let seller = sellers.on(day(text));
            (seller.name.as_str(), seller.city.as_str(), seller.email.is_some(), seller.contact.is_some())
        };
        assert_eq!(on("2026-12-31"), ("Kontor GmbH", "", true, false));
        assert_eq!(on("2027-01-01"), ("Kontor AG", "", false, false));
        assert_eq!(on("2030-01-01"), ("Kontor AG", "Kiel", false, true));
        assert_eq!(sellers.next_after(day("2026-12-31")), Some(day("2027-01-01")));
        assert_eq!(sellers.next_after(day("2027-01-01")), Some(day("2028-07-01")));
        assert_eq!(sellers.next_after(day("2028-07-01")), None);
        assert_eq!(Sellers::read(seller(), None).unwrap().all().count(), 1);
    }

    #[test]
    fn what_makes_no_seller_is_refused() {
        for (changes, why) in [
            ("{}", "list"),
            ("[{}]", "from"),
            (r#"[{"from": "soon"}]"#, "from"),
            (r#"[{"from": "2027-01-01", "sample": true}]"#, "sample"),
            (r#"[{"from": "2027-01-01", "name": null}]"#, "name"),
            (r#"[{"from": "2027-01-01", "contact": "Anna"}]"#, "2027-01-01"),
            (r#"[{"from": "2027-01-01"}, {"from": "2027-01-01"}]"#, "in order"),
        ] {
            let said = Sellers::read(seller(), Some(changes)).unwrap_err();
            assert!(said.contains(why), "{changes}: {said}");
        }
    }
}
