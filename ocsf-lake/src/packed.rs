//! Whole numbers in as few bytes as they need.

use std::io::{self, Read, Write};

/// Numbers of one kind, each held as its distance from the least of them: in 0, 1, 2, 4 or 8 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed {
    base: i64,
    distances: Distances,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Distances {
    /// So many numbers, all of them the base.
    None(usize),
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    U64(Vec<u64>),
    /// The numbers themselves, of those that are used at once.
    Plain(Vec<i64>),
}

impl Packed {
    pub(crate) fn new<T: Copy + Ord + Into<i64>>(values: &[T]) -> Self {
        let Some(first) = values.first() else {
            return Self { base: i64::MAX, distances: Distances::None(0) };
        };
        let (least, greatest) = values
            .iter()
            .fold((*first, *first), |(least, most), value| (least.min(*value), most.max(*value)));
        let (least, greatest): (i64, i64) = (least.into(), greatest.into());
        // The distance of any two numbers fits into 64 bits without a sign.
        let distances = values.iter().map(|value| (*value).into().wrapping_sub(least) as u64);
        let distances = match greatest.wrapping_sub(least) as u64 {
            0 => Distances::None(values.len()),
            1..=0xFF => Distances::U8(distances.map(|distance| distance as u8).collect()),
            0x100..=0xFFFF => Distances::U16(distances.map(|distance| distance as u16).collect()),
            0x1_0000..=0xFFFF_FFFF => Distances::U32(distances.map(|distance| distance as u32).collect()),
            _ => Distances::U64(distances.collect()),
        };
        Self { base: least, distances }
    }

    /// One number so many times.
    pub(crate) fn same_of(number: i64, len: usize) -> Self {
        Self { base: number, distances: Distances::None(len) }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.distances {
            Distances::None(len) => *len,
            Distances::U8(all) => all.len(),
            Distances::U16(all) => all.len(),
            Distances::U32(all) => all.len(),
            Distances::U64(all) => all.len(),
            Distances::Plain(all) => all.len(),
        }
    }

    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        match &self.distances {
            Distances::None(_) => 0,
            Distances::U8(all) => all.len(),
            Distances::U16(all) => all.len() * 2,
            Distances::U32(all) => all.len() * 4,
            Distances::U64(_) | Distances::Plain(_) => self.len() * 8,
        }
    }

    /// The number that all of them are.
    pub(crate) fn same(&self) -> Option<i64> {
        matches!(self.distances, Distances::None(_)).then_some(self.base)
    }

    /// True when the numbers are the first `period` ones again and again.
    pub(crate) fn repeats(&self, period: usize) -> bool {
        fn repeats<T: PartialEq>(all: &[T], period: usize) -> bool {
            all.get(period..).is_none_or(|later| all.starts_with(later))
        }
        match &self.distances {
            Distances::None(_) => true,
            Distances::U8(all) => repeats(all, period),
            Distances::U16(all) => repeats(all, period),
            Distances::U32(all) => repeats(all, period),
            Distances::U64(all) => repeats(all, period),
            Distances::Plain(all) => repeats(all, period),
        }
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> i64 {
        let distance = match &self.distances {
            Distances::None(_) => 0,
            Distances::U8(all) => u64::from(all[at]),
            Distances::U16(all) => u64::from(all[at]),
            Distances::U32(all) => u64::from(all[at]),
            Distances::U64(all) => all[at],
            Distances::Plain(all) => return all[at],
        };
        self.base.wrapping_add(distance as i64)
    }

    /// The numbers that `places` name by number of their part, and place within it. They are not packed.
    pub(crate) fn gather(parts: &[&Self], places: &[(u32, u32)]) -> Self {
        fn pick<T: Copy + Into<u64>>(base: i64, all: &[T], places: &[(u32, u32)], out: &mut Vec<i64>) {
            let distance = |place: &(u32, u32)| all[place.1 as usize].into() as i64;
            out.extend(places.iter().map(|place| base.wrapping_add(distance(place))));
        }
        let same = parts.first().and_then(|first| first.same());
        if let Some(base) = same.filter(|same| parts.iter().all(|part| part.same() == Some(*same))) {
            return Self::same_of(base, places.len());
        }
        let mut out = Vec::with_capacity(places.len());
        for places in places.chunk_by(|one, next| one.0 == next.0) {
            let Some(part) = places.first().map(|first| parts[first.0 as usize]) else { continue };
            match &part.distances {
                Distances::None(_) => out.resize(out.len() + places.len(), part.base),
                Distances::U8(all) => pick(part.base, all, places, &mut out),
                Distances::U16(all) => pick(part.base, all, places, &mut out),
                Distances::U32(all) => pick(part.base, all, places, &mut out),
                Distances::U64(all) => pick(part.base, all, places, &mut out),
                Distances::Plain(all) => out.extend(places.iter().map(|place| all[place.1 as usize])),
            }
        }
        Self { base: 0, distances: Distances::Plain(out) }
    }

    /// The same numbers in as few bytes as they need.
    pub(crate) fn packed(self) -> Self {
        match &self.distances {
            Distances::Plain(all) => Self::new(all),
            _ => self,
        }
    }

    /// Puts the first so many numbers into `out`, which is emptied first.
    pub(crate) fn first(&self, count: usize, out: &mut Vec<i64>) {
        out.clear();
        out.extend((0..count.min(self.len())).map(|at| self.get(at)));
    }

    /// All numbers, put into `out` where they are packed.
    pub(crate) fn unpack<'n>(&'n self, out: &'n mut Vec<i64>) -> &'n [i64] {
        fn widen<T: Copy + Into<u64>>(base: i64, distances: &[T], out: &mut Vec<i64>) {
            out.extend(distances.iter().map(|distance| base.wrapping_add((*distance).into() as i64)));
        }
        out.clear();
        match &self.distances {
            Distances::None(len) => out.resize(*len, self.base),
            Distances::U8(all) => widen(self.base, all, out),
            Distances::U16(all) => widen(self.base, all, out),
            Distances::U32(all) => widen(self.base, all, out),
            Distances::U64(all) => widen(self.base, all, out),
            Distances::Plain(all) => return all,
        }
        out
    }

    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let width: u8 = match &self.distances {
            Distances::None(_) => 0,
            Distances::U8(_) => 1,
            Distances::U16(_) => 2,
            Distances::U32(_) => 4,
            Distances::U64(_) => 8,
            Distances::Plain(all) => return Self::new(all).write(out),
        };
        out.write_all(&[width])?;
        out.write_all(&self.base.to_le_bytes())?;
        out.write_all(&(self.len() as u64).to_le_bytes())?;
        match &self.distances {
            Distances::None(_) | Distances::Plain(_) => Ok(()),
            Distances::U8(all) => out.write_all(all),
            Distances::U16(all) => all.iter().try_for_each(|each| out.write_all(&each.to_le_bytes())),
            Distances::U32(all) => all.iter().try_for_each(|each| out.write_all(&each.to_le_bytes())),
            Distances::U64(all) => all.iter().try_for_each(|each| out.write_all(&each.to_le_bytes())),
        }
    }

    /// Reads back what [`write`](Self::write) wrote.
    pub(crate) fn read(input: &mut impl Read) -> io::Result<Self> {
        let [width] = read_array(input)?;
        let base = i64::from_le_bytes(read_array(input)?);
        let len = u64::from_le_bytes(read_array(input)?) as usize;
        let mut bytes = vec![0; len * usize::from(if width == 0 { 0 } else { width })];
        input.read_exact(&mut bytes)?;
        let distances = match width {
            0 => Distances::None(len),
            1 => Distances::U8(bytes),
            2 => Distances::U16(bytes.as_chunks().0.iter().map(|each| u16::from_le_bytes(*each)).collect()),
            4 => Distances::U32(bytes.as_chunks().0.iter().map(|each| u32::from_le_bytes(*each)).collect()),
            _ => Distances::U64(bytes.as_chunks().0.iter().map(|each| u64::from_le_bytes(*each)).collect()),
        };
        Ok(Self { base, distances })
    }
}

