//! `Accept-Language` (RFC 9110, 12.5.4) between the two languages that the pages have.

use http::{HeaderMap, header::ACCEPT_LANGUAGE};

use super::encoding::weight;

/// Whether the client wants German rather than English. English is for everybody else.
pub(super) fn is_german(headers: &HeaderMap) -> bool {
    let mut best: Option<(u16, bool)> = None;
    for value in headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok()) {
        for item in value.split(',') {
            let (range, parameters) = item.split_once(';').unwrap_or((item, ""));
            let primary = range.trim().split('-').next().unwrap_or_default();
            let german = primary.eq_ignore_ascii_case("de");
            let weight = weight(parameters);
            // At equal weight the first one counts.
            if (german || primary.eq_ignore_ascii_case("en"))
                && weight > 0
                && best.is_none_or(|(heaviest, _)| weight > heaviest)
            {
                best = Some((weight, german));
            }
        }
    }
    best.is_some_and(|(_, german)| german)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn german_is_for_who_asks_for_it_before_english() {
        for (header, expected) in [
            ("de", true),
            ("de-AT,de;q=0.9,en;q=0.8", true),
            ("DE", true),
            ("fr, de;q=0.5", true),
            ("en, de", false),
            ("de, en", true),
            ("en;q=0.5, de;q=0.8", true),
            ("de;q=0", false),
            ("den", false),
            ("en-GB", false),
            ("fr", false),
            ("*", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(header));
            assert_eq!(is_german(&headers), expected, "{header:?}");
        }
        assert!(!is_german(&HeaderMap::new()));
    }
}
