//! Numbers that look random and are the same for the same seed everywhere.

/// The generator `SplitMix64` of Steele, Lea and Flood, 2014.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 when that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        // The upper half of a 32-bit number times `end`: even enough for fewer than a million choices.
        usize::try_from(((self.next() >> 32) * end) >> 32).unwrap_or(0)
    }

    /// A number from `start`, below `end`.
    pub fn between(&mut self, start: i64, end: i64) -> i64 {
        let span = usize::try_from(end - start).unwrap_or(0);
        start + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// True in so many of a hundred cases.
    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of the list, if there is any.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    /// How far up a step may lead at warmth 1,024: `-1024 ln(u)` for an even `u`, with the logarithm drawn
    /// as straight lines between powers of two, so that no platform's floating point can change a roster.
    pub fn climb(&mut self) -> i64 {
        const LN_2: i64 = 710;
        let bits = self.next();
        let halvings = i64::from(bits.leading_zeros());
        let rest = i64::try_from(bits & 0xFFFF).unwrap_or(0);
        LN_2 * halvings + ((LN_2 * rest) >> 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_enough() {
        let mut random = Random::new(7);
        let mut seen = [0; 10];
        for _ in 0..10_000 {
            seen[random.below(10)] += 1;
        }
        assert!(seen.iter().all(|n| (900..1_100).contains(n)), "{seen:?}");
        assert_eq!(random.below(0), 0);
        let mean: i64 = (0..10_000).map(|_| random.climb()).sum::<i64>() / 10_000;
        assert!((950..1_150).contains(&mean), "the mean of -ln(u) is 1: {mean}");
    }
}
