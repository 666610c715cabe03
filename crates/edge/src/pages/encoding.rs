//! `Accept-Encoding` (RFC 9110, 12.5.3).

use http::{HeaderMap, header::ACCEPT_ENCODING};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// A weight in thousandths; what is not a weight counts as refused.
pub(super) fn weight(parameters: &str) -> u16 {
    let Some(value) = parameters.split(';').find_map(|parameter| {
        let parameter = parameter.trim();
        parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))
    }) else {
        return 1000;
    };
    value.trim().parse::<f32>().map_or(0, |value| (value.clamp(0.0, 1.0) * 1000.0) as u16)
}

/// The codings a client takes and prefers to none, best first; at equal weight Brotli, which is smaller.
pub(super) fn accepted(headers: &HeaderMap) -> [Option<Encoding>; 2] {
    let (mut brotli, mut gzip, mut any, mut identity) = (None, None, None, None);
    for value in headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()) {
        for item in value.split(',') {
            let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
            let slot = match coding.trim() {
                coding if coding.eq_ignore_ascii_case("br") => &mut brotli,
                coding if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") => &mut gzip,
                coding if coding.eq_ignore_ascii_case("identity") => &mut identity,
                "*" => &mut any,
                _ => continue,
            };
            *slot = Some(weight(parameters));
        }
    }
    let any = any.unwrap_or(0);
    let (brotli, gzip) = (brotli.unwrap_or(any), gzip.unwrap_or(any));
    let plain = identity.unwrap_or(0);
    let take = |encoding, weight: u16| (weight > 0 && weight >= plain).then_some(encoding);
    let (brotli_taken, gzip_taken) = (take(Encoding::Brotli, brotli), take(Encoding::Gzip, gzip));
    if gzip > brotli { [gzip_taken, brotli_taken] } else { [brotli_taken, gzip_taken] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_client_chooses() {
        use Encoding::{Brotli, Gzip};
        let cases: [(&str, &[Encoding]); 14] = [
            ("", &[]),
            ("gzip, deflate, br, zstd", &[Brotli, Gzip]),
            ("gzip", &[Gzip]),
            ("GZip;Q=0.5", &[Gzip]),
            ("br;q=0", &[]),
            ("br;q=0.5, gzip;q=0.8", &[Gzip, Brotli]),
            ("br;q=0, *", &[Gzip]),
            ("*", &[Brotli, Gzip]),
            ("*;q=0", &[]),
            ("identity", &[]),
            ("identity;q=1, br;q=0.5", &[]),
            ("identity;q=0.2, br;q=0.5", &[Brotli]),
            ("br;q=nonsense, gzip", &[Gzip]),
            (",,;;q=1, deflate", &[]),
        ];
        for (header, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_str(header).unwrap());
            let found: Vec<Encoding> = accepted(&headers).into_iter().flatten().collect();
            assert_eq!(found, expected, "{header:?}");
        }
        assert_eq!(accepted(&HeaderMap::new()), [None, None]);
    }
}