pub(crate) fn read_array<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(values: &[i64]) {
        let packed = Packed::new(values);
        assert_eq!(packed.unpack(&mut Vec::new()), values);
        assert_eq!(packed.len(), values.len());
        for period in 1..4 {
            assert_eq!(
                packed.repeats(period),
                (period..values.len()).all(|at| values[at] == values[at - period])
            );
        }
        assert!((0..values.len()).all(|at| packed.get(at) == values[at]));
        let mut bytes = Vec::new();
        packed.write(&mut bytes).unwrap();
        assert_eq!(Packed::read(&mut bytes.as_slice()).unwrap(), packed);
        // Gathered from two parts, the last one first.
        let (one, other) = values.split_at(values.len() / 2);
        let places: Vec<(u32, u32)> = (0..other.len()).map(|at| (1, at as u32)).collect();
        let places = [places, (0..one.len()).map(|at| (0, at as u32)).collect()].concat();
        let gathered = Packed::gather(&[&Packed::new(one), &Packed::new(other)], &places);
        assert_eq!(gathered.unpack(&mut Vec::new()), [other, one].concat());
        let (mut bytes, mut plainly) = (Vec::new(), Vec::new());
        Packed::new(&[other, one].concat()).write(&mut bytes).unwrap();
        gathered.write(&mut plainly).unwrap();
        assert_eq!(plainly, bytes);
    }

    #[test]
    fn equal_numbers_take_no_memory() {
        assert_eq!((Packed::new(&[7_i32; 100]).bytes(), Packed::new(&[7_i32; 100]).same()), (0, Some(7)));
        assert_eq!(Packed::new(&[1_000, 1_255_i64]).bytes(), 2);
        check(&[i64::MIN, 0, i64::MAX]);
        check(&[1, 2, 1, 2, 1]);
        check(&[]);
    }

    proptest! {
        #[test]
        fn numbers_come_back(spread in 0..64u32, seeds in proptest::collection::vec(any::<i64>(), 0..40)) {
            check(&seeds.iter().map(|seed| seed >> spread).collect::<Vec<_>>());
        }
    }
}
