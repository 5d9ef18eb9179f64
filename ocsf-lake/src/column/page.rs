//! Data pages of a column chunk.

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::{CompressedPage, Page};
use parquet::errors::Result;

use super::bounds::Bounds;
use super::delta;
use super::rle::{Smalls, width_of};
use super::{ColumnFormat, Scratch};

/// A page that takes values.
#[derive(Debug, Clone, Default)]
pub(super) struct OpenPage {
    pub(super) definitions: Smalls,
    pub(super) repetitions: Smalls,
    pub(super) rows: usize,
    pub(super) nulls: usize,
    /// Codes, or truths.
    pub(super) codes: Smalls,
    /// Numbers that rise.
    pub(super) longs: Vec<i64>,
    pub(super) plain: Vec<u8>,
    pub(super) bounds: Bounds,
}

/// A page that is done: compressed.
#[derive(Debug, Clone)]
pub(super) struct DonePage {
    bytes: Bytes,
    uncompressed: usize,
    pub(super) encoding: Encoding,
    pub(super) rows: usize,
    pub(super) nulls: usize,
    pub(super) slots: usize,
    pub(super) bounds: Bounds,
}

impl OpenPage {
    /// Encodes and compresses the page, and empties it. `codes` is the size of the dictionary, if it has one.
    pub(super) fn close(
        &mut self,
        format: &ColumnFormat,
        codes: Option<u32>,
        scratch: &mut Scratch,
    ) -> Result<DonePage> {
        let mut bytes = std::mem::take(&mut scratch.page);
        bytes.clear();
        for (levels, most) in [
            (&self.repetitions, format.column.max_rep_level()),
            (&self.definitions, format.column.max_def_level()),
        ] {
            if most > 0 {
                let start = bytes.len();
                bytes.extend_from_slice(&[0; 4]);
                levels.encode(width_of(most as u32), &mut bytes);
                let len = (bytes.len() - start - 4) as u32;
                bytes[start..start + 4].copy_from_slice(&len.to_le_bytes());
            }
        }
        let encoding = match codes {
            Some(codes) if codes > 0 => {
                let width = width_of(codes - 1);
                bytes.push(width as u8);
                self.codes.encode(width, &mut bytes);
                Encoding::RLE_DICTIONARY
            }
            _ if format.rising => {
                delta::encode(&self.longs, &mut bytes);
                Encoding::DELTA_BINARY_PACKED
            }
            _ => {
                self.codes.pack_bits(&mut bytes);
                bytes.extend_from_slice(&self.plain);
                Encoding::PLAIN
            }
        };
        let done = DonePage {
            bytes: scratch.compress(&bytes)?,
            uncompressed: bytes.len(),
            encoding,
            rows: self.rows,
            nulls: self.nulls,
            slots: self.definitions.len(),
            bounds: std::mem::take(&mut self.bounds),
        };
        scratch.page = bytes;
        (self.rows, self.nulls) = (0, 0);
        self.plain.clear();
        self.longs.clear();
        [&mut self.definitions, &mut self.repetitions, &mut self.codes].into_iter().for_each(Smalls::clear);
        Ok(done)
    }
}

impl DonePage {
    /// Bytes that it takes.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn page(&self) -> CompressedPage {
        let data = Page::DataPage {
            buf: self.bytes.clone(),
            num_values: self.slots as u32,
            encoding: self.encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        CompressedPage::new(data, self.uncompressed)
    }
}
