//! The values of one leaf column in some rows: what is buffered, sorted, set aside on disk, and encoded.

mod gather;

use std::io::{self, Read, Write};
use std::sync::Arc;

use crate::packed::{Packed, read_array};
pub(crate) use gather::Gather;
use gather::values_of;

/// Definition and repetition level of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Level(u8);

impl Level {
    /// Greatest definition and repetition level that there is room for.
    pub(crate) const MAX: (i16, i16) = (31, 7);

    pub(crate) fn new(definition: u8, repetition: u8) -> Self {
        Self(repetition << 5 | definition)
    }

    pub(crate) fn of(number: i64) -> Self {
        Self(number as u8)
    }

    pub(crate) fn definition(self) -> u8 {
        self.0 & 31
    }

    pub(crate) fn repetition(self) -> u8 {
        self.0 >> 5
    }
}

impl From<Level> for i64 {
    fn from(level: Level) -> Self {
        Self::from(level.0)
    }
}

/// The slots of a leaf in some rows, in the sense of Parquet: a row has one, and in lists one for each item, and one
/// where a list is empty or null. What is null has a lower definition level and a value that means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeafRows {
    rows: usize,
    /// All rows are as the first, which alone is held.
    same: bool,
    /// One for all leaves of an object, where they have a value in the same rows.
    shape: Arc<Shape>,
    values: Values,
}

/// Where the slots of rows end, and the level of each.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    ends: Ends,
    levels: Packed,
}

/// Where the slots of rows end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Each row has so many.
    Every(usize),
    Each(Vec<u32>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Values {
    /// Numbers; also codes of words, truth as 0 and 1, the bits of floats.
    Numbers(Packed),
    Texts(Texts),
}

/// Texts one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Texts {
    pub(crate) fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u32);
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..self.ends[at] as usize]
    }
}

impl Shape {
    pub(crate) fn new(ends: Ends, levels: Packed) -> Self {
        Self { ends, levels }
    }

    /// Bytes of memory.
    fn bytes(&self) -> usize {
        let ends = match &self.ends {
            Ends::Every(_) => 0,
            Ends::Each(ends) => ends.len() * 4,
        };
        ends + self.levels.bytes()
    }
}

/// Bytes of memory of all leaves; what they share counts once.
pub(crate) fn bytes_of(leaves: &[Arc<LeafRows>]) -> usize {
    let before = std::iter::once(None).chain(leaves.iter().map(Some));
    let own = |(leaf, before): (&Arc<LeafRows>, Option<&Arc<LeafRows>>)| {
        let is_shared = before.is_some_and(|before| Arc::ptr_eq(&before.shape, &leaf.shape));
        leaf.own_bytes() + if is_shared { 0 } else { leaf.shape.bytes() }
    };
    leaves.iter().zip(before).map(own).sum()
}

impl Ends {
    pub(crate) fn new(ends: Vec<u32>) -> Self {
        let each = ends.first().copied().unwrap_or(1);
        let is_even = ends.iter().zip(1..).all(|(end, row)| u64::from(*end) == row * u64::from(each));
        if is_even { Self::Every(each as usize) } else { Self::Each(ends) }
    }

    #[inline]
    fn slots(&self, row: usize) -> std::ops::Range<usize> {
        match self {
            Self::Every(count) => row * count..(row + 1) * count,
            Self::Each(ends) => {
                let start = row.checked_sub(1).map_or(0, |before| ends[before]);
                start as usize..ends[row] as usize
            }
        }
    }
}

impl LeafRows {
    /// Rows with these slots. Rows that are all the same are held once.
    pub(crate) fn new(rows: usize, shape: &Arc<Shape>, values: Values) -> Self {
        Self { rows, same: false, shape: Arc::clone(shape), values }.held_once()
    }

    /// Rows of one number each, none of them null.
    pub(crate) fn of_numbers(numbers: &[i64]) -> Self {
        let levels = Packed::same_of(Level::new(0, 0).into(), numbers.len());
        let shape = Arc::new(Shape::new(Ends::Every(1), levels));
        Self::new(numbers.len(), &shape, Values::Numbers(Packed::new(numbers)))
    }

    /// The number of a row that has one; 0 of any other.
    pub(crate) fn number(&self, row: usize) -> i64 {
        match &self.values {
            Values::Numbers(numbers) => numbers.get(self.slots(row).start),
            Values::Texts(_) => 0,
        }
    }

    /// The text of a row that has one, where texts are no words and no lists.
    pub(crate) fn text(&self, row: usize) -> Option<&[u8]> {
        match &self.values {
            Values::Texts(texts) => Some(texts.get(self.slots(row).start)).filter(|text| !text.is_empty()),
            Values::Numbers(_) => None,
        }
    }

