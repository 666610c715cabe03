//! Between HTTP and the contract: which headers a function gets, and how its answer becomes HTTP.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use kontor_contract::Problem;
use kontor_host::{Answer, CallError};
use serde_json::{Map, Value};

use crate::{body::Body, forwarded, listener::Connection, problem::Refusal, security};

/// A header of one hop (RFC 9110, 7.6.1): it says something of the connection, not of the message.
fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-authentication-info"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "http2-settings"
    )
}

/// Credentials, and what the edge has dealt with itself.
fn is_kept_back(name: &str) -> bool {
    matches!(name, "authorization" | "cookie" | "expect" | "content-length" | "x-request-id")
        || name.starts_with("x-kontor-")
}

/// The headers that a function gets. Names in `Connection` are hop-by-hop too.
pub(crate) fn request_headers(headers: &HeaderMap) -> Result<Vec<(String, String)>, Refusal> {
    let named: Vec<&str> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|name| !name.eq_ignore_ascii_case("keep-alive") && !name.eq_ignore_ascii_case("close"))
        .collect();
    let mut passed = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let name = name.as_str();
        let kept = is_hop_by_hop(name)
            || is_kept_back(name)
            || forwarded::is_forwarding(name)
            || named.iter().any(|named| named.eq_ignore_ascii_case(name));
        if !kept {
            // Leaving such a header out could change what a request means: an Idempotency-Key that is not seen.
            let text = std::str::from_utf8(value.as_bytes()).map_err(|_| not_text(name))?;
            passed.push((name.to_owned(), text.to_owned()));
        }
    }
    Ok(passed)
}

fn not_text(name: &str) -> Refusal {
    Problem::new(400, "invalid-header", "A header is not text")
        .detail(format!("The value of {name} is not UTF-8."))
        .hint("Send ASCII, or percent-encode the value.")
        .into()
}

/// A function's answer as HTTP.
///
/// # Errors
/// Status or headers make no sense.
pub(crate) fn answer(
    answer: Answer,
    connection: &Arc<Connection>,
    request_id: &HeaderValue,
) -> Result<Response<Body>, CallError> {
    match answer {
        Answer::Whole(mut whole) => {
            if whole.status >= 400 && is_problem(&whole.headers) {
                whole.body = naming(whole.body, request_id);
            }
            respond(whole.status, whole.headers, Body::Whole(whole.body))
        }
        Answer::Streaming(streaming) => {
            let body = Body::streaming(streaming.body, connection.clone(), request_id.clone());
            respond(streaming.status, streaming.headers, body)
        }
    }
}

fn is_problem(headers: &[(String, String)]) -> bool {
    headers
        .iter()
        .any(|(name, value)| name.eq_ignore_ascii_case("content-type") && value.starts_with(Problem::MEDIA_TYPE))
}

/// A function's problem with the id under which the log has more, as the edge's own problems have it. What is no JSON object
/// stays as it is.
fn naming(body: Bytes, request_id: &HeaderValue) -> Bytes {
    let (Ok(mut problem), Ok(id)) = (serde_json::from_slice::<Map<String, Value>>(&body), request_id.to_str()) else {
        return body;
    };
    problem.insert("request_id".to_owned(), id.into());
    serde_json::to_vec(&problem).map_or(body, Bytes::from)
}

