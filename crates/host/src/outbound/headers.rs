//! Headers of requests that functions send, and of the answers that they get.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Failure;

/// Names and values of all headers together, bytes.
const HEADERS_MAX_BYTES: usize = 64 << 10;
/// Headers of one request. A map of some ten thousand would end the program's thread.
const HEADERS_MAX: usize = 1000;

/// Headers of the connection (RFC 9110, 7.6.1), and those with which a client would change what a message's framing is.
fn is_of_the_connection(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "expect"
            | "http2-settings"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authentication-info"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Headers that say who sent a request, which way it came, and what it belongs to. A function must not make them up: a
/// server behind the same proxy may believe them.
fn is_an_identity(name: &str) -> bool {
    matches!(
        name,
        "forwarded" | "host" | "traceparent" | "tracestate" | "true-client-ip" | "via" | "x-real-ip" | "x-request-id"
    ) || name.starts_with("x-forwarded-")
        || name.starts_with("x-kontor-")
        || name.starts_with("cf-connecting-")
}

/// Whether a function may send it.
pub(super) fn may_send(name: &str) -> bool {
    !is_of_the_connection(name) && !is_an_identity(name)
}

/// A guest's headers, without those that are not its own to send.
pub(crate) fn given(headers: Vec<(String, String)>) -> Result<HeaderMap, Failure> {
    few_enough(headers.len())?;
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let bad = || Failure::Invalid(format!("{:?} is no header, or its value is none", shown(&name)));
        let key = HeaderName::try_from(name.as_str()).map_err(|_| bad())?;
        let value = HeaderValue::try_from(value).map_err(|_| bad())?;
        // The body's length is known without it.
        if may_send(key.as_str()) && key != http::header::CONTENT_LENGTH {
            map.append(key, value);
        }
    }
    small_enough(&map)?;
    Ok(map)
}

/// Takes away what is not a function's to send.
pub(super) fn filtered(mut headers: HeaderMap) -> Result<HeaderMap, Failure> {
    let refused: Vec<HeaderName> = headers.keys().filter(|name| !may_send(name.as_str())).cloned().collect();
    for name in refused {
        headers.remove(name);
    }
    small_enough(&headers)?;
    Ok(headers)
}

fn few_enough(count: usize) -> Result<(), Failure> {
    if count <= HEADERS_MAX {
        return Ok(());
    }
    Err(Failure::TooLarge(format!("there are {count} headers; at most {HEADERS_MAX} are allowed")))
}

fn small_enough(headers: &HeaderMap) -> Result<(), Failure> {
    few_enough(headers.len())?;
    let size_bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size_bytes <= HEADERS_MAX_BYTES {
        return Ok(());
    }
    Err(Failure::TooLarge(format!("the headers have {size_bytes} bytes; at most {HEADERS_MAX_BYTES} are allowed")))
}

/// As functions get them: as text, and without those of the connection. Bytes that are no UTF-8 are replaced.
pub(crate) fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let own = headers
        .iter()
        .filter(|(name, _)| !is_of_the_connection(name.as_str()) && *name != http::header::CONTENT_LENGTH);
    own.map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

fn shown(name: &str) -> String {
    name.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(headers: &[(&str, &str)]) -> Result<Vec<String>, Failure> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        given(headers).map(|map| map.keys().map(|name| name.as_str().to_owned()).collect())
    }

    #[test]
    fn nobody_forges_who_he_is_or_where_a_message_ends() {
        let sent = [
            "accept",
            "authorization",
            "cookie",
            "idempotency-key",
            "x-api-key",
            "Host",
            "connection",
            "content-length",
            "transfer-encoding",
            "te",
            "upgrade",
            "expect",
            "proxy-authorization",
            "forwarded",
            "X-Forwarded-For",
            "x-forwarded-host",
            "x-real-ip",
            "x-kontor-caller",
            "traceparent",
            "tracestate",
            "x-request-id",
            "via",
        ];
        let passed = names(&sent.map(|name| (name, "v"))).unwrap();
        assert_eq!(passed, ["accept", "authorization", "cookie", "idempotency-key", "x-api-key"]);
    }

    #[test]
    fn a_header_cannot_smuggle_another_one_in() {
        for (name, value) in
            [("x", "a\r\nhost: b"), ("x", "a\nb"), ("x", "\0"), ("x y", "v"), ("", "v"), ("x:", "v"), ("x\r\n", "v")]
        {
            assert!(matches!(names(&[(name, value)]), Err(Failure::Invalid(_))), "{name:?} {value:?}");
        }
    }

    #[test]
    fn headers_without_end_are_refused() {
        let long = "v".repeat(HEADERS_MAX_BYTES);
        assert!(matches!(names(&[("x", &long)]), Err(Failure::TooLarge(_))));
        let many: Vec<(String, String)> = (0..100_000).map(|index| (format!("x-{index}"), String::new())).collect();
        assert!(matches!(given(many), Err(Failure::TooLarge(_))));
    }

    #[test]
    fn what_comes_back_is_text() {
        let mut map = HeaderMap::new();
        map.append("x-a", HeaderValue::from_bytes(b"a\xff").unwrap());
        map.append("connection", HeaderValue::from_static("close"));
        assert_eq!(texts(&map), [("x-a".to_owned(), "a\u{fffd}".to_owned())]);
    }
}
