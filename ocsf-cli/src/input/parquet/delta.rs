//! Lengths in the encoding DELTA_BINARY_PACKED, added up without room for them.

/// What a run of lengths says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lengths {
    /// All of them together.
    pub(super) sum: u64,
    /// Where the bytes behind them begin.
    pub(super) end: usize,
}

impl Lengths {
    /// Reads lengths that `bytes` begin with; `None` when there are more than `most` of them, or when they are damaged.
    ///
    /// It follows the Parquet library in all that decides how many there are and where they end.
    pub(super) fn read(bytes: &[u8], most: usize) -> Option<Self> {
        let mut at = Reader::new(bytes);
        let block = usize::try_from(at.varint()?).ok()?;
        let parts = usize::try_from(at.varint()?).ok()?;
        let values = usize::try_from(at.varint()?).ok()?;
        let mut last = at.zigzag()? as i32;
        if values > most
            || parts == 0
            || block == 0
            || block % 128 != 0
            || block % parts != 0
            || block / parts % 32 != 0
        {
            return None;
        }
        if values == 0 {
            return Some(Self { sum: 0, end: at.at });
        }
        let each = block / parts;
        let mut sum = u64::try_from(last).ok()?;
        let mut left = values - 1;
        while left > 0 {
            let floor = at.zigzag()? as i32;
            let widths = at.take(parts)?;
            for width in widths {
                // What is behind the last value has no bytes, whatever its width says.
                if left == 0 {
                    break;
                }
                let packed = at.take(usize::from(*width).checked_mul(each)? / 8)?;
                if *width > 32 {
                    return None;
                }
                for number in 0..each.min(left) {
                    last =
                        last.wrapping_add(floor).wrapping_add(bits(packed, number, u32::from(*width)) as i32);
                    sum = sum.checked_add(u64::try_from(last).ok()?)?;
                }
                left -= each.min(left);
            }
        }
        Some(Self { sum, end: at.at })
    }
}

/// The value of that number among values of `width` bits, the lowest bit first.
pub(super) fn bits(packed: &[u8], number: usize, width: u32) -> u32 {
    let first = number * width as usize;
    let bytes = packed.get(first / 8..).unwrap_or_default();
    let wide = bytes.iter().take(5).rev().fold(0_u64, |wide, byte| (wide << 8) | u64::from(*byte));
    ((wide >> (first % 8)) & ((1_u64 << width) - 1)) as u32
}

/// A place in bytes.
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn take(&mut self, len: usize) -> Option<&'b [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(len)?)?;
        self.at += len;
        Some(taken)
    }

    pub(super) fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn zigzag(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_added_up() {
        // Five values in one block of 128 in 4 parts: 7, 5, 3, 1, 2 with deltas of at least -2, in 2 bits.
        let packed = [0b1100_0000, 0, 0, 0, 0, 0, 0, 0];
        let bytes = [&[0x80, 1, 4, 5, 14, 3, 2, 0, 0, 0][..], &packed, b"rest"].concat();
        assert_eq!(Lengths::read(&bytes, 5), Some(Lengths { sum: 18, end: 18 }));
        assert_eq!(Lengths::read(&bytes, 4), None, "more than the page has");
        assert_eq!(Lengths::read(&bytes[..12], 5), None, "torn");
    }

    #[test]
    fn runs_without_bits_are_counted_too() {
        // A hundred million values of 1 MiB each, in blocks of four million.
        let block = [0x00, 0, 0, 0, 0];
        let head = [0x80, 0x80, 0x80, 0x02, 4, 0x80, 0xc2, 0xd7, 0x2f, 0x80, 0x80, 0x80, 0x01];
        let bytes = [&head[..], &block.repeat(30)].concat();
        assert_eq!(Lengths::read(&bytes, 1_000), None);
        let read = Lengths::read(&bytes, 100_000_000).unwrap();
        assert_eq!(read.sum, 100_000_000 << 20);
    }

    #[test]
    fn widths_of_all_sizes() {
        assert_eq!(bits(&[0xff; 8], 1, 31), (1 << 31) - 1);
        assert_eq!(bits(&[0, 0, 0, 0, 1, 2, 3, 4], 1, 32), 0x0403_0201);
        assert_eq!(bits(&[0b1110_0100], 2, 2), 2);
        assert_eq!(bits(&[], 5, 0), 0);
    }
}