fn respond(status: u16, headers: Vec<(String, String)>, body: Body) -> Result<Response<Body>, CallError> {
    let bad = |what: String| CallError::BadResponse(what);
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(status)
        .ok()
        .filter(|status| (200..600).contains(&status.as_u16()))
        .ok_or_else(|| bad(format!("{status} is no status; use 200 to 599")))?;
    let to = answer.headers_mut();
    // Room for those of the edge too: growing a header map means hashing all of it again.
    to.reserve(headers.len() + 14);
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad(format!("{name:?} is no header name")))?;
        // The connection is the edge's, and so is what is said of the whole origin.
        if is_hop_by_hop(name.as_str()) || name == header::CONTENT_LENGTH || security::is_of_the_origin(name.as_str()) {
            continue;
        }
        let value = HeaderValue::try_from(value).map_err(|_| bad(format!("the value of {name} is no header value")))?;
        to.append(name, value);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(headers: &[(&str, &[u8])]) -> HeaderMap {
        let header = |(name, value): &(&str, &[u8])| {
            (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value).unwrap())
        };
        headers.iter().map(header).collect()
    }

    #[test]
    fn functions_get_what_is_theirs() {
        let sent: [(&str, &[u8]); 18] = [
            ("accept", b"application/json"),
            ("idempotency-key", b"k1"),
            ("x-custom", "ä".as_bytes()),
            ("accept-language", b"de"),
            ("accept-language", b"en"),
            ("authorization", b"Bearer secret"),
            ("cookie", b"a=b"),
            ("connection", b"keep-alive, X-Hop"),
            ("x-hop", b"1"),
            ("keep-alive", b"timeout=5"),
            ("te", b"trailers"),
            ("transfer-encoding", b"chunked"),
            ("upgrade", b"h2c"),
            ("x-kontor-caller", b"admin"),
            ("x-forwarded-for", b"8.8.8.8"),
            ("forwarded", b"for=8.8.8.8"),
            ("x-real-ip", b"8.8.8.8"),
            ("proxy-authorization", b"Basic x"),
        ];
        let passed = request_headers(&map(&sent)).unwrap();
        let names: Vec<&str> = passed.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["accept", "idempotency-key", "x-custom", "accept-language", "accept-language"]);
        assert_eq!(passed[2].1, "ä");
    }

    #[test]
    fn a_header_that_is_not_text_is_refused_rather_than_left_out() {
        let refusal = request_headers(&map(&[("idempotency-key", b"\xff")])).unwrap_err();
        assert_eq!((refusal.problem.status, &*refusal.problem.code), (400, "invalid-header"));
        assert!(request_headers(&map(&[("cookie", b"\xff")])).is_ok(), "what is kept back is not looked at");
    }

    /// Status and headers of a function's answer, and the names of those that are sent; none if it is refused.
    type Case = (u16, &'static [(&'static str, &'static str)], Option<&'static [&'static str]>);

    #[test]
    fn answers_are_checked() {
        let cases: [Case; 9] = [
            (200, &[("content-type", "text/plain")], Some(&["content-type"])),
            (201, &[("link", "</a>"), ("location", "/b"), ("link", "</c>")], Some(&["link", "link", "location"])),
            (200, &[("content-length", "5"), ("connection", "close"), ("transfer-encoding", "chunked")], Some(&[])),
            (599, &[], Some(&[])),
            (199, &[], None),
            (600, &[], None),
            (0, &[], None),
            (200, &[("bad name", "x")], None),
            (200, &[("x-split", "a\r\nset-cookie: b=c")], None),
        ];
        for (status, headers, expected) in cases {
            let headers = headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
            let found = respond(status, headers, Body::empty()).ok();
            let names = found.as_ref().map(|found| found.headers().iter().map(|(name, _)| name.as_str()).collect());
            assert_eq!(names, expected.map(<[&str]>::to_vec), "{status}");
        }
    }

    #[test]
    fn a_function_speaks_for_itself_and_not_for_the_origin() {
        let cases = [
            ("content-type", true),
            ("content-language", true),
            ("content-disposition", true),
            ("content-security-policy", true),
            ("cache-control", true),
            ("etag", true),
            ("location", true),
            ("retry-after", true),
            ("vary", true),
            ("www-authenticate", true),
            ("x-robots-tag", true),
            ("x-custom", true),
            ("access-control-allow-credentials", false),
            ("access-control-allow-origin", false),
            ("alt-svc", false),
            ("clear-site-data", false),
            ("cross-origin-embedder-policy", false),
            ("cross-origin-opener-policy", false),
            ("cross-origin-resource-policy", false),
            ("nel", false),
            ("permissions-policy", false),
            ("referrer-policy", false),
            ("report-to", false),
            ("service-worker-allowed", false),
            ("set-cookie", false),
            ("Set-Cookie", false),
            ("strict-transport-security", false),
            ("x-content-type-options", false),
            ("x-frame-options", false),
        ];
        for (name, passes) in cases {
            let answer = respond(200, vec![(name.to_owned(), "x".to_owned())], Body::empty()).unwrap();
            assert_eq!(answer.headers().contains_key(name), passes, "{name}");
        }
    }
}
