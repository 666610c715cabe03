//! Names of what lies in Redis.

/// The keys of one function's bucket. The braces are Redis' hash tag: all of them lie in one slot of a cluster. Names of
/// functions and buckets hold no braces, and what follows a tag does not count, so a key of a function's choice cannot leave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// The sorted set of the bucket's keys, all with the score 0.
    pub(crate) index: String,
    /// The sorted set of when entries end, milliseconds since 1970 UTC.
    pub(crate) ends: String,
}

impl Bucket {
    pub(crate) fn new(prefix: &str, function: &str, bucket: &str) -> Self {
        let index = format!("{prefix}:{{{function}:{bucket}}}");
        Self { ends: format!("{index}:ends"), index }
    }

    /// The entry of a key. Scripts make the same name from [`Bucket::index`].
    pub(crate) fn entry(&self, key: &str) -> String {
        format!("{}/{key}", self.index)
    }
}

/// Whether keys may begin with it. Braces would be a hash tag of their own.
pub(crate) fn is_prefix(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.len() <= 100 && text.bytes().all(is_plain)
}

/// The bounds of all keys that begin with `prefix` and come behind `after`, as Redis writes bounds.
pub(crate) fn range(prefix: &str, after: Option<&str>) -> (Vec<u8>, Vec<u8>) {
    let least = match after {
        Some(after) if after >= prefix => [b"(", after.as_bytes()].concat(),
        _ => [b"[", prefix.as_bytes()].concat(),
    };
    let mut end = prefix.as_bytes().to_vec();
    // No byte of a text is 255, so there is always a next one; and this need not be text.
    let most = match end.last_mut() {
        None => b"+".to_vec(),
        Some(last) => {
            *last = last.saturating_add(1);
            [b"(".as_slice(), &end].concat()
        }
    };
    (least, most)
}

#[cfg(test)]
mod tests {
    use super::{Bucket, range};

    #[test]
    fn a_key_with_braces_stays_in_its_buckets_slot() {
        let bucket = Bucket::new("kontor", "shop", "sessions");
        assert_eq!(bucket.entry("}{x}"), "kontor:{shop:sessions}/}{x}");
        assert_eq!(bucket.ends, "kontor:{shop:sessions}:ends");
    }

    #[test]
    fn a_prefix_ends_before_the_next_text() {
        for (prefix, after, least, most) in [
            ("", None, "[", "+"),
            ("a", None, "[a", "(b"),
            ("a", Some("a1"), "(a1", "(b"),
            ("b", Some("a"), "[b", "(c"),
            ("", Some("a"), "(a", "+"),
        ] {
            let (found_least, found_most) = range(prefix, after);
            assert_eq!((found_least, found_most), (least.into(), most.into()), "{prefix:?} behind {after:?}");
        }
        assert_eq!(range("\u{10ffff}", None).1, [b'(', 0xf4, 0x8f, 0xbf, 0xc0]);
    }
}
