//! Chance that falls the same way every time, on every machine: integers only.

use std::fmt;

/// A stream of random numbers (SplitMix64). The same seed and stream give the same numbers.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut dice = Self(seed);
        let mixed = dice.next();
        Self(mixed ^ stream.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    /// A stream that a text names.
    pub(crate) fn named(seed: u64, name: &str) -> Self {
        let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        Self::new(seed, name.bytes().fold(0xCBF2_9CE4_8422_2325, fold))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `n`; 0 when `n` is 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// A number in `from..to`.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to.saturating_sub(from))
    }

    /// A number below `n`, small ones far more often than large ones: half of them in the first eighth.
    pub(crate) fn rank(&mut self, n: u64) -> u64 {
        let x = self.next() >> 32;
        let cube = (((x * x) >> 32) * x) >> 32;
        (cube * n) >> 32
    }

    /// A number of between `from` and `to` bits, every size as likely as any other.
    pub(crate) fn size(&mut self, from: u32, to: u32) -> u64 {
        let bits = self.between(u64::from(from), u64::from(to) + 1);
        (1 << bits) | self.below(1 << bits)
    }

    /// True in so many of a thousand cases.
    pub(crate) fn in_thousand(&mut self, cases: u64) -> bool {
        self.below(1_000) < cases
    }

    /// One of the list.
    ///
    /// # Panics
    /// The list is empty.
    pub(crate) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// One of the list, the first ones far more often than the last ones.
    ///
    /// # Panics
    /// The list is empty.
    pub(crate) fn favour<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.rank(list.len() as u64) as usize]
    }

    /// One of the list, by weight.
    ///
    /// # Panics
    /// The list is empty.
    pub(crate) fn weighted<T: Copy>(&mut self, list: &[(u64, T)]) -> T {
        let mut left = self.below(list.iter().map(|(weight, _)| weight).sum());
        for (weight, item) in list {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        list[list.len() - 1].1
    }

    /// Hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize) -> Letters {
        Letters { bits: self.next(), more: self.next(), alphabet: b"0123456789abcdef", length: digits }
    }

    /// Letters and digits, as in names of objects.
    pub(crate) fn letters(&mut self, letters: usize) -> Letters {
        const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ab";
        Letters { bits: self.next(), more: self.next(), alphabet: ALPHABET, length: letters }
    }

    /// Capital letters and digits, as in principal ids.
    pub(crate) fn capitals(&mut self, letters: usize) -> Letters {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        Letters { bits: self.next(), more: self.next(), alphabet: ALPHABET, length: letters }
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        Uuid(self.next(), self.next())
    }
}

/// Text out of 128 random bits: up to 32 hexadecimal digits, 25 capitals or 21 letters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Letters {
    bits: u64,
    more: u64,
    /// Sixteen, 32 or 64 letters.
    alphabet: &'static [u8],
    length: usize,
}

impl fmt::Display for Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.alphabet.len().trailing_zeros();
        let mut bits = (u128::from(self.bits) << 64) | u128::from(self.more);
        let mut text = [0; 32];
        let letters = &mut text[..self.length.min(32)];
        for letter in letters.iter_mut() {
            *letter = self.alphabet[(bits as usize) & (self.alphabet.len() - 1)];
            bits >>= width;
        }
        f.write_str(std::str::from_utf8(letters).unwrap_or_default())
    }
}

/// A random UUID, version 4.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uuid(u64, u64);

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(a, b) = self;
        let (group, version) = (a >> 16 & 0xFFFF, a & 0xFFF | 0x4000);
        let (variant, node) = (b >> 48 & 0x3FFF | 0x8000, b & 0xFFFF_FFFF_FFFF);
        write!(f, "{:08x}-{group:04x}-{version:04x}-{variant:04x}-{node:012x}", a >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_in_bounds_and_reach_them() {
        let mut dice = Dice::new(7, 1);
        let mut seen = [false; 6];
        for _ in 0..1_000 {
            seen[dice.below(6) as usize] = true;
            assert!(dice.rank(10) < 10);
            assert!((8..=31).contains(&dice.size(3, 4)));
            assert!((5..9).contains(&dice.between(5, 9)));
        }
        assert_eq!(seen, [true; 6]);
        assert_eq!((dice.below(0), dice.below(1), dice.between(4, 4)), (0, 0, 4));
        assert!(!dice.in_thousand(0) && dice.in_thousand(1_000));
    }

    #[test]
    fn small_ranks_are_common() {
        let mut dice = Dice::new(1, 0);
        let small = (0..10_000).filter(|_| dice.rank(80) < 10).count();
        assert!((4_500..5_500).contains(&small), "{small}");
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::new(1, 0);
        let rare = (0..10_000).filter(|_| dice.weighted(&[(9, 'a'), (1, 'b')]) == 'b').count();
        assert!((900..1_100).contains(&rare), "{rare}");
        assert!((0..100).all(|_| dice.weighted(&[(0, 'a'), (1, 'b')]) == 'b'));
    }

    #[test]
    fn the_same_seed_and_stream_fall_the_same() {
        let text = |seed, name| {
            let mut dice = Dice::named(seed, name);
            format!("{} {} {} {}", dice.hex(17), dice.letters(16), dice.capitals(12), dice.uuid())
        };
        assert_eq!(text(1, "a"), text(1, "a"));
        assert_ne!(text(1, "a"), text(1, "b"));
        assert_ne!(text(1, "a"), text(2, "a"));
        let parts: Vec<usize> = text(1, "a").split([' ', '-']).map(str::len).collect();
        assert_eq!(parts, [17, 16, 12, 8, 4, 4, 4, 12]);
    }
}
