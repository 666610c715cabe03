//! What a function may answer with.

use std::sync::Arc;

use crate::{CallError, Limits, Response, runtime::bindings::Response as Given, runtime::exchange::Head};

/// Names and values of all headers together, bytes.
const HEADERS_MAX_BYTES: usize = 64 << 10;
/// Headers of one answer. Where they are put into a map, some ten thousand are more than that can have.
const HEADERS_MAX: usize = 1000;

/// Headers that belong to the connection, not to the function.
fn is_the_hosts(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "content-length"
            | "keep-alive"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

fn is_token(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(allowed)
}

/// Visible text, blanks and tabs, and bytes past ASCII: above all no ends of line, with which a guest could write
/// further headers.
fn is_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

/// Checks a head and takes away what is the host's.
pub(crate) fn checked(status: u16, mut headers: Vec<(String, String)>) -> Result<Head, String> {
    if !(200..=599).contains(&status) {
        return Err(format!("the status is {status}; it must be 200 to 599"));
    }
    if headers.len() > HEADERS_MAX {
        return Err(format!("there are {} headers; at most {HEADERS_MAX} are allowed", headers.len()));
    }
    let mut size_bytes = 0_usize;
    for (name, value) in &mut headers {
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            name.make_ascii_lowercase();
        }
        if !is_token(name) {
            return Err(format!("the header name {name:?} is none"));
        }
        if !is_value(value) {
            return Err(format!("the header {name} has a value with control characters"));
        }
        size_bytes = size_bytes.saturating_add(name.len()).saturating_add(value.len());
    }
    if size_bytes > HEADERS_MAX_BYTES {
        return Err(format!("the headers have {size_bytes} bytes; at most {HEADERS_MAX_BYTES} are allowed"));
    }
    headers.retain(|(name, _)| !is_the_hosts(name));
    Ok((status, headers))
}

/// Checks a whole response.
pub(crate) fn response(given: Given, limits: &Limits) -> Result<Response, CallError> {
    if given.body.len() > limits.response_max_bytes {
        return Err(CallError::BadResponse(format!(
            "the body has {} bytes; at most {} are allowed: send it through `answer` in chunks",
            given.body.len(),
            limits.response_max_bytes
        )));
    }
    let (status, headers) = checked(given.status, given.headers).map_err(CallError::BadResponse)?;
    Ok(Response { status, headers, body: given.body.into() })
}

/// A name for a span, made once per version.
pub(crate) fn span_name(function: &str, export: &str) -> Arc<str> {
    format!("{function} {export}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16, name: &str, value: &str) -> Result<Head, String> {
        checked(status, vec![(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn a_header_cannot_smuggle_another_one_in() {
        for value in ["a\r\nset-cookie: x", "a\nb", "a\0"] {
            assert!(head(200, "x-note", value).is_err(), "{value:?}");
        }
        for name in ["", "x y", "x:", "x\n", "ä"] {
            assert!(head(200, name, "v").is_err(), "{name:?}");
        }
        assert_eq!(head(200, "X-Note", "größer\t1").unwrap().1, [("x-note".to_owned(), "größer\t1".to_owned())]);
    }

    #[test]
    fn what_belongs_to_the_connection_is_dropped() {
        for name in ["Content-Length", "transfer-encoding", "connection"] {
            assert_eq!(head(200, name, "5").unwrap().1, []);
        }
    }

    #[test]
    fn statuses_that_are_no_answers_are_refused() {
        for status in [0, 100, 101, 199, 600, 999] {
            assert!(head(status, "x", "y").is_err(), "{status}");
        }
    }

    #[test]
    fn headers_without_end_are_refused() {
        assert!(head(200, "x", &"v".repeat(HEADERS_MAX_BYTES)).is_err());
        let many = |count| checked(200, vec![("x".to_owned(), String::new()); count]);
        assert!(many(HEADERS_MAX).is_ok() && many(HEADERS_MAX + 1).is_err());
    }
}
