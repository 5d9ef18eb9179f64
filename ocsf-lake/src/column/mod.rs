//! One column chunk of a Parquet file, encoded from the slots of a leaf.
//!
//! Words and numbers are written through a dictionary until it grows large, then plainly; the slots of rows that are all
//! the same cost next to nothing. What the library would make of the same rows is what readers get.

mod bounds;
mod chunk;
mod codes;
pub(crate) mod delta;
mod page;
mod plain;
pub(crate) mod rle;

use std::ops::Range;

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::bloom_filter::Sbbf;
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::ColumnDescPtr;

use crate::leaf_rows::{LeafRows, Level, Texts, Values};
use crate::shred::LeafKind;
use crate::words::Dictionary;
use bounds::{Bounds, ordered};
pub(crate) use chunk::Chunk;
use codes::Codes;
use page::{DonePage, OpenPage};

/// Bytes of a page, and of a dictionary, before compression; Security Lake wants at most 1,000,000. One row alone may have
/// more.
const PAGE_BYTES: usize = 900_000;
const DICTIONARY_BYTES: usize = 704 << 10;

/// Slots of a page: with levels and codes of all widths that dictionaries have, less than [`PAGE_BYTES`].
const PAGE_SLOTS: usize = 1 << 17;

/// Numbers of a page that are written plainly.
const PLAIN_NUMBERS: usize = PAGE_BYTES / 10;

/// Rows of a page of a column that has a page index.
const INDEXED_ROWS: usize = 20_000;

/// Numbers that are mostly distinct are better written plainly: this is looked at from so many distinct ones on.
const MANY_NUMBERS: u32 = 8192;

/// Slots of a row up to which rows of equal levels are written together.
const FEW_SLOTS: usize = 64;

/// Most distinct values that a Bloom filter is laid out for; it is folded to what it holds.
const BLOOM_VALUES: u64 = 1 << 17;

/// Share of false positives of Bloom filters.
const BLOOM_FPP: f64 = 0.01;

/// How a column is written.
#[derive(Debug, Clone)]
pub(crate) struct ColumnFormat {
    pub(crate) column: ColumnDescPtr,
    pub(crate) kind: LeafKind,
    /// Numbers that rise: as distances, without a dictionary.
    pub(crate) rising: bool,
    /// Statistics of each page.
    pub(crate) indexed: bool,
    pub(crate) bloom_filter: bool,
    pub(crate) compression: Compression,
}

/// What all columns of a worker use in turn.
pub(crate) struct Scratch {
    zstd: zstd::bulk::Compressor<'static>,
    page: Vec<u8>,
    compressed: Vec<u8>,
    levels: Vec<i64>,
    numbers: Vec<i64>,
    /// Numbers that are not null.
    there: Vec<i64>,
}

impl Scratch {
    pub(crate) fn new(zstd_level: i32) -> std::io::Result<Self> {
        Ok(Self {
            zstd: zstd::bulk::Compressor::new(zstd_level)?,
            page: Vec::new(),
            compressed: Vec::new(),
            levels: Vec::new(),
            numbers: Vec::new(),
            there: Vec::new(),
        })
    }

    /// Compresses `bytes`.
    fn compress(&mut self, bytes: &[u8]) -> Result<Bytes> {
        let Self { zstd, compressed, .. } = self;
        compressed.clear();
        compressed.reserve(zstd::zstd_safe::compress_bound(bytes.len()));
        zstd.compress_to_buffer(bytes, compressed)
            .map_err(|error| ParquetError::External(Box::new(error)))?;
        Ok(Bytes::copy_from_slice(compressed))
    }
}

/// A column chunk that is being written.
#[derive(Debug, Clone)]
pub(crate) struct ColumnWriter {
    format: ColumnFormat,
    /// None once it has grown large, and for kinds of values that hardly repeat.
    dictionary: Option<Codes>,
    /// The dictionary that pages before were written with.
    given_up: Option<Codes>,
    page: OpenPage,
    pages: Vec<DonePage>,
    page_bytes: usize,
    bounds: Bounds,
    /// A float was no number, so that nothing bounds them.
    unbounded: bool,
    /// Of the values that are in no dictionary.
    filter: Option<Sbbf>,
    most_rows: u64,
}

