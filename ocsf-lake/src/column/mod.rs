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
mod rows;

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::bloom_filter::Sbbf;
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::ColumnDescPtr;

use crate::leaf_rows::{LeafRows, Level, Values};
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
