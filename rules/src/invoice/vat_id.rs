//! The forms of VAT ids.

/// Forms by prefix: `9` a digit, `A` a letter, `X` either, anything else itself. From the European Commission's VIES
/// ("VAT identification number structure"), and for Northern Ireland, the United Kingdom, Switzerland and Norway from
/// their tax offices.
const FORMS: [(&str, &[&str]); 32] = [
    ("AT", &["U99999999"]),
    ("BE", &["0999999999", "1999999999"]),
    ("BG", &["999999999", "9999999999"]),
    ("CH", &["E999999999", "E999999999MWST", "E999999999TVA", "E999999999IVA"]),
    ("CY", &["99999999A"]),
    ("CZ", &["99999999", "999999999", "9999999999"]),
    ("DE", &["999999999"]),
    ("DK", &["99999999"]),
    ("EE", &["999999999"]),
    ("EL", &["999999999"]),
    ("ES", &["X9999999X"]),
    ("FI", &["99999999"]),
    ("FR", &["XX999999999"]),
    ("GB", &["999999999", "999999999999", "GD999", "HA999"]),
    ("HR", &["99999999999"]),
    ("HU", &["99999999"]),
    ("IE", &["9X99999A", "9999999AA"]),
    ("IT", &["99999999999"]),
    ("LT", &["999999999", "999999999999"]),
    ("LU", &["99999999"]),
    ("LV", &["99999999999"]),
    ("MT", &["99999999"]),
    ("NL", &["999999999B99"]),
    ("NO", &["999999999MVA"]),
    ("PL", &["9999999999"]),
    ("PT", &["999999999"]),
    ("RO", &["99", "999", "9999", "99999", "999999", "9999999", "99999999", "999999999", "9999999999"]),
    ("SE", &["999999999999"]),
    ("SI", &["99999999"]),
    ("SK", &["9999999999"]),
    ("XI", &["999999999", "999999999999", "GD999", "HA999"]),
    ("SM", &["99999", "9999", "999"]),
];

/// What is wrong with a VAT id.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It does not begin with a country's letters (BR-CO-09).
    Prefix,
    /// It does not look like one of that country.
    Form,
}

/// The ISO 3166-1 code of the country that gave the id: Greece writes EL.
pub(super) fn country(id: &str) -> &str {
    match id.get(..2).unwrap_or_default() {
        "EL" => "GR",
        other => other,
    }
}

/// Checks prefix and form. Of countries without a known form, only the prefix.
pub(super) fn check(id: &str) -> Result<(), Wrong> {
    if id.starts_with("GR") || !crate::codes::contains(crate::codes::COUNTRIES, country(id)) {
        return Err(Wrong::Prefix);
    }
    let (prefix, rest) = (id.get(..2).unwrap_or_default(), id.get(2..).unwrap_or_default());
    match FORMS.iter().find(|(known, _)| *known == prefix) {
        Some((_, forms)) => forms.iter().any(|form| fits(form, rest)).then_some(()).ok_or(Wrong::Form),
        None if (2..=20).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) => Ok(()),
        None => Err(Wrong::Form),
    }
}

fn fits(form: &str, text: &str) -> bool {
    let sign = |(form, byte): (u8, u8)| match form {
        b'9' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_uppercase(),
        b'X' => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        other => byte == other,
    };
    form.len() == text.len() && form.bytes().zip(text.bytes()).all(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vat_ids_have_the_form_of_their_country() {
        // Examples of the Commission's page, and of the invoices of CEN/TC 434.
        for id in [
            "DE123456789",
            "ATU12345678",
            "NL809163160B01",
            "EL123456789",
            "FRXX123456789",
            "IE1234567WA",
            "XIGD123",
            "CHE123456789MWST",
            "USX12345",
        ] {
            assert_eq!(check(id), Ok(()), "{id}");
        }
        for id in ["DE12345678", "DE1234567890", "DE12345678A", "ATX12345678", "de123456789", "DE", "US1"] {
            assert!(check(id).is_err(), "{id}");
        }
        for id in ["", "1", "QQ123456789", "GR123456789", "Ä1234", "12345"] {
            assert!(check(id).is_err(), "{id}");
        }
        assert_eq!(check("QQ123456789"), Err(Wrong::Prefix));
        assert_eq!(country("EL123456789"), "GR");
    }
}