impl ColumnWriter {
    /// A chunk of up to `rows` rows, whose words are those of `words`.
    pub(crate) fn new(format: &ColumnFormat, words: &Dictionary, rows: u64) -> Self {
        let dictionary = if format.rising { None } else { Codes::new(format.kind, words) };
        Self {
            format: format.clone(),
            dictionary,
            given_up: None,
            page: OpenPage::default(),
            pages: Vec::new(),
            page_bytes: 0,
            bounds: Bounds::None,
            unbounded: false,
            filter: None,
            most_rows: rows,
        }
    }

    /// Compressed bytes of all pages so far.
    pub(crate) fn bytes(&self) -> usize {
        self.page_bytes
    }

    /// Appends rows.
    pub(crate) fn write(&mut self, leaf: &LeafRows, words: &Dictionary, scratch: &mut Scratch) -> Result<()> {
        if self.is_poor() {
            self.give_up(scratch)?;
        }
        let (mut levels, mut numbers) =
            (std::mem::take(&mut scratch.levels), std::mem::take(&mut scratch.numbers));
        let result = match (leaf.values(), self.slots_together(leaf)) {
            (Values::Numbers(packed), Some(slots)) => {
                let numbers = packed.unpack(&mut numbers);
                leaf.levels().first(slots, &mut levels);
                let even = slots != 1 || leaf.levels().same().is_some();
                self.write_even(leaf, slots, numbers, even.then_some(&levels), words, scratch)
            }
            (Values::Numbers(packed), None) if self.takes_lists(leaf, packed.len()) => {
                let (levels, numbers) = (leaf.levels().unpack(&mut levels), packed.unpack(&mut numbers));
                self.write_lists(leaf, levels, numbers, words, scratch)
            }
            (values, _) => {
                let levels = leaf.levels().unpack(&mut levels);
                let (numbers, texts) = match values {
                    Values::Numbers(packed) => (packed.unpack(&mut numbers), None),
                    Values::Texts(texts) => (&[][..], Some(texts)),
                };
                let times = if leaf.is_same() { leaf.rows() } else { 1 };
                (0..times).try_for_each(|_| self.write_slots(levels, numbers, texts, words, scratch))
            }
        };
        (scratch.levels, scratch.numbers) = (levels, numbers);
        result
    }

    /// True when the values are mostly distinct numbers.
    fn is_poor(&self) -> bool {
        match &self.dictionary {
            Some(Codes::Numbers(numbers)) => numbers.is_poor(DICTIONARY_BYTES, MANY_NUMBERS),
            _ => false,
        }
    }

    /// Pages from here on have plain values.
    fn give_up(&mut self, scratch: &mut Scratch) -> Result<()> {
        if self.page.rows > 0 {
            self.close_page(scratch)?;
        }
        self.given_up = self.dictionary.take();
        Ok(())
    }

    /// True when the dictionary has room for so many words, whichever they are; numbers always have.
    fn has_room(&self, words: usize) -> bool {
        match &self.dictionary {
            Some(codes) => codes.most_bytes(words) <= DICTIONARY_BYTES,
            None => self.format.kind != LeafKind::Word,
        }
    }

    /// Slots of each row, when rows can be written many at once: they have equally many, and one alone or the same levels.
    fn slots_together(&self, leaf: &LeafRows) -> Option<usize> {
        let slots = leaf.slots_of_each().filter(|slots| (1..=FEW_SLOTS).contains(slots))?;
        let is_even = slots == 1 || leaf.levels().repeats(slots);
        (is_even && self.has_room(leaf.rows() * slots)).then_some(slots)
    }

