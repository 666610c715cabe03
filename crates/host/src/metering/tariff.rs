//! What calls cost.

use kontor_data::Used;

/// 10^-12 of the currency's unit: sums of them are exact, and a single call costs several hundred thousand.
pub const PICO: u128 = 1_000_000_000_000;

/// Prices, in 10^-12 of the currency's unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    /// ISO 4217; shown beside every amount.
    pub currency: String,
    /// A million calls.
    pub million_requests_pico: u64,
    /// Memory of 10^9 bytes held for one second.
    pub gb_second_pico: u64,
    /// 10^9 bytes of answers.
    pub gb_out_pico: u64,
}

impl Default for Tariff {
    /// Modelled on the public price lists of large function platforms as of 2025 (0.20 for a million requests,
    /// 0.0000166667 for a GB-second, 0.09 for a GB out). They charge no euro of it here: it makes costs comparable.
    fn default() -> Self {
        Self {
            currency: "EUR".to_owned(),
            million_requests_pico: 200_000_000_000,
            gb_second_pico: 16_666_700,
            gb_out_pico: 90_000_000_000,
        }
    }
}

impl Tariff {
    /// The price of what was used, in 10^-12 of the currency's unit, rounded down.
    #[must_use]
    pub fn cost_pico(&self, calls: u64, memory_page_us: u64, sent_bytes: u64) -> u128 {
        const MILLION: u128 = 1_000_000;
        const GB: u128 = 1_000_000_000;
        /// Pages of 64 KiB times microseconds are so many bytes times seconds divided by 10^6.
        const PAGE_BYTES: u128 = 64 << 10;
        let requests = u128::from(calls) * u128::from(self.million_requests_pico) / MILLION;
        let memory = u128::from(memory_page_us) * u128::from(self.gb_second_pico);
        // Past this the product would not fit; at such sizes the order of the two does not matter any more.
        let memory = match memory.checked_mul(PAGE_BYTES) {
            Some(product) => product / (MILLION * GB),
            None => memory / (MILLION * GB) * PAGE_BYTES,
        };
        let out = u128::from(sent_bytes) * u128::from(self.gb_out_pico) / GB;
        requests + memory + out
    }

    /// The price of one operation's usage.
    #[must_use]
    pub fn cost_of(&self, used: &Used) -> u128 {
        self.cost_pico(used.calls, used.memory_page_us, used.sent_bytes)
    }
}

/// An amount as text with six decimals, rounded half up.
#[must_use]
pub fn amount(pico: u128) -> String {
    const MICRO: u128 = 1_000_000;
    let micro = (pico + MICRO / 2) / MICRO;
    format!("{}.{:06}", micro / MICRO, micro % MICRO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_is_the_sum_of_its_three_parts() {
        let tariff = Tariff::default();
        assert_eq!(amount(tariff.cost_pico(1_000_000, 0, 0)), "0.200000");
        assert_eq!(amount(tariff.cost_pico(0, 0, 1_000_000_000)), "0.090000");
        // 64 MiB for 1,000,000 s are 67,108.864 GB-seconds.
        assert_eq!(amount(tariff.cost_pico(0, 1024 * 1_000_000 * 1_000_000, 0)), "1.118483");
        assert_eq!(tariff.cost_pico(1, 0, 0), 200_000, "a single call is not rounded away");
        let dear = Tariff { gb_second_pico: u64::MAX, ..Tariff::default() };
        assert!(dear.cost_pico(0, u64::MAX, 0) > 0, "the largest price of the largest use is an amount");
    }

    #[test]
    fn amounts_round_to_six_decimals() {
        for (pico, text) in [(0, "0.000000"), (499_999, "0.000000"), (500_000, "0.000001"), (PICO, "1.000000")] {
            assert_eq!(amount(pico), text);
        }
    }
}
