//! The code lists of EN 16931, as the European Commission's "EN 16931 code lists" give them for Factur-X 1.09 (valid from
//! September 2026). A frozen invoice with a code that is not in them could never become an e-invoice.

/// ISO 4217 currencies (BR-CL-03, BR-CL-04).
pub const CURRENCIES: &str = include_str!("codes/currencies.txt");
/// ISO 3166-1 countries, with XI for Northern Ireland and 1A for Kosovo (BR-CL-14).
pub const COUNTRIES: &str = include_str!("codes/countries.txt");
/// Units of UN/ECE Recommendations 20 and 21 (BR-CL-23).
pub const UNITS: &str = include_str!("codes/units.txt");
/// VATEX: why no tax is charged (BR-CL-22).
pub const EXEMPTIONS: &str = include_str!("codes/exemptions.txt");
/// EAS: kinds of electronic addresses (BR-CL-25).
pub const ADDRESSES: &str = include_str!("codes/addresses.txt");
/// ISO 6523: registers of companies (BR-CL-11).
pub const REGISTERS: &str = include_str!("codes/registers.txt");
/// UNTDID 5189: reasons for allowances (BR-CL-19).
pub const ALLOWANCES: &str = include_str!("codes/allowances.txt");
/// UNTDID 7161: reasons for charges (BR-CL-20).
pub const CHARGES: &str = include_str!("codes/charges.txt");

/// Whether a list has a code. Lists are records of one width, right-aligned and sorted, so that the place of a record is
/// computed and not searched for.
#[must_use]
pub fn contains(list: &str, code: &str) -> bool {
    let width = list.trim_start().find([' ', '\n']).map_or(0, |length| length + list.len() - list.trim_start().len());
    let fine = !code.is_empty() && code.len() <= width && code.bytes().all(|byte| byte.is_ascii_graphic());
    let padded = format!("{code:>width$}");
    let (mut low, mut high) = (0, list.len() / (width + 1));
    while fine && low < high {
        let middle = low.midpoint(high);
        let start = middle * (width + 1);
        match list.get(start..start + width).unwrap_or_default().cmp(padded.as_str()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    false
}

/// Member states of the European Union, by ISO 3166-1, and Northern Ireland for goods.
pub const EUROPEAN_UNION: [&str; 28] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_and_nothing_else() {
        let lists = [CURRENCIES, COUNTRIES, UNITS, EXEMPTIONS, ADDRESSES, REGISTERS, ALLOWANCES, CHARGES];
        for (list, size) in lists.into_iter().zip([178, 251, 2162, 88, 102, 243, 19, 178]) {
            assert_eq!(list.split_whitespace().count(), size);
            assert!(list.split_whitespace().all(|code| contains(list, code)));
            for wrong in ["", " ", "?", "de", "A\n", "AB CD", "ZZZZZZZZZZZZZZZZZZZZZZZZZZZ", "Ä"] {
                assert!(!contains(list, wrong), "{wrong:?}");
            }
        }
        assert!(contains(UNITS, "C62") && contains(UNITS, "HUR") && !contains(UNITS, "C"));
        assert!(contains(CURRENCIES, "EUR") && !contains(CURRENCIES, "DEM"));
        assert!(contains(EXEMPTIONS, "VATEX-EU-AE") && !contains(EXEMPTIONS, "VATEX-EU"));
    }
}
