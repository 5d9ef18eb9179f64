//! The values of one leaf column in some rows: what is buffered, sorted, set aside on disk, and encoded.

use std::io::{self, Read, Write};

use crate::packed::{Packed, read_array};

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
    ends: Ends,
    levels: Packed,
    values: Values,
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
    pub(crate) fn new(rows: usize, ends: Ends, levels: Packed, values: Values) -> Self {
        Self { rows, same: false, ends, levels, values }.held_once()
    }

    /// Rows of one number each, none of them null.
    pub(crate) fn of_numbers(numbers: &[i64]) -> Self {
        let levels = Packed::same_of(Level::new(0, 0).into(), numbers.len());
        Self::new(numbers.len(), Ends::Every(1), levels, Values::Numbers(Packed::new(numbers)))
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
        let all = self;
        let is_same = match (&all.ends, &all.values) {
            (Ends::Each(_), _) => false,
            (Ends::Every(slots), Values::Numbers(values)) => {
                all.levels.repeats(*slots) && values.repeats(*slots)
            }
            (Ends::Every(slots), Values::Texts(texts)) => {
                all.levels.repeats(*slots)
                    && (texts.bytes.is_empty() || (1..all.rows).all(|row| all.is_equal(row, &all, 0)))
            }
        };
        if is_same && all.rows > 0 {
            let slots: Vec<_> = all.slots(0).map(|slot| (0, slot)).collect();
            Self {
                rows: all.rows,
                same: true,
                ..Self::of_slots(&[&all], 1, Ends::Every(slots.len()), &slots)
            }
        } else {
            all
        }
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
        match self.ends {
            Ends::Every(count) => Some(count),
            Ends::Each(_) => None,
        }
    }

    pub(crate) fn levels(&self) -> &Packed {
        &self.levels
    }

    pub(crate) fn values(&self) -> &Values {
        &self.values
    }

    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        let ends = match &self.ends {
            Ends::Every(_) => 0,
            Ends::Each(ends) => ends.len() * 4,
        };
        let values = match &self.values {
            Values::Numbers(numbers) => numbers.bytes(),
            Values::Texts(texts) => texts.bytes.len() + texts.ends.len() * 4,
        };
        size_of::<Self>() + ends + self.levels.bytes() + values
    }

    #[inline]
    fn slots(&self, row: usize) -> std::ops::Range<usize> {
        self.ends.slots(if self.same { 0 } else { row })
    }

    fn is_equal(&self, row: usize, other: &Self, other_row: usize) -> bool {
        let (mine, theirs) = (self.slots(row), other.slots(other_row));
        mine.len() == theirs.len()
            && mine.zip(theirs).all(|(mine, theirs)| {
                self.levels.get(mine) == other.levels.get(theirs)
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

    /// The rows that `places` name by number of their part, and row within it.
    pub(crate) fn gather(parts: &[&Self], places: &[(usize, usize)]) -> Self {
        if let Some((first, others)) = parts.split_first()
            && parts.iter().all(|part| part.same)
            && others.iter().all(|other| other.is_equal(0, first, 0))
        {
            return Self { rows: places.len(), ..(*first).clone() };
        }
        if parts.iter().all(|part| part.ends == Ends::Every(1)) {
            let slot = |(part, row): &(usize, usize)| (*part, if parts[*part].same { 0 } else { *row });
            let slots: Vec<_> = places.iter().map(slot).collect();
            return Self::of_slots(parts, places.len(), Ends::Every(1), &slots).held_once();
        }
        let mut slots = Vec::with_capacity(places.len());
        let mut ends = Vec::with_capacity(places.len());
        for &(part, row) in places {
            slots.extend(parts[part].slots(row).map(|slot| (part, slot)));
            ends.push(slots.len() as u32);
        }
        Self::of_slots(parts, places.len(), Ends::new(ends), &slots).held_once()
    }

    /// Rows of these slots, each named by number of its part, and slot within it.
    fn of_slots(parts: &[&Self], rows: usize, ends: Ends, slots: &[(usize, usize)]) -> Self {
        let pick = |packed: &dyn Fn(&Self) -> Option<&Packed>| {
            let all: Vec<&Packed> = parts.iter().filter_map(|part| packed(part)).collect();
            Packed::gather(&all, slots)
        };
        let levels = pick(&|part| Some(&part.levels));
        let values = if parts.iter().any(|part| matches!(part.values, Values::Texts(_))) {
            let mut texts = Texts::default();
            for (part, slot) in slots {
                if let Values::Texts(values) = &parts[*part].values {
                    texts.push(values.get(*slot));
                }
            }
            Values::Texts(texts)
        } else {
            Values::Numbers(pick(&|part| match &part.values {
                Values::Numbers(numbers) => Some(numbers),
                Values::Texts(_) => None,
            }))
        };
        Self { rows, same: false, ends, levels, values }
    }

    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&(self.rows as u64).to_le_bytes())?;
        out.write_all(&[u8::from(self.same)])?;
        let (every, each): (usize, &[u32]) = match &self.ends {
            Ends::Every(count) => (*count, &[]),
            Ends::Each(ends) => (usize::MAX, ends),
        };
        out.write_all(&(every as u64).to_le_bytes())?;
        Packed::new(each).write(out)?;
        self.levels.write(out)?;
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

    /// Reads back what [`write`](Self::write) wrote.
    pub(crate) fn read(input: &mut impl Read) -> io::Result<Self> {
        let narrow = |numbers: &Packed| {
            let mut all = Vec::new();
            numbers.unpack(&mut all);
            all.into_iter().map(|number| number as u32).collect::<Vec<u32>>()
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
        Ok(Self { rows, same, ends, levels, values })
    }
}
