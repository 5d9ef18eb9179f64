//! One column chunk of a Parquet file, encoded from the slots of a leaf.
//!
//! Words and numbers are written through a dictionary until it grows large, then plainly; the slots of rows that are all
//! the same cost next to nothing. What the library would make of the same rows is what readers get.

mod bounds;
pub(crate) mod delta;
pub(crate) mod rle;

use std::collections::HashMap;

use bytes::Bytes;
use foldhash::fast::FixedState;
use parquet::basic::{BoundaryOrder, Compression, Encoding, PageType};
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use crate::leaf_rows::{LeafRows, Level, Texts, Values};
use crate::shred::LeafKind;
use crate::words::Dictionary;
use bounds::{Bounds, ordered};
use rle::{Smalls, width_of};

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
const MANY_NUMBERS: usize = 8192;

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
}

impl Scratch {
    pub(crate) fn new(zstd_level: i32) -> std::io::Result<Self> {
        Ok(Self {
            zstd: zstd::bulk::Compressor::new(zstd_level)?,
            page: Vec::new(),
            compressed: Vec::new(),
            levels: Vec::new(),
            numbers: Vec::new(),
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
pub(crate) struct ColumnWriter {
    format: ColumnFormat,
    /// None once it has grown large, and for kinds of values that never repeat.
    dictionary: Option<Codes>,
    /// The dictionary that pages before were written with.
    given_up: Option<Codes>,
    page: OpenPage,
    pages: Vec<DonePage>,
    page_bytes: usize,
    bounds: Bounds,
    nulls: u64,
    slots: u64,
    rows: u64,
    /// A float was no number, so that nothing bounds them.
    unbounded: bool,
    /// Of the values that are in no dictionary.
    filter: Option<Sbbf>,
    most_rows: u64,
}

/// The dictionary of a chunk, in order of first appearance.
#[derive(Debug)]
enum Codes {
    Words {
        /// Code in the chunk by code in the group, and the last page that the word came up in; 0 is none.
        known: Vec<(u32, u32)>,
        words: usize,
        plain: Vec<u8>,
        /// Bytes of the longest word of the group.
        longest: usize,
    },
    Numbers {
        known: HashMap<i64, u32, FixedState>,
        last: Option<(i64, u32)>,
        plain: Vec<u8>,
        values: usize,
    },
}

#[derive(Debug, Default)]
struct OpenPage {
    definitions: Smalls,
    repetitions: Smalls,
    rows: usize,
    nulls: usize,
    /// Codes, or truths.
    codes: Smalls,
    /// Numbers that rise.
    longs: Vec<i64>,
    plain: Vec<u8>,
    bounds: Bounds,
}

struct DonePage {
    page: CompressedPage,
    rows: usize,
    nulls: usize,
    slots: usize,
    bounds: Bounds,
}

impl Codes {
    fn new(kind: LeafKind, words: &Dictionary) -> Option<Self> {
        match kind {
            LeafKind::Word => Some(Self::Words {
                known: vec![(0, 0); words.len()],
                words: 0,
                plain: Vec::new(),
                longest: (0..words.len()).map(|code| words.word(code).len()).max().unwrap_or_default(),
            }),
            LeafKind::Int | LeafKind::Long => {
                Some(Self::Numbers { known: HashMap::default(), last: None, plain: Vec::new(), values: 0 })
            }
            LeafKind::Text | LeafKind::Float | LeafKind::Truth => None,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Words { words, .. } => *words,
            Self::Numbers { known, .. } => known.len(),
        }
    }

    fn plain(&self) -> &[u8] {
        match self {
            Self::Words { plain, .. } | Self::Numbers { plain, .. } => plain,
        }
    }
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
            nulls: 0,
            slots: 0,
            rows: 0,
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
        let result = match leaf.values() {
            Values::Numbers(packed) if leaf.slots_of_each() == Some(1) && self.has_room(leaf.rows()) => {
                packed.unpack(&mut numbers);
                self.write_flat(leaf, &numbers, words, scratch)
            }
            values => {
                leaf.levels().unpack(&mut levels);
                let texts = match values {
                    Values::Numbers(packed) => {
                        packed.unpack(&mut numbers);
                        None
                    }
                    Values::Texts(texts) => Some(texts),
                };
                let times = if leaf.is_same() { leaf.rows() } else { 1 };
                (0..times).try_for_each(|_| self.write_slots(&levels, &numbers, texts, words, scratch))
            }
        };
        (scratch.levels, scratch.numbers) = (levels, numbers);
        result
    }

    /// True when the values are mostly distinct numbers.
    fn is_poor(&self) -> bool {
        match &self.dictionary {
            Some(Codes::Numbers { known, values, plain, .. }) => {
                plain.len() > DICTIONARY_BYTES
                    || (known.len() >= MANY_NUMBERS && known.len() > *values / 4 * 3)
            }
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
            Some(Codes::Words { plain, longest, .. }) => {
                plain.len() + words * (longest + 4) <= DICTIONARY_BYTES
            }
            Some(Codes::Numbers { .. }) => true,
            None => self.format.kind != LeafKind::Word,
        }
    }

    /// Appends rows of one number, or code of a word, each.
    fn write_flat(
        &mut self,
        leaf: &LeafRows,
        numbers: &[i64],
        words: &Dictionary,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let most = match () {
            () if self.format.indexed => INDEXED_ROWS,
            () if self.dictionary.is_some() => PAGE_SLOTS,
            () => PLAIN_NUMBERS,
        };
        let rows = leaf.rows();
        let mut from = 0;
        while from < rows {
            if self.page.rows >= most {
                self.close_page(scratch)?;
            }
            let to = rows.min(from + most - self.page.rows);
            self.page.rows += to - from;
            if self.format.column.max_rep_level() > 0 {
                self.page.repetitions.push(0, to - from);
            }
            if let Some(level) = leaf.levels().same().map(Level::of) {
                self.page.definitions.push(level.definition().into(), to - from);
                if !self.is_there(level) {
                    self.page.nulls += to - from;
                } else if leaf.is_same() {
                    self.push(numbers[0], to - from, words);
                } else {
                    self.push_all(numbers[from..to].iter().copied(), words);
                }
            } else {
                let levels = || (from..to).map(|row| Level::of(leaf.levels().get(row)));
                levels().for_each(|level| self.page.definitions.push(level.definition().into(), 1));
                self.page.nulls += levels().filter(|level| !self.is_there(*level)).count();
                let most = self.format.column.max_def_level();
                let there = levels().zip(&numbers[from..to]);
                let there = there.filter(|(level, _)| i16::from(level.definition()) == most);
                self.push_all(there.map(|(_, number)| *number), words);
            }
            from = to;
        }
        Ok(())
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
            let there = (slot..end).filter(|slot| self.is_there(Level::of(levels[*slot])));
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
                    _ if !self.is_there(level) => self.page.nulls += 1,
                    Some(texts) => self.push_text(texts.get(slot)),
                    None => self.push(numbers[slot], 1, words),
                }
            }
            slot = end;
        }
        Ok(())
    }

