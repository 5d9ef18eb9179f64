//! A column chunk that is done: its bytes, and what the footer says of it.

use bytes::Bytes;
use parquet::basic::{BoundaryOrder, Encoding, PageType};
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::codes::Codes;
use super::page::DonePage;
use super::{ColumnFormat, Scratch};

/// A finished chunk.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) bytes: Bytes,
    rows: u64,
    slots: i64,
    compressed: i64,
    uncompressed: i64,
    data_at: i64,
    dictionary_at: Option<i64>,
    encodings: Vec<Encoding>,
    uses: Vec<PageEncodingStats>,
    statistics: Statistics,
    filter: Option<Sbbf>,
    column_index: Option<ColumnIndexMetaData>,
    offset_index: OffsetIndexMetaData,
}

impl Chunk {
    /// Puts the pages together.
    pub(super) fn new(
        format: &ColumnFormat,
        dictionary: Option<&Codes>,
        pages: &[DonePage],
        statistics: Statistics,
        filter: Option<Sbbf>,
        scratch: &mut Scratch,
    ) -> Result<Self> {
        let bytes = pages.iter().map(DonePage::len).sum::<usize>() + 1024;
        let mut sink = TrackedWrite::new(Vec::with_capacity(bytes));
        let mut out = SerializedPageWriter::new(&mut sink);
        let (mut compressed, mut uncompressed) = (0, 0);
        let mut offsets = OffsetIndexBuilder::new();
        let mut index = ColumnIndexBuilder::new(format.column.physical_type());
        let mut encodings = vec![Encoding::RLE];
        let mut uses = Vec::new();
        let mut dictionary_at = None;
        if let Some(codes) = dictionary {
            let page = Page::DictionaryPage {
                buf: scratch.compress(codes.plain())?,
                num_values: codes.len(),
                encoding: Encoding::PLAIN,
                is_sorted: false,
            };
            let spec = out.write_page(CompressedPage::new(page, codes.plain().len()))?;
            dictionary_at = Some(spec.offset as i64);
            (compressed, uncompressed) = (spec.compressed_size, spec.uncompressed_size);
            note(Encoding::PLAIN, PageType::DICTIONARY_PAGE, &mut encodings, &mut uses);
        }
        let mut data_at = None;
        for page in pages {
            note(page.encoding, PageType::DATA_PAGE, &mut encodings, &mut uses);
            let spec = out.write_page(page.page())?;
            data_at.get_or_insert(spec.offset as i64);
            compressed += spec.compressed_size;
            uncompressed += spec.uncompressed_size;
            offsets.append_row_count(page.rows as i64);
            offsets.append_offset_and_size(spec.offset as i64, spec.compressed_size as i32);
            let (least, greatest) = page.bounds.bytes(format.kind);
            index.append(page.nulls == page.slots, least, greatest, page.nulls as i64);
        }
        index.set_boundary_order(if format.rising {
            BoundaryOrder::ASCENDING
        } else {
            BoundaryOrder::UNORDERED
        });
        Ok(Self {
            bytes: Bytes::from(sink.into_inner()?),
            rows: pages.iter().map(|page| page.rows as u64).sum(),
            slots: pages.iter().map(|page| page.slots as i64).sum(),
            compressed: compressed as i64,
            uncompressed: uncompressed as i64,
            data_at: data_at.unwrap_or_default(),
            dictionary_at,
            encodings,
            uses,
            statistics,
            filter,
            column_index: format.indexed.then(|| index.build()).transpose()?,
            offset_index: offsets.build(),
        })
    }

    /// What the footer says of the chunk as one of `format`.
    pub(crate) fn result(&self, format: &ColumnFormat) -> Result<ColumnCloseResult> {
        let metadata = ColumnChunkMetaData::builder(ColumnDescPtr::clone(&format.column))
            .set_compression(format.compression)
            .set_encodings(self.encodings.clone())
            .set_page_encoding_stats(self.uses.clone())
            .set_num_values(self.slots)
            .set_total_compressed_size(self.compressed)
            .set_total_uncompressed_size(self.uncompressed)
            .set_data_page_offset(self.data_at)
            .set_dictionary_page_offset(self.dictionary_at)
            .set_statistics(self.statistics.clone())
            .build()?;
        Ok(ColumnCloseResult {
            bytes_written: self.bytes.len() as u64,
            rows_written: self.rows,
            metadata,
            bloom_filter: self.filter.clone(),
            column_index: self.column_index.clone(),
            offset_index: Some(self.offset_index.clone()),
        })
    }
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
