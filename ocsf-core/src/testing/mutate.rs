//! Reproducible damage.

/// A small generator of pseudo-random numbers: the same seed, the same numbers.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// A number below `limit`; 0 when `limit` is 0.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        (self.next() % (limit.max(1) as u64)) as usize
    }
}

/// Bytes and texts that mean something to some format.
const PIECES: [&[u8]; 16] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"\\",
    b"\n",
    b" - ",
    b"\xFF",
    b"\xE2\x82",
    b"\\ud83d",
    b":null,",
    b"99999999999999999999",
    b"{}",
];

/// `sample` with one to three faults, some of them taken from `other`.
pub(super) fn damaged(sample: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        let end = at + random.below((bytes.len() - at).min(40) + 1);
        match random.below(7) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            3 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            4 => {
                let from = random.below(other.len() + 1);
                let upto = from + random.below((other.len() - from).min(200) + 1);
                bytes.splice(at..end, other[from..upto].iter().copied());
            }
            5 => {
                bytes.splice(at..end, PIECES[random.below(PIECES.len())].iter().copied());
            }
            _ => {
                bytes.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied());
            }
        }
    }
    bytes
}
