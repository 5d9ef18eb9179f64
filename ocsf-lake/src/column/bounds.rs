//! Least and greatest values.

use parquet::data_type::ByteArray;
use parquet::file::statistics::{Statistics, ValueStatistics};

use crate::shred::LeafKind;

/// Longer texts are cut in statistics.
const MAX_TEXT: usize = 64;

/// The least and the greatest of some values.
#[derive(Debug, Clone, Default)]
pub(crate) enum Bounds {
    #[default]
    None,
    Numbers(i64, i64),
    Texts(Vec<u8>, Vec<u8>),
}

impl Bounds {
    /// Takes numbers in, as [`ordered`] gives them.
    #[inline]
    pub(crate) fn add_number(&mut self, number: i64) {
        match self {
            Self::Numbers(least, greatest) => {
                *least = number.min(*least);
                *greatest = number.max(*greatest);
            }
            _ => *self = Self::Numbers(number, number),
        }
    }

    pub(crate) fn add_text(&mut self, text: &[u8]) {
        match self {
            Self::Texts(least, _) if text < least.as_slice() => text.clone_into(least),
            Self::Texts(_, greatest) if text > greatest.as_slice() => text.clone_into(greatest),
            Self::Texts(..) => {}
            _ => *self = Self::Texts(text.to_vec(), text.to_vec()),
        }
    }

    /// Takes in all values that `other` bounds.
    pub(crate) fn add(&mut self, other: &Self) {
        match other {
            Self::None => {}
            Self::Numbers(least, greatest) => {
                self.add_number(*least);
                self.add_number(*greatest);
            }
            Self::Texts(least, greatest) => {
                self.add_text(least);
                self.add_text(greatest);
            }
        }
    }

    /// As bytes of a page index; long texts are cut. Empty without values.
    pub(crate) fn bytes(&self, kind: LeafKind) -> (Vec<u8>, Vec<u8>) {
        match self {
            Self::None => (Vec::new(), Vec::new()),
            Self::Numbers(least, greatest) if kind == LeafKind::Int => {
                ((*least as i32).to_le_bytes().to_vec(), (*greatest as i32).to_le_bytes().to_vec())
            }
            Self::Numbers(least, greatest) => (least.to_le_bytes().to_vec(), greatest.to_le_bytes().to_vec()),
            Self::Texts(least, greatest) => {
                (cut_below(least), cut_above(greatest).unwrap_or_else(|| greatest.clone()))
            }
        }
    }

    /// As statistics of a column chunk with so many nulls.
    pub(crate) fn statistics(&self, kind: LeafKind, nulls: u64) -> Statistics {
        let nulls = Some(nulls);
        let numbers = match self {
            Self::Numbers(least, greatest) => Some((*least, *greatest)),
            _ => None,
        };
        let (least, greatest) = (numbers.map(|pair| pair.0), numbers.map(|pair| pair.1));
        match kind {
            LeafKind::Int => {
                let narrow = |number: Option<i64>| number.map(|number| number as i32);
                Statistics::int32(narrow(least), narrow(greatest), None, nulls, false)
            }
            LeafKind::Long => Statistics::int64(least, greatest, None, nulls, false),
            LeafKind::Float => {
                // Zeros of both signs are equal.
                let least = least.map(from_ordered).map(|least| if least == 0.0 { -0.0 } else { least });
                let greatest = greatest.map(from_ordered).map(|most| if most == 0.0 { 0.0 } else { most });
                Statistics::double(least, greatest, None, nulls, false)
            }
            LeafKind::Truth => {
                let truth = |number: Option<i64>| number.map(|number| number != 0);
                Statistics::boolean(truth(least), truth(greatest), None, nulls, false)
            }
            LeafKind::Word | LeafKind::Text => {
                let (mut least, mut greatest, mut exact) = (None, None, (true, true));
                if let Self::Texts(from, to) = self {
                    let (from_cut, to_cut) = self.bytes(kind);
                    exact = (from_cut == *from, to_cut == *to);
                    (least, greatest) = (Some(ByteArray::from(from_cut)), Some(ByteArray::from(to_cut)));
                }
                let values = ValueStatistics::new(least, greatest, None, nulls, false);
                Statistics::ByteArray(values.with_min_is_exact(exact.0).with_max_is_exact(exact.1))
            }
        }
    }
}

/// A number whose order is that of the values: floats are given by their bits.
#[inline]
pub(crate) fn ordered(kind: LeafKind, number: i64) -> i64 {
    if kind == LeafKind::Float { number ^ ((number >> 63) as u64 >> 1) as i64 } else { number }
}

fn from_ordered(number: i64) -> f64 {
    f64::from_bits(ordered(LeafKind::Float, number) as u64)
}

/// What comes before `text`, or `text`.
fn cut_below(text: &[u8]) -> Vec<u8> {
    shortened(text).map_or_else(|| text.to_vec(), |short| short.as_bytes().to_vec())
}

/// What comes behind `text`, or `text`; `None` when nothing short does.
fn cut_above(text: &[u8]) -> Option<Vec<u8>> {
    let Some(short) = shortened(text) else { return Some(text.to_vec()) };
    short.char_indices().rev().find_map(|(at, last)| {
        let next = char::from_u32(u32::from(last) + 1)?;
        let mut above = short.get(..at)?.to_owned();
        above.push(next);
        Some(above.into_bytes())
    })
}

/// The beginning of a long text.
fn shortened(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() > MAX_TEXT)?;
    (0..=MAX_TEXT).rev().find_map(|end| text.get(..end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cut_texts_bound_what_they_were_cut_from(text in "[a-z\u{10FFFF}\u{D7FF}]{0,80}") {
            let text = text.as_bytes();
            prop_assert!(cut_below(text).as_slice() <= text);
            prop_assert!(cut_above(text).is_none_or(|above| above.as_slice() >= text && above.len() <= MAX_TEXT.max(text.len())));
        }

        #[test]
        fn floats_have_the_order_of_their_numbers(one in any::<f64>(), other in any::<f64>()) {
            let number = |float: f64| ordered(LeafKind::Float, float.to_bits() as i64);
            prop_assert_eq!(from_ordered(number(one)).to_bits(), one.to_bits());
            prop_assert!(one >= other || one.is_nan() || number(one) < number(other));
        }
    }
}