    fn is_there(&self, level: Level) -> bool {
        i16::from(level.definition()) == self.format.column.max_def_level()
    }

    /// Closes the page when a row of so many slots and bytes does not fit, and gives up a dictionary of words that it does not
    /// fit into.
    fn make_room(&mut self, slots: usize, bytes: usize, scratch: &mut Scratch) -> Result<()> {
        if let Some(Codes::Words { plain, .. }) = &self.dictionary
            && !self.has_room(slots)
            && plain.len() + bytes > DICTIONARY_BYTES
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
    #[inline]
    fn push(&mut self, number: i64, count: usize, words: &Dictionary) {
        if self.format.kind == LeafKind::Word {
            self.push_word(number as usize, count, words);
        } else {
            self.push_number(number, count);
        }
    }

    fn push_all(&mut self, numbers: impl Iterator<Item = i64>, words: &Dictionary) {
        if self.format.kind == LeafKind::Word {
            numbers.for_each(|code| self.push_word(code as usize, 1, words));
        } else {
            numbers.for_each(|number| self.push_number(number, 1));
        }
    }

    #[inline]
    fn push_word(&mut self, code: usize, count: usize, words: &Dictionary) {
        let Some(Codes::Words { known, words: count_so_far, plain, .. }) = &mut self.dictionary else {
            (0..count).for_each(|_| self.push_text(words.word(code).as_bytes()));
            return;
        };
        let (own, last_page) = &mut known[code];
        let page = if self.format.indexed { self.pages.len() as u32 + 1 } else { 1 };
        // A word bounds its page, or the chunk, where it comes up first in it.
        if *last_page != page {
            let word = words.word(code).as_bytes();
            if *last_page == 0 {
                *own = *count_so_far as u32;
                *count_so_far += 1;
                push_plain(word, plain);
            }
            *last_page = page;
            self.page.bounds.add_text(word);
        }
        self.page.codes.push(*own, count);
    }

    fn push_text(&mut self, text: &[u8]) {
        push_plain(text, &mut self.page.plain);
        self.page.bounds.add_text(text);
        if self.format.bloom_filter {
            self.filter.get_or_insert_with(|| bloom_filter(self.most_rows)).insert(text);
        }
    }

    #[inline]
    fn push_number(&mut self, number: i64, count: usize) {
        let kind = self.format.kind;
        if let Some(Codes::Numbers { known, last, plain, values }) = &mut self.dictionary {
            *values += count;
            let code = match *last {
                Some((same, code)) if same == number => code,
                _ => {
                    let next = known.len() as u32;
                    let code = *known.entry(number).or_insert(next);
                    if code == next {
                        push_plain_number(kind, number, plain);
                        self.bounds.add_number(number);
                    }
                    *last = Some((number, code));
                    code
                }
            };
            self.page.codes.push(code, count);
            return;
        }
        self.unbounded |= kind == LeafKind::Float && f64::from_bits(number as u64).is_nan();
        self.page.bounds.add_number(ordered(kind, number));
        for _ in 0..count {
            match kind {
                LeafKind::Truth => self.page.codes.push(number as u32, 1),
                _ if self.format.rising => self.page.longs.push(number),
                _ => push_plain_number(kind, number, &mut self.page.plain),
            }
        }
    }

    /// Encodes and compresses the open page.
    fn close_page(&mut self, scratch: &mut Scratch) -> Result<()> {
        let Self { format, page, dictionary, .. } = self;
        let mut bytes = std::mem::take(&mut scratch.page);
        bytes.clear();
        for (levels, most) in [
            (&page.repetitions, format.column.max_rep_level()),
            (&page.definitions, format.column.max_def_level()),
        ] {
            if most > 0 {
                let start = bytes.len();
                bytes.extend_from_slice(&[0; 4]);
                levels.encode(width_of(most as u32), &mut bytes);
                let len = (bytes.len() - start - 4) as u32;
                bytes[start..start + 4].copy_from_slice(&len.to_le_bytes());
            }
        }
        let encoding = match dictionary {
            Some(codes) if codes.len() > 0 => {
                let width = width_of(codes.len() as u32 - 1);
                bytes.push(width as u8);
                page.codes.encode(width, &mut bytes);
                Encoding::RLE_DICTIONARY
            }
            _ if format.rising => {
                delta::encode(&page.longs, &mut bytes);
                Encoding::DELTA_BINARY_PACKED
            }
            _ => {
                page.codes.pack_bits(&mut bytes);
                bytes.extend_from_slice(&page.plain);
                Encoding::PLAIN
            }
        };
        let slots = page.definitions.len();
        let data = Page::DataPage {
            buf: scratch.compress(&bytes)?,
            num_values: slots as u32,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let done = CompressedPage::new(data, bytes.len());
        scratch.page = bytes;
        self.page_bytes += done.compressed_size();
        self.bounds.add(&page.bounds);
        self.nulls += page.nulls as u64;
        self.slots += slots as u64;
        self.rows += page.rows as u64;
        let bounds = std::mem::take(&mut page.bounds);
        self.pages.push(DonePage { page: done, rows: page.rows, nulls: page.nulls, slots, bounds });
        (page.rows, page.nulls) = (0, 0);
        page.plain.clear();
        page.longs.clear();
        [&mut page.definitions, &mut page.repetitions, &mut page.codes].into_iter().for_each(Smalls::clear);
        Ok(())
    }

    /// The bytes of the chunk, and what the footer says of it.
    pub(crate) fn close(mut self, scratch: &mut Scratch) -> Result<(Bytes, ColumnCloseResult)> {
        if self.page.rows > 0 {
            self.close_page(scratch)?;
        }
        let kind = self.format.kind;
        let mut sink = TrackedWrite::new(Vec::with_capacity(self.page_bytes + 1024));
        let mut out = SerializedPageWriter::new(&mut sink);
        let (mut compressed, mut uncompressed) = (0, 0);
        let mut offsets = OffsetIndexBuilder::new();
        let mut index = ColumnIndexBuilder::new(self.format.column.physical_type());
        let mut encodings = vec![Encoding::RLE];
        let mut uses = Vec::new();
        let dictionary =
            self.given_up.take().or_else(|| self.dictionary.take()).filter(|codes| codes.len() > 0);
        let mut dictionary_at = None;
        if let Some(codes) = &dictionary {
            let page = Page::DictionaryPage {
                buf: scratch.compress(codes.plain())?,
                num_values: codes.len() as u32,
                encoding: Encoding::PLAIN,
                is_sorted: false,
            };
            let spec = out.write_page(CompressedPage::new(page, codes.plain().len()))?;
            dictionary_at = Some(spec.offset as i64);
            (compressed, uncompressed) = (spec.compressed_size, spec.uncompressed_size);
            note(Encoding::PLAIN, PageType::DICTIONARY_PAGE, &mut encodings, &mut uses);
        }
        if self.format.bloom_filter {
            let filter = self
                .filter
                .get_or_insert_with(|| bloom_filter(dictionary.as_ref().map_or(1, Codes::len) as u64));
            dictionary
                .iter()
                .flat_map(|codes| plain_texts(codes.plain()))
                .for_each(|text| filter.insert(text));
            filter.fold_to_target_fpp(BLOOM_FPP);
        }
        let mut data_at = None;
        for DonePage { page, rows, nulls, slots, bounds } in self.pages {
            note(page.encoding(), PageType::DATA_PAGE, &mut encodings, &mut uses);
            let spec = out.write_page(page)?;
            data_at.get_or_insert(spec.offset as i64);
            compressed += spec.compressed_size;
            uncompressed += spec.uncompressed_size;
            offsets.append_row_count(rows as i64);
            offsets.append_offset_and_size(spec.offset as i64, spec.compressed_size as i32);
            let (least, greatest) = bounds.bytes(kind);
            index.append(nulls == slots, least, greatest, nulls as i64);
        }
        let metadata = ColumnChunkMetaData::builder(self.format.column.clone())
            .set_compression(self.format.compression)
            .set_encodings(encodings)
            .set_page_encoding_stats(uses)
            .set_num_values(self.slots as i64)
            .set_total_compressed_size(compressed as i64)
            .set_total_uncompressed_size(uncompressed as i64)
            .set_data_page_offset(data_at.unwrap_or_default())
            .set_dictionary_page_offset(dictionary_at)
            .set_statistics(
                if self.unbounded { Bounds::None } else { self.bounds }.statistics(kind, self.nulls),
            )
            .build()?;
        index.set_boundary_order(if self.format.rising {
            BoundaryOrder::ASCENDING
        } else {
            BoundaryOrder::UNORDERED
        });
        let column_index = self.format.indexed.then(|| index.build()).transpose()?;
        let bytes = sink.into_inner()?;
        let result = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.rows,
            metadata,
            bloom_filter: self.filter,
            column_index,
            offset_index: Some(offsets.build()),
        };
        Ok((Bytes::from(bytes), result))
    }
}

fn push_plain(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text);
}

