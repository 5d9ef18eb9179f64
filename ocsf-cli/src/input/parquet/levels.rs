//! Repetition levels, as far as it takes to see how many elements records have.

use super::BATCH_ROWS;
use super::delta::{Reader, bits};

/// The most elements that as many records as a batch has have in a column, over all pages so far.
#[derive(Debug)]
pub(super) struct Fullest {
    /// Bits of a level.
    width: u32,
    /// Records of the current batch, and their elements.
    records: usize,
    elements: usize,
    most: usize,
}

impl Fullest {
    /// Of a column whose levels go up to `most`.
    pub(super) fn new(most: i16) -> Self {
        Self { width: 16 - most.leading_zeros().min(16), records: 0, elements: 0, most: 0 }
    }

    /// Passes the levels of a page of so many elements. Returns the most so far; `None` when there are fewer levels.
    pub(super) fn see(&mut self, levels: &[u8], elements: usize) -> Option<usize> {
        let mut at = Reader::new(levels);
        let mut left = elements;
        while left > 0 {
            let head = at.varint()?;
            let run = usize::try_from(head >> 1).ok()?;
            if head & 1 == 0 {
                let level = at.take(self.width.div_ceil(8) as usize)?;
                let run = run.min(left);
                if level.iter().any(|byte| *byte != 0) {
                    self.go_on(run);
                } else {
                    self.begin(run);
                }
                left -= run;
            } else {
                let packed = at.take(run.checked_mul(self.width as usize)?)?;
                let values = run.checked_mul(8)?.min(left);
                for number in 0..values {
                    match bits(packed, number, self.width) {
                        0 => self.begin(1),
                        _ => self.go_on(1),
                    }
                }
                left -= values;
            }
        }
        Some(self.most)
    }

    /// So many records of one element begin.
    fn begin(&mut self, mut records: usize) {
        while records > 0 {
            if self.records == BATCH_ROWS {
                (self.records, self.elements) = (0, 0);
            }
            let some = records.min(BATCH_ROWS - self.records);
            self.records += some;
            self.go_on(some);
            records -= some;
        }
    }

    /// So many elements more.
    fn go_on(&mut self, elements: usize) {
        self.elements = self.elements.saturating_add(elements);
        self.most = self.most.max(self.elements);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_have_as_many_elements_as_their_levels_say() {
        let mut fullest = Fullest::new(1);
        // One zero, then 1,000 ones.
        assert_eq!(fullest.see(&[2, 0, 0xd0, 0x0f, 1], 1_001), Some(1_001));
        // The record goes on in the next page: eight levels in a byte.
        assert_eq!(fullest.see(&[3, 0b0010_0111], 8), Some(1_009));
        assert_eq!(fullest.see(&[3, 0b0010_0111], 9), None, "fewer levels than elements");
        assert_eq!(Fullest::new(3).see(&[6, 0], 3), Some(3));
        assert_eq!(Fullest::new(1).see(&[0xfe, 0xff, 0xff, 0xff, 0x0f, 1], 1 << 20), Some(1 << 20));
        // A million records of one element fill many batches.
        assert_eq!(Fullest::new(1).see(&[0xfe, 0xff, 0xff, 0xff, 0x0f, 0], 1 << 20), Some(BATCH_ROWS));
    }
}
