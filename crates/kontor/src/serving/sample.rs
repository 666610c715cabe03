//! The seller on invoices: a sample with `--dev`, because trying out must not need configuration; otherwise whoever
//! is configured.

use crate::settings::Settings;

const INVOICES: &str = "invoices";
/// What all configuration keys about the seller begin with.
const ABOUT_SELLER: &str = "seller_";
/// Marked as a sample, so that no invoice looks like a real one; the name is what Germans call a John Doe's firm.
const SAMPLE: [(&str, &str); 7] = [
    ("seller_sample", "true"),
    ("seller_name", "Muster GmbH"),
    ("seller_street", "Musterstraße 1"),
    ("seller_zip", "12345"),
    ("seller_city", "Musterstadt"),
    ("seller_country", "DE"),
    ("seller_vat_id", "DE123456789"),
];

/// Fills in the sample seller, unless any of a seller's keys is configured.
pub fn seller(settings: &mut Settings) {
    if has_seller(settings) {
        return;
    }
    let invoices = settings.functions.entry(INVOICES.to_owned()).or_default();
    invoices.config.extend(SAMPLE.map(|(key, value)| (key.to_owned(), value.to_owned())));
}

/// Whether any of a seller's keys is configured.
pub fn has_seller(settings: &Settings) -> bool {
    let config = settings.functions.get(INVOICES).map(|invoices| &invoices.config);
    config.is_some_and(|config| config.keys().any(|key| key.starts_with(ABOUT_SELLER)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_seller_is_left_alone() {
        let mut settings = Settings::default();
        seller(&mut settings);
        assert_eq!(settings.functions["invoices"].config["seller_sample"], "true");

        let mut settings = Settings::default();
        let invoices = settings.functions.entry("invoices".to_owned()).or_default();
        invoices.config.insert("seller_name".to_owned(), "Real GmbH".to_owned());
        let before = settings.clone();
        seller(&mut settings);
        assert_eq!(settings, before);
    }
}