/// The texts that [`push_plain`] appended.
fn plain_texts(mut plain: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (len, rest) = plain.split_first_chunk()?;
        let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        plain = rest;
        Some(text)
    })
}

fn push_plain_number(kind: LeafKind, number: i64, out: &mut Vec<u8>) {
    match kind {
        LeafKind::Int => out.extend_from_slice(&(number as i32).to_le_bytes()),
        _ => out.extend_from_slice(&number.to_le_bytes()),
    }
}

/// A filter for up to so many values.
fn bloom_filter(values: u64) -> Sbbf {
    // As large as the smallest that there is, where the numbers make no sense, which they do.
    Sbbf::new_with_ndv_fpp(values.clamp(1, BLOOM_VALUES), BLOOM_FPP)
        .unwrap_or_else(|_| Sbbf::new_with_num_of_bytes(32))
}

/// Notes that a page was written with an encoding.
fn note(
    encoding: Encoding,
    page_type: PageType,
    encodings: &mut Vec<Encoding>,
    uses: &mut Vec<PageEncodingStats>,
) {
    if !encodings.contains(&encoding) {
        encodings.push(encoding);
    }
    match uses.last_mut().filter(|last| last.page_type == page_type && last.encoding == encoding) {
        Some(last) => last.count += 1,
        None => uses.push(PageEncodingStats { page_type, encoding, count: 1 }),
    }
}

#[cfg(test)]
mod tests;