    /// Appends rows of so many numbers, or codes of words, each; and of these levels, unless a row has one slot alone.
    fn write_even(
        &mut self,
        leaf: &LeafRows,
        slots: usize,
        numbers: &[i64],
        levels: Option<&[i64]>,
        words: &Dictionary,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let most = match () {
            () if self.format.indexed => INDEXED_ROWS.min(PAGE_SLOTS / slots),
            () if self.dictionary.is_some() => PAGE_SLOTS / slots,
            () => PLAIN_NUMBERS / slots,
        };
        let mut from = 0;
        while from < leaf.rows() {
            if self.page.rows >= most {
                self.close_page(scratch)?;
            }
            let to = leaf.rows().min(from + most - self.page.rows);
            self.page.rows += to - from;
            match levels {
                Some(levels) => {
                    let numbers = if leaf.is_same() { numbers } else { &numbers[from * slots..to * slots] };
                    self.push_even(levels, to - from, numbers, words, &mut scratch.there);
                }
                None => self.push_flat(leaf, from..to, &numbers[from..to], words, &mut scratch.there),
            }
            from = to;
        }
        Ok(())
    }

    /// Appends so many rows of these levels, with the numbers of each slot, or those of one row when all are the same.
    fn push_even(
        &mut self,
        levels: &[i64],
        rows: usize,
        numbers: &[i64],
        words: &Dictionary,
        there: &mut Vec<i64>,
    ) {
        let page = &mut self.page;
        let of_row = || levels.iter().map(|level| Level::of(*level));
        page.definitions.cycle(of_row().map(|level| level.definition().into()), rows);
        if self.format.column.max_rep_level() > 0 {
            page.repetitions.cycle(of_row().map(|level| level.repetition().into()), rows);
        }
        let is_there: Vec<bool> = of_row().map(|level| self.format.is_there(level)).collect();
        let nulls = is_there.iter().filter(|is_there| !**is_there).count();
        page.nulls += nulls * rows;
        if nulls == levels.len() {
            return;
        }
        let times = if numbers.len() == levels.len() { rows } else { 1 };
        if levels.len() == 1 && times > 1 {
            return self.push_same(numbers[0], times, words);
        }
        if nulls == 0 {
            return (0..times).for_each(|_| self.push_all(numbers, words));
        }
        there.clear();
        let of_slots = numbers.iter().zip(is_there.iter().cycle());
        there.extend(of_slots.filter(|(_, is_there)| **is_there).map(|(number, _)| *number));
        for _ in 0..times {
            self.push_all(there, words);
        }
    }

    /// Appends rows of one slot each, some of them null.
    fn push_flat(
        &mut self,
        leaf: &LeafRows,
        rows: Range<usize>,
        numbers: &[i64],
        words: &Dictionary,
        there: &mut Vec<i64>,
    ) {
        there.clear();
        if self.format.column.max_rep_level() > 0 {
            self.page.repetitions.push(0, rows.len());
        }
        let mut count = 0;
        let definitions = rows.zip(numbers).map(|(row, number)| {
            let level = Level::of(leaf.levels().get(row));
            count += 1;
            if self.format.is_there(level) {
                there.push(*number);
            }
            level.definition().into()
        });
        self.page.definitions.extend(definitions);
        self.page.nulls += count - there.len();
        self.push_all(there, words);
    }

    /// True when rows of any numbers of slots, so many in all, can be written many at once.
    fn takes_lists(&self, leaf: &LeafRows, slots: usize) -> bool {
        !leaf.is_same() && self.dictionary.is_some() && self.has_room(slots)
    }

    /// Appends rows of some numbers, or codes of words, each, which the dictionary has room for.
    fn write_lists(
        &mut self,
        leaf: &LeafRows,
        levels: &[i64],
        numbers: &[i64],
        words: &Dictionary,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let most = if self.format.indexed { INDEXED_ROWS } else { usize::MAX };
        let mut from = 0;
        while from < leaf.rows() {
            // As many rows as the page has room for, but one at least.
            let (start, room) =
                (leaf.slots(from).start, PAGE_SLOTS.saturating_sub(self.page.definitions.len()));
            let rows = (from..leaf.rows()).take(most.saturating_sub(self.page.rows));
            let fits = rows.take_while(|row| leaf.slots(*row).end - start <= room).count();
            if fits == 0 && self.page.rows > 0 {
                self.close_page(scratch)?;
                continue;
            }
            let to = from + fits.max(1);
            let slots = start..leaf.slots(to - 1).end;
            self.page.rows += to - from;
            self.push_lists(&levels[slots.clone()], &numbers[slots], words, &mut scratch.there);
            from = to;
        }
        Ok(())
    }

