//! The sample seller of `--dev`: invoices need a seller, and trying out must not need configuration.

use crate::settings::Settings;

/// Configured for invoices unless the operator configured a seller. Marked, so that no invoice looks like a real one.
const SAMPLE: [(&str, &str); 2] = [("seller_sample", "true"), ("seller_name", "Muster GmbH")];

/// Fills in the sample seller, unless any of a seller's keys is configured.
pub fn seller(settings: &mut Settings) {
    let invoices = settings.functions.entry("invoices".to_owned()).or_default();
    if invoices.config.keys().any(|key| key.starts_with("seller_")) {
        return;
    }
    invoices.config.extend(SAMPLE.map(|(key, value)| (key.to_owned(), value.to_owned())));
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
