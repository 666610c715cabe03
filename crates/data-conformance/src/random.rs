//! Random numbers with a seed, so that what failed once fails again.

/// SplitMix64.
pub struct Random(u64, u64);

impl Random {
    /// With the seed in `KONTOR_SEED`, or one of the clock. Prints it: a failing test shows what it printed.
    #[must_use]
    pub fn seeded() -> Self {
        let clock = || {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            since.subsec_nanos().into()
        };
        let seed = std::env::var("KONTOR_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(clock);
        println!("seed={seed} (run again with KONTOR_SEED={seed})");
        Self(seed, seed)
    }

    /// What it began with.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.1
    }

    /// Another one that depends on this one's seed.
    pub fn branch(&mut self) -> Self {
        let seed = self.next();
        Self(seed, seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to one less than `below`.
    pub fn below(&mut self, below: u64) -> u64 {
        self.next() % below
    }

    /// One of them.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(all.len() as u64)).unwrap_or(0)]
    }
}