    /// Appends slots, which are those of whole rows.
    fn push_lists(&mut self, levels: &[i64], numbers: &[i64], words: &Dictionary, there: &mut Vec<i64>) {
        let levels = || levels.iter().map(|level| Level::of(*level));
        self.page.definitions.extend(levels().map(|level| level.definition().into()));
        self.page.repetitions.extend(levels().map(|level| level.repetition().into()));
        there.clear();
        let of_slots = numbers.iter().zip(levels());
        there.extend(of_slots.filter(|(_, level)| self.format.is_there(*level)).map(|(number, _)| *number));
        self.page.nulls += numbers.len() - there.len();
        self.push_all(there, words);
    }

    /// Appends rows slot by slot.
    fn write_slots(
        &mut self,
        levels: &[i64],
        numbers: &[i64],
        texts: Option<&Texts>,
        words: &Dictionary,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let is_flat = self.format.column.max_rep_level() == 0;
        let mut slot = 0;
        while slot < levels.len() {
            let mut end = slot + 1;
            while !is_flat && end < levels.len() && Level::of(levels[end]).repetition() > 0 {
                end += 1;
            }
            let there = (slot..end).filter(|slot| self.format.is_there(Level::of(levels[*slot])));
            let bytes = match texts {
                Some(texts) => there.map(|slot| texts.get(slot).len() + 4).sum(),
                None if self.has_room(end - slot) => 8 * (end - slot),
                None => there.map(|slot| words.word(numbers[slot] as usize).len() + 4).sum(),
            };
            self.make_room(end - slot, bytes, scratch)?;
            self.page.rows += 1;
            for slot in slot..end {
                let level = Level::of(levels[slot]);
                self.page.definitions.push(level.definition().into(), 1);
                if !is_flat {
                    self.page.repetitions.push(level.repetition().into(), 1);
                }
                match texts {
                    _ if !self.format.is_there(level) => self.page.nulls += 1,
                    Some(texts) => self.push_text(texts.get(slot)),
                    None => self.push_all(&numbers[slot..=slot], words),
                }
            }
            slot = end;
        }
        Ok(())
    }

    /// Closes the page when a row of so many slots and bytes does not fit, and gives up a dictionary of words that it does not
    /// fit into.
    fn make_room(&mut self, slots: usize, bytes: usize, scratch: &mut Scratch) -> Result<()> {
        if let Some(codes @ Codes::Words(_)) = &self.dictionary
            && !self.has_room(slots)
            && codes.plain().len() + bytes > DICTIONARY_BYTES
        {
            self.give_up(scratch)?;
        }
        let page = &self.page;
        let (plain, open) = (page.plain.len(), page.definitions.len());
        let is_full = open + slots > PAGE_SLOTS
            || (self.dictionary.is_none() && plain + bytes + open / 2 > PAGE_BYTES)
            || (self.format.indexed && page.rows >= INDEXED_ROWS);
        if page.rows > 0 && is_full { self.close_page(scratch) } else { Ok(()) }
    }

    /// Appends a number, or the word of a code, so many times.
    fn push_same(&mut self, number: i64, times: usize, words: &Dictionary) {
        if self.dictionary.is_none() {
            return (0..times).for_each(|_| self.push_all(&[number], words));
        }
        self.push_all(&[number], words);
        if let Some(Codes::Numbers(codes)) = &mut self.dictionary {
            codes.count(times - 1);
        }
        self.page.codes.repeat_last(times - 1);
    }

