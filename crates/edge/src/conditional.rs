//! `If-None-Match` (RFC 9110, 13.1.2).

use http::{HeaderMap, HeaderValue, header::IF_NONE_MATCH};

/// Whether the client already has the representation with this entity tag.
pub(crate) fn has_it(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let etag = etag.as_bytes();
    headers.get_all(IF_NONE_MATCH).iter().any(|value| {
        // A comma can stand inside of an entity tag, but none of ours has one: pieces of a foreign tag match nothing.
        value
            .as_bytes()
            .split(|byte| *byte == b',')
            .map(<[u8]>::trim_ascii)
            .any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == etag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_comparison_over_a_list() {
        let cases = [
            ("\"abc\"", true),
            ("W/\"abc\"", true),
            ("\"x\", \"abc\"", true),
            ("\"x\",W/\"abc\" ", true),
            ("*", true),
            ("\"abc-br\"", false),
            ("abc", false),
            ("", false),
            ("w/\"abc\"", false),
        ];
        for (header, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static(header));
            assert_eq!(has_it(&headers, &HeaderValue::from_static("\"abc\"")), expected, "{header}");
        }
        assert!(!has_it(&HeaderMap::new(), &HeaderValue::from_static("\"abc\"")));
    }
}
