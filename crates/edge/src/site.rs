//! Requests that another web site makes a visitor's browser send.
//!
//! Such a request carries what the visitor may do (by cookies, or by a loopback address under `--dev`),
//! so unsafe methods are refused. Browsers say where a request comes from: `Sec-Fetch-Site`, and older ones `Origin`.
//! Programs such as curl send neither and pass, since nobody can make them send a request.

use http::{HeaderMap, HeaderName, Method, header::ORIGIN};

use crate::authority::Authority;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a method may change something.
pub(crate) fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

/// Whether another site is behind an unsafe request to `host`. `is_ours` knows the root host and the functions' hosts.
///
/// - `same-origin` and `none` (typed or bookmarked) are good, `cross-site` is not. That refuses a page of
///   `http://localhost:8000` that posts to `http://sales.localhost:8000` too: browsers count `localhost` as a public
///   suffix, and our own pages use the root host's `/api` for just that reason.
/// - `same-site` is every host below our domain, on any port, other people's programs included. So there, and where
///   `Sec-Fetch-Site` is absent, the `Origin` has to be one of our hosts on the port that the request came to.
pub(crate) fn is_foreign(headers: &HeaderMap, host: &Authority<'_>, is_ours: impl Fn(&str) -> bool) -> bool {
    let from_us = |origin: &http::HeaderValue| {
        origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .and_then(|(scheme, authority)| Some((scheme, Authority::parse(authority)?)))
            .is_some_and(|(scheme, origin)| {
                let default = if scheme == "https" { 443 } else { 80 };
                let (theirs, ours) = (origin.port.unwrap_or(default), host.port.unwrap_or(default));
                theirs == ours && (origin.name == host.name || is_ours(&origin.name))
            })
    };
    match headers.get(SEC_FETCH_SITE).map(http::HeaderValue::as_bytes) {
        Some(b"same-origin" | b"none") => false,
        Some(b"same-site") => !headers.get(ORIGIN).is_some_and(from_us),
        Some(_) => true,
        None => headers.get(ORIGIN).is_some_and(|origin| !from_us(origin)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_sites_are_kept_out() {
        let cases: [(&str, Option<&str>, Option<&str>, bool); 18] = [
            ("localhost:8000", None, None, false),
            ("localhost:8000", Some("same-origin"), Some("http://localhost:8000"), false),
            // A development server in between changes the host, never what the browser knows.
            ("localhost:8000", Some("same-origin"), Some("http://localhost:5173"), false),
            ("localhost:8000", Some("none"), None, false),
            ("localhost:8000", Some("cross-site"), Some("https://evil.example"), true),
            ("localhost:8000", Some("cross-site"), None, true),
            ("sales.localhost:8000", Some("cross-site"), Some("http://localhost:8000"), true),
            ("sales.shop.example", Some("same-site"), Some("https://shop.example"), false),
            ("sales.shop.example", Some("same-site"), Some("https://blog.shop.example"), true),
            ("shop.example:8000", Some("same-site"), Some("http://shop.example:3000"), true),
            ("shop.example", Some("same-site"), None, true),
            ("shop.example", Some("whatever-comes"), Some("https://shop.example"), true),
            ("localhost:8000", None, Some("http://localhost:8000"), false),
            ("sales.localhost:8000", None, Some("http://localhost:8000"), false),
            ("localhost:8000", None, Some("http://localhost:3000"), true),
            ("localhost:8000", None, Some("null"), true),
            ("localhost:8000", None, Some("http://localhost:8000.evil.example"), true),
            ("localhost:8000", None, Some("http://evil.example"), true),
        ];
        let ours = ["localhost", "sales.localhost", "shop.example", "sales.shop.example"];
        for (host, site, origin, expected) in cases {
            let mut headers = HeaderMap::new();
            site.map(|site| headers.insert(SEC_FETCH_SITE, site.parse().unwrap()));
            origin.map(|origin| headers.insert(ORIGIN, origin.parse().unwrap()));
            let found = is_foreign(&headers, &Authority::parse(host).unwrap(), |name| ours.contains(&name));
            assert_eq!(found, expected, "{host} {site:?} {origin:?}");
        }
    }

    #[test]
    fn reading_is_safe() {
        for (method, expected) in
            [("GET", false), ("HEAD", false), ("OPTIONS", false), ("POST", true), ("DELETE", true), ("PROPFIND", true)]
        {
            assert_eq!(is_unsafe(&method.parse().unwrap()), expected, "{method}");
        }
    }
}