    /// Appends numbers, or the words of codes.
    fn push_all(&mut self, numbers: &[i64], words: &Dictionary) {
        let Self { format, dictionary, page, pages, bounds, .. } = self;
        match dictionary {
            Some(Codes::Words(codes)) => {
                let number = if format.indexed { pages.len() as u32 + 1 } else { 1 };
                let OpenPage { codes: out, bounds, .. } = page;
                out.extend(numbers.iter().map(|code| codes.code(*code as usize, number, words, bounds)));
            }
            Some(Codes::Numbers(codes)) => {
                codes.count(numbers.len());
                page.codes.extend(numbers.iter().map(|number| codes.code(*number, bounds)));
            }
            None if format.kind == LeafKind::Word => {
                for code in numbers {
                    self.push_text(words.word(*code as usize).as_bytes());
                }
            }
            None => {
                for number in numbers {
                    self.push_plain(*number);
                }
            }
        }
    }

    fn push_text(&mut self, text: &[u8]) {
        plain::push_text(text, &mut self.page.plain);
        self.page.bounds.add_text(text);
        if self.format.bloom_filter {
            self.filter.get_or_insert_with(|| bloom_filter(self.most_rows)).insert(text);
        }
    }

    #[inline]
    fn push_plain(&mut self, number: i64) {
        let kind = self.format.kind;
        self.unbounded |= kind == LeafKind::Float && f64::from_bits(number as u64).is_nan();
        self.page.bounds.add_number(ordered(kind, number));
        match kind {
            LeafKind::Truth => self.page.codes.push(number as u32, 1),
            _ if self.format.rising => self.page.longs.push(number),
            _ => plain::push_number(kind, number, &mut self.page.plain),
        }
    }

    fn close_page(&mut self, scratch: &mut Scratch) -> Result<()> {
        let page = self.page.close(&self.format, self.dictionary.as_ref().map(Codes::len), scratch)?;
        self.page_bytes += page.len();
        self.bounds.add(&page.bounds);
        self.pages.push(page);
        Ok(())
    }

    /// The finished chunk.
    pub(crate) fn close(mut self, scratch: &mut Scratch) -> Result<Chunk> {
        if self.page.rows > 0 {
            self.close_page(scratch)?;
        }
        let dictionary =
            self.given_up.take().or_else(|| self.dictionary.take()).filter(|codes| codes.len() > 0);
        if self.format.bloom_filter {
            let values = dictionary.as_ref().map_or(1, Codes::len);
            let filter = self.filter.get_or_insert_with(|| bloom_filter(values.into()));
            let words = dictionary.iter().flat_map(|codes| plain::texts(codes.plain()));
            words.for_each(|text| filter.insert(text));
            filter.fold_to_target_fpp(BLOOM_FPP);
        }
        let bounds = if self.unbounded { Bounds::None } else { self.bounds };
        let nulls = self.pages.iter().map(|page| page.nulls as u64).sum();
        let statistics = bounds.statistics(self.format.kind, nulls);
        Chunk::new(&self.format, dictionary.as_ref(), &self.pages, statistics, self.filter, scratch)
    }
}

impl ColumnFormat {
    /// True when equal values are written as equal bytes.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let levels = |format: &Self| (format.column.max_def_level(), format.column.max_rep_level());
        let how = |format: &Self| {
            (format.kind, format.rising, format.indexed, format.bloom_filter, format.compression)
        };
        levels(self) == levels(other) && how(self) == how(other)
    }

    fn is_there(&self, level: Level) -> bool {
        i16::from(level.definition()) == self.column.max_def_level()
    }
}

/// A filter for up to so many values.
fn bloom_filter(values: u64) -> Sbbf {
    // As large as the smallest that there is, where the numbers make no sense, which they do.
    Sbbf::new_with_ndv_fpp(values.clamp(1, BLOOM_VALUES), BLOOM_FPP)
        .unwrap_or_else(|_| Sbbf::new_with_num_of_bytes(32))
}

#[cfg(test)]
mod tests;