    fn held_once(self) -> Self {
        let Shape { ends: Ends::Every(slots), levels } = &*self.shape else { return self };
        let is_same = match &self.values {
            Values::Numbers(values) => values.repeats(*slots) && levels.repeats(*slots),
            Values::Texts(texts) => {
                levels.repeats(*slots)
                    && (texts.bytes.is_empty() || (1..self.rows).all(|row| self.is_equal(row, &self, 0)))
            }
        };
        if !is_same || self.rows == 0 {
            return self;
        }
        let places: Vec<_> = (0..*slots as u32).map(|slot| (0, slot)).collect();
        let levels = Packed::gather(&[levels], &places).packed();
        let shape = Arc::new(Shape::new(Ends::Every(*slots), levels));
        Self { rows: self.rows, same: true, shape, values: values_of(&[&self], &places) }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// True when all rows are as the first, and only its slots are held.
    pub(crate) fn is_same(&self) -> bool {
        self.same
    }

    /// Slots of each row, when all have so many.
    pub(crate) fn slots_of_each(&self) -> Option<usize> {
        match self.shape.ends {
            Ends::Every(count) => Some(count),
            Ends::Each(_) => None,
        }
    }

    pub(crate) fn levels(&self) -> &Packed {
        &self.shape.levels
    }

    pub(crate) fn values(&self) -> &Values {
        &self.values
    }

    /// Bytes of memory that no other leaf shares.
    fn own_bytes(&self) -> usize {
        let values = match &self.values {
            Values::Numbers(numbers) => numbers.bytes(),
            Values::Texts(texts) => texts.bytes.len() + texts.ends.len() * 4,
        };
        size_of::<Self>() + values
    }

    /// The slots of a row.
    #[inline]
    pub(crate) fn slots(&self, row: usize) -> std::ops::Range<usize> {
        self.shape.ends.slots(if self.same { 0 } else { row })
    }

    fn is_equal(&self, row: usize, other: &Self, other_row: usize) -> bool {
        let (mine, theirs) = (self.slots(row), other.slots(other_row));
        mine.len() == theirs.len()
            && mine.zip(theirs).all(|(mine, theirs)| {
                self.levels().get(mine) == other.levels().get(theirs)
                    && match (&self.values, &other.values) {
                        (Values::Numbers(values), Values::Numbers(others)) => {
                            values.get(mine) == others.get(theirs)
                        }
                        (Values::Texts(values), Values::Texts(others)) => {
                            values.get(mine) == others.get(theirs)
                        }
                        _ => false,
                    }
            })
    }

    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&(self.rows as u64).to_le_bytes())?;
        out.write_all(&[u8::from(self.same)])?;
        let (every, each): (usize, &[u32]) = match &self.shape.ends {
            Ends::Every(count) => (*count, &[]),
            Ends::Each(ends) => (usize::MAX, ends),
        };
        out.write_all(&(every as u64).to_le_bytes())?;
        Packed::new(each).write(out)?;
        self.shape.levels.write(out)?;
        match &self.values {
            Values::Numbers(numbers) => {
                out.write_all(&[0])?;
                numbers.write(out)
            }
            Values::Texts(texts) => {
                out.write_all(&[1])?;
                Packed::new(&texts.ends).write(out)?;
                out.write_all(&texts.bytes)
            }
        }
    }

    /// Reads back what [`write`](Self::write) wrote; what it shares with the leaf `before`, it shares again.
    pub(crate) fn read(input: &mut impl Read, before: Option<&Self>) -> io::Result<Self> {
        let narrow = |numbers: &Packed| {
            let mut all = Vec::new();
            numbers.unpack(&mut all).iter().map(|number| *number as u32).collect::<Vec<u32>>()
        };
        let rows = u64::from_le_bytes(read_array(input)?) as usize;
        let same = read_array(input)? == [1];
        let every = u64::from_le_bytes(read_array(input)?) as usize;
        let each = narrow(&Packed::read(input)?);
        let ends = if every == usize::MAX { Ends::Each(each) } else { Ends::Every(every) };
        let levels = Packed::read(input)?;
        let values = if read_array(input)? == [0] {
            Values::Numbers(Packed::read(input)?)
        } else {
            let ends = narrow(&Packed::read(input)?);
            let mut bytes = vec![0; ends.last().map_or(0, |end| *end as usize)];
            input.read_exact(&mut bytes)?;
            Values::Texts(Texts { bytes, ends })
        };
        let shape = Shape::new(ends, levels);
        let shared = before.filter(|before| *before.shape == shape).map(|before| Arc::clone(&before.shape));
        Ok(Self { rows, same, shape: shared.unwrap_or_else(|| Arc::new(shape)), values })
    }
}
