//! How a request is told from all others: its trace and its id.

use std::{
    cell::Cell,
    hash::{BuildHasher, RandomState},
};

use bytes::{BufMut, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use kontor_telemetry::TraceId;

/// The header that names a request; taken from the client if it makes sense, and always sent back.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// W3C Trace Context.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Past it a request id from a client is not taken.
const REQUEST_ID_MAX_BYTES: usize = 64;
/// `00-` + trace id + `-` + parent id + `-` + flags.
const TRACEPARENT_BYTES: usize = 55;
/// Sampled: every request is recorded here.
const SAMPLED: u8 = 1;

/// A request's trace and id, and the headers that say so to the client.
#[derive(Debug)]
pub struct Marks {
    /// The client's trace, or a new one.
    pub trace_id: TraceId,
    /// The trace with this hop as parent.
    pub traceparent: HeaderValue,
    /// The client's id, or the trace id: one thing to look for.
    pub request_id: HeaderValue,
}

impl Marks {
    /// Reads what the client says of the request, and makes up what it does not.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let (trace_id, flags) = parent(headers).unwrap_or_else(|| (TraceId(fresh_trace_id()), SAMPLED));
        let mut text = BytesMut::with_capacity(TRACEPARENT_BYTES);
        text.put_slice(b"00-");
        put_hex(&mut text, &trace_id.0);
        text.put_u8(b'-');
        put_hex(&mut text, &(random() | 1).to_be_bytes());
        text.put_u8(b'-');
        put_hex(&mut text, &[flags]);
        let text = text.freeze();
        // Hexadecimal digits and hyphens are always a header value.
        let value = |bytes| HeaderValue::from_maybe_shared(bytes).unwrap_or_else(|_| HeaderValue::from_static("-"));
        let request_id = given_id(headers).unwrap_or_else(|| value(text.slice(3..35)));
        Self { trace_id, traceparent: value(text), request_id }
    }

    /// The request's id as text.
    #[must_use]
    pub fn id(&self) -> &str {
        self.request_id.to_str().unwrap_or("-")
    }
}

fn given_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let given = headers.get(REQUEST_ID)?;
    let sane = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let bytes = given.as_bytes();
    ((1..=REQUEST_ID_MAX_BYTES).contains(&bytes.len()) && bytes.iter().all(sane)).then(|| given.clone())
}

/// Trace id and flags of a `traceparent` (W3C Trace Context, 3.2). Whatever is not exactly right counts as absent.
fn parent(headers: &HeaderMap) -> Option<(TraceId, u8)> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    let text = values.next()?.as_bytes();
    if values.next().is_some() {
        return None;
    }
    let (known, further) = text.split_at_checked(TRACEPARENT_BYTES)?;
    let mut parts = known.split(|byte| *byte == b'-');
    let version: [u8; 1] = hex(parts.next()?)?;
    let trace_id: [u8; 16] = hex(parts.next()?)?;
    let parent_id: [u8; 8] = hex(parts.next()?)?;
    let flags: [u8; 1] = hex(parts.next()?)?;
    let ends = match version {
        [0] => further.is_empty(),
        [0xff] => false,
        // A later version may have more fields behind the ones we know.
        _ => further.is_empty() || further.starts_with(b"-"),
    };
    let good = ends && parts.next().is_none() && trace_id != [0; 16] && parent_id != [0; 8];
    good.then_some((TraceId(trace_id), flags.first().copied().unwrap_or(SAMPLED)))
}

/// Exactly `N` bytes in lower-case hexadecimal digits.
fn hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != N * 2 {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn put_hex(to: &mut BytesMut, bytes: &[u8]) {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
    for byte in bytes {
        to.put_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
}

fn fresh_trace_id() -> [u8; 16] {
    let wide = u128::from(random()) << 64 | u128::from(random()) | 1;
    wide.to_be_bytes()
}

thread_local! {
    static STATE: Cell<u64> = Cell::new(seed());
}

fn seed() -> u64 {
    // Ids have to be different, not secret: where the system gives no randomness, the hash maps' keys will do.
    getrandom::u64().unwrap_or_else(|_| RandomState::new().hash_one(0))
}

/// SplitMix64 (Steele, Lea, Flood 2014): a few nanoseconds, good enough to tell requests apart, never for secrets.
fn random() -> u64 {
    STATE.with(|state| {
        let next = state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        state.set(next);
        let mixed = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn only_a_proper_traceparent_is_taken_on() {
        const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let cases: [(&[&str], bool); 14] = [
            (&[GOOD], true),
            (&["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"], true),
            (&["cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings"], true),
            (&["cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what"], false),
            (&["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"], false),
            (&["ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"], false),
            (&["00-00000000000000000000000000000000-b7ad6b7169203331-01"], false),
            (&["00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"], false),
            (&["00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"], false),
            (&["00-0af7651916cd43dd8448eb211c80319-b7ad6b71692033310-01"], false),
            (&["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x"], false),
            (&["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"], false),
            (&[""], false),
            (&[GOOD, GOOD], false),
        ];
        for (values, taken) in cases {
            let marks = Marks::of(&headers(TRACEPARENT, values));
            let same = marks.trace_id.to_string() == "0af7651916cd43dd8448eb211c80319c";
            assert_eq!(same, taken, "{values:?}");
            let sent = marks.traceparent.to_str().unwrap();
            assert!(sent.starts_with(&format!("00-{}-", marks.trace_id)) && sent.len() == 55, "{sent}");
            assert!(!sent.contains("b7ad6b7169203331"), "the next hop's parent is this hop, not the client: {sent}");
        }
    }

    #[test]
    fn a_request_id_is_taken_if_it_can_go_into_a_log() {
        let long = "x".repeat(65);
        let cases =
            [("order-17.b_C", true), ("", false), ("a b", false), ("ä", false), ("a\"", false), (&*long, false)];
        for (given, taken) in cases {
            let marks = Marks::of(&headers(REQUEST_ID, &[given]));
            assert_eq!(marks.id() == given, taken, "{given}");
            if !taken {
                assert_eq!(marks.id(), marks.trace_id.to_string());
            }
        }
    }

    #[test]
    fn ids_do_not_repeat() {
        let ids: std::collections::HashSet<[u8; 16]> = (0..10_000).map(|_| fresh_trace_id()).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
