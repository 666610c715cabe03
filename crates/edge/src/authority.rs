//! Which host a request is for.

use std::borrow::Cow;

use http::{HeaderMap, Uri, header::HOST};

/// A host name and a port as a client wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authority<'a> {
    /// Lower case, without a dot at its end; IPv6 in brackets.
    pub(crate) name: Cow<'a, str>,
    /// None if it is the scheme's own.
    pub(crate) port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Reads `name`, `name:port`, `[v6]` or `[v6]:port`; nothing else.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let name_end = match text.strip_prefix('[') {
            Some(rest) => rest.find(']')? + 2,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (name, port) = text.split_at_checked(name_end)?;
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            None => return None,
            Some("") => None,
            // `parse` alone would take a plus sign.
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
            Some(_) => return None,
        };
        let name = if name.starts_with('[') { name } else { name.strip_suffix('.').unwrap_or(name) };
        let allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'[' | b']' | b':');
        if name.is_empty() || !name.bytes().all(allowed) {
            return None;
        }
        let name = match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(name.to_ascii_lowercase()),
            false => Cow::Borrowed(name),
        };
        Some(Self { name, port })
    }

    /// The host a request is for: that of an absolute target (RFC 9112, 3.2.2), else the `Host` header, of which there
    /// has to be exactly one in any case.
    pub(crate) fn of(uri: &'a Uri, headers: &'a HeaderMap) -> Option<Self> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = hosts.next()?.to_str().ok()?;
        if hosts.next().is_some() {
            return None;
        }
        Self::parse(uri.authority().map_or(host, http::uri::Authority::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_headers_are_read_strictly() {
        let cases = [
            ("localhost", Some(("localhost", None))),
            ("localhost:8000", Some(("localhost", Some(8000)))),
            ("Sales.LocalHost:8000", Some(("sales.localhost", Some(8000)))),
            ("sales.localhost.", Some(("sales.localhost", None))),
            ("sales.localhost.:80", Some(("sales.localhost", Some(80)))),
            ("127.0.0.1:8000", Some(("127.0.0.1", Some(8000)))),
            ("[::1]:8000", Some(("[::1]", Some(8000)))),
            ("[::1]", Some(("[::1]", None))),
            ("localhost:", Some(("localhost", None))),
            ("", None),
            (":8000", None),
            ("localhost:80000", None),
            ("localhost:+80", None),
            ("localhost:80:80", None),
            ("[::1", None),
            ("[::1]x", None),
            ("local host", None),
            ("user@localhost", None),
            ("localhost/path", None),
        ];
        for (text, expected) in cases {
            let found = Authority::parse(text);
            let found = found.as_ref().map(|found| (&*found.name, found.port));
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn there_is_exactly_one_host_and_an_absolute_target_wins() {
        let cases: [(&str, &[&str], Option<&str>); 4] = [
            ("/", &["localhost"], Some("localhost")),
            ("http://sales.localhost/docs", &["localhost"], Some("sales.localhost")),
            ("http://sales.localhost/docs", &[], None),
            ("/", &["localhost", "localhost"], None),
        ];
        for (uri, hosts, expected) in cases {
            let uri: Uri = uri.parse().unwrap();
            let headers = hosts.iter().map(|host| (HOST, host.parse().unwrap())).collect();
            let found = Authority::of(&uri, &headers);
            assert_eq!(found.as_ref().map(|found| &*found.name), expected, "{uri} {hosts:?}");
        }
    }
}
