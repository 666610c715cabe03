//! How a request's body is coded: as it is, in one piece or in chunks. Nothing unpacks anything here, and a function that
//! got packed bytes would take them for the body itself.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, TRANSFER_ENCODING},
};
use kontor_contract::Problem;

use crate::problem::Refusal;

/// Whether the body can be taken as it comes.
///
/// # Errors
/// It is packed (415), or coded for its way in a manner other than chunks (501).
pub(crate) fn check(headers: &HeaderMap) -> Result<(), Refusal> {
    if !all(headers, &TRANSFER_ENCODING, "chunked") {
        return Err(Problem::new(501, "unsupported-transfer-encoding", "The transfer coding is not known")
            .detail("The only transfer coding that is understood is chunked, once.")
            .hint("Send content-length, or transfer-encoding: chunked alone.")
            .into());
    }
    if !all(headers, &CONTENT_ENCODING, "identity") {
        let problem = Problem::new(415, "unsupported-content-encoding", "The body is packed")
            .detail("Bodies are taken as they are and not unpacked.")
            .hint("Send the body without content-encoding.");
        return Err(Refusal::with(problem, ACCEPT_ENCODING, HeaderValue::from_static("identity")));
    }
    Ok(())
}

/// Whether the header names the one coding at most once, and no other. An empty element of a list means nothing.
fn all(headers: &HeaderMap, name: &HeaderName, coding: &str) -> bool {
    let mut known = 0;
    for value in headers.get_all(name) {
        for named in value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            if named.eq_ignore_ascii_case(coding.as_bytes()) {
                known += 1;
            } else if !named.is_empty() {
                return false;
            }
        }
    }
    known <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers, and the status and code of the refusal, if there is one.
    type Case = (&'static [(&'static str, &'static str)], Option<(u16, &'static str)>);

    #[test]
    fn bodies_come_as_they_are() {
        let cases: [Case; 14] = [
            (&[], None),
            (&[("transfer-encoding", "chunked")], None),
            (&[("transfer-encoding", "Chunked")], None),
            (&[("content-encoding", "identity")], None),
            (&[("content-encoding", "")], None),
            (&[("content-encoding", "identity"), ("transfer-encoding", "chunked")], None),
            (&[("content-encoding", "gzip")], Some((415, "unsupported-content-encoding"))),
            (&[("content-encoding", "BR")], Some((415, "unsupported-content-encoding"))),
            (&[("content-encoding", "identity, gzip")], Some((415, "unsupported-content-encoding"))),
            (
                &[("content-encoding", "identity"), ("content-encoding", "gzip")],
                Some((415, "unsupported-content-encoding")),
            ),
            (&[("transfer-encoding", "gzip, chunked")], Some((501, "unsupported-transfer-encoding"))),
            (&[("transfer-encoding", "chunked, chunked")], Some((501, "unsupported-transfer-encoding"))),
            (
                &[("transfer-encoding", "gzip"), ("transfer-encoding", "chunked")],
                Some((501, "unsupported-transfer-encoding")),
            ),
            (&[("transfer-encoding", "xchunked")], Some((501, "unsupported-transfer-encoding"))),
        ];
        for (sent, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in sent {
                headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_static(value));
            }
            let refusal = check(&headers).err();
            let found = refusal.as_ref().map(|refusal| (refusal.problem.status, &*refusal.problem.code));
            assert_eq!(found, expected, "{sent:?}");
        }
    }
}
