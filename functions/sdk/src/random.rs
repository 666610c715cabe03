//! Randomness that nobody can guess.

use std::cell::RefCell;

use crate::log;

/// How much is fetched at once: a call to the host costs more than the bytes do.
const FETCH_SIZE_BYTES: usize = 1024;

struct Pool {
    bytes: [u8; FETCH_SIZE_BYTES],
    used: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { bytes: [0; FETCH_SIZE_BYTES], used: FETCH_SIZE_BYTES }) };
}

/// `N` random bytes from the host's cryptographic source, `N` ≤ 1024. No byte is ever handed out twice, and what was
/// handed out is wiped from the stock.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    const { assert!(N <= FETCH_SIZE_BYTES) };
    POOL.with_borrow_mut(|pool| {
        if pool.used + N > FETCH_SIZE_BYTES {
            fill(&mut pool.bytes);
            pool.used = 0;
        }
        let mut out = [0; N];
        if let Some(stock) = pool.bytes.get_mut(pool.used..pool.used + N) {
            out.copy_from_slice(stock);
            stock.fill(0);
        }
        pool.used += N;
        out
    })
}

/// Without randomness there is no secret; better no answer than a guessable one.
fn fill(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        log::error(&format!("the host gives no randomness: {error}"));
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_the_same_twice_over_several_fetches() {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..1000 {
            assert!(seen.insert(bytes::<16>()));
        }
    }
}
