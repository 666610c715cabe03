//! A request as a guest gives it.

use bytes::Bytes;
use http::{Method, Request, Uri};

use super::{Failure, headers};

/// A URL may be so long, bytes.
const URL_MAX_BYTES: usize = 8 << 10;

/// A guest's request, checked and without what is not its own to say.
pub(crate) fn request(
    method: &str,
    url: &str,
    given: Vec<(String, String)>,
    body: Vec<u8>,
) -> Result<Request<Bytes>, Failure> {
    if url.len() > URL_MAX_BYTES {
        return Err(Failure::Invalid(format!("the URL has {} bytes; at most {URL_MAX_BYTES} are allowed", url.len())));
    }
    let method = Method::from_bytes(method.as_bytes())
        .ok()
        .filter(|method| !matches!(*method, Method::CONNECT | Method::TRACE))
        .ok_or_else(|| Failure::Invalid("the method is none, or one that is not offered".to_owned()))?;
    let lower = lower_host(url).ok_or_else(|| Failure::Invalid("the URL has no host".to_owned()))?;
    let uri: Uri = lower.parse().map_err(|error| Failure::Invalid(format!("the URL is none: {error}")))?;
    check_url(&uri)?;
    let mut request = Request::new(Bytes::from(body));
    (*request.method_mut(), *request.uri_mut()) = (method, uri);
    *request.headers_mut() = headers::given(given)?;
    Ok(request)
}

/// The URL with scheme and host in lower case: so they are compared, looked up and sent in one way.
fn lower_host(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let path = path.split('#').next().unwrap_or_default();
    Some(format!("{}://{}{path}", scheme.to_ascii_lowercase(), authority.to_ascii_lowercase()))
}

pub(super) fn check_url(uri: &Uri) -> Result<(), Failure> {
    let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let fault = match uri.scheme_str() {
        Some("http" | "https") if authority.is_empty() => "it has no host",
        Some("http" | "https") if authority.contains('@') => "it has a user in it; send an authorization header",
        Some("http" | "https") => return Ok(()),
        _ => "it must begin with http:// or https://",
    };
    Err(Failure::Invalid(format!("the URL cannot be used: {fault}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_request_is_refused() {
        let long = format!("http://a.example/{}", "x".repeat(URL_MAX_BYTES));
        for (method, url) in [
            ("GET", ""),
            ("GET", "/path"),
            ("GET", "ftp://a.example/"),
            ("GET", "file:///etc/passwd"),
            ("GET", "http:///x"),
            ("GET", "http://user:password@a.example/"),
            ("GET", "http://a.example\r\nhost: b/"),
            ("GET", "http://a.example/ b"),
            ("GET", &long),
            ("CONNECT", "http://a.example/"),
            ("TRACE", "http://a.example/"),
            ("GET X", "http://a.example/"),
            ("", "http://a.example/"),
        ] {
            assert!(matches!(request(method, url, Vec::new(), Vec::new()), Err(Failure::Invalid(_))), "{method} {url}");
        }
    }

    #[test]
    fn a_host_is_read_in_one_way() {
        let uri = |url: &str| request("GET", url, Vec::new(), Vec::new()).unwrap().uri().to_string();
        assert_eq!(uri("HTTP://API.Example:8080/A?B=C#D"), "http://api.example:8080/A?B=C");
        assert_eq!(uri("https://a.example?x"), "https://a.example/?x");
        assert_eq!(uri("http://[::FFFF:7F00:1]/"), "http://[::ffff:7f00:1]/");
    }
}
