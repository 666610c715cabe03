//! Identifiers that rise with time.

use crate::{random, time};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new ULID (<https://github.com/ulid/spec>): 26 characters of Crockford's base 32, milliseconds first, then the
/// microsecond within them in 10 bits, then 70 random bits. Keys that arrive in order are what makes a store's batches
/// cheap. Two of the same microsecond come in no order.
#[must_use]
pub fn ulid() -> String {
    ulid_at(time::now_us())
}

/// A new ULID for an instant, in µs since 1970 UTC.
#[must_use]
pub fn ulid_at(us: i64) -> String {
    let random: [u8; 9] = random::bytes();
    let low = random.iter().fold(0_u128, |value, byte| value << 8 | u128::from(*byte)) & ((1 << 70) - 1);
    let part = |value: i64| u128::try_from(value).unwrap_or(0);
    let time = (part(us.div_euclid(1000)) & 0xffff_ffff_ffff) << 10 | part(us.rem_euclid(1000));
    let mut text = String::with_capacity(32);
    push_base32(time << 70 | low, 26, &mut text);
    text
}

/// A secret of 130 random bits as 26 characters that need no escaping in a URL.
#[must_use]
pub fn secret() -> String {
    let mut text = String::with_capacity(26);
    for byte in random::bytes::<26>() {
        push_base32(u128::from(byte), 1, &mut text);
    }
    text
}

/// Appends the value's lowest `digits` × 5 bits in Crockford's base 32, highest first.
pub fn push_base32(value: u128, digits: u32, text: &mut String) {
    // 12 digits at a time, as many as fit a machine word: Wasm has no 128-bit shifts, each would be a call.
    if digits > 12 {
        push_base32(value >> 60, digits - 12, text);
    }
    let word = u64::try_from(value & ((1 << 60) - 1)).unwrap_or(0);
    for place in (0..digits.min(12)).rev() {
        let index = usize::try_from((word >> (place * 5)) & 31).unwrap_or(0);
        text.push(char::from(ALPHABET.get(index).copied().unwrap_or(b'0')));
    }
}

/// Whether the text is made of Crockford's base 32 digits alone, as this module writes them.
#[must_use]
pub fn is_base32(text: &str) -> bool {
    text.bytes().all(|byte| ALPHABET.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ids_are_greater() {
        let early = ulid_at(1_000_000);
        let late = ulid_at(1_001_000);
        assert!(early < late, "{early} {late}");
        assert_eq!((early.len(), &early[..10]), (26, "00000000Z8"));
        let ids: Vec<String> = (1_000_000..1_000_999).map(ulid_at).collect();
        assert!(ids.is_sorted(), "within a millisecond too");
        assert!(is_base32(&early) && is_base32(&secret()));
    }
}
