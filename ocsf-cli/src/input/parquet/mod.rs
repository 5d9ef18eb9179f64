//! Parquet files of log records: opened with distrust, read row group by row group.

mod checked;
mod delta;
mod footer;
mod guard;
mod levels;
mod pages;
mod pieces;
mod thrift;

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels};
use parquet::basic::{Compression, Type};
use parquet::column::page::PageReader;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::SchemaDescriptor;

use super::fault::{FaultKind, ReadFault};
use checked::CheckedGroup;
pub(crate) use guard::guard;
pub use guard::is_guarded;
use pages::Pages;
use pieces::pieces;

/// Rows decoded at a time, at most.
const BATCH_ROWS: usize = 4_096;

/// Bytes that a batch of nulls may take: those of values are bounded by their pages.
const BATCH_BYTES: usize = 32 << 20;

/// Values of a stated length are hashes and decimals.
const MAX_FIXED: i32 = 4_096;

/// A file of more columns than this holds no logs.
const MAX_COLUMNS: usize = 10_000;

/// Nor has one more rows than these, and so many more for each of its bytes. AWS writes about ten bytes a row; a column that says
/// one value a billion times takes a few.
const MAX_ROWS: (u64, u64) = (1 << 24, 16);

/// A Parquet file whose columns are known. Nothing that it says is trusted: what cannot be read is a fault, never a panic.
#[derive(Debug)]
pub struct ParquetRows {
    pages: Pages,
    metadata: ArrowReaderMetadata,
}

/// A page of a column chunk, dictionary pages among them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageSize {
    /// Bytes without compression.
    pub(crate) bytes: u64,
    pub(crate) values: u64,
}

/// Rows of a Parquet file that follow each other.
#[derive(Debug)]
pub struct Piece {
    /// Number of the first of them within the file, from 0.
    pub first_row: u64,
    /// The rows, with every column of the file.
    pub rows: RecordBatch,
}

impl ParquetRows {
    /// Reads what the file says of itself.
    ///
    /// # Errors
    /// Why it cannot be read, for people.
    pub fn open(file: File) -> Result<Self, String> {
        let pages = Pages::new(file).map_err(|error| error.to_string())?;
        footer::check(&pages)?;
        let plain = pages.file().map_err(|error| error.to_string())?;
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = guard(|| ArrowReaderMetadata::load(&plain, options));
        let metadata = metadata.and_then(|loaded| loaded.map_err(|error| error.to_string()));
        let metadata = metadata.map_err(|error| format!("has a damaged footer: {error}"))?;
        check(metadata.metadata(), pages.size())?;
        let metadata = guard(|| with_views(metadata))?;
        Ok(Self { pages, metadata })
    }

    /// The names of its columns, in order.
    pub fn columns(&self) -> Vec<&str> {
        self.metadata.schema().fields().iter().map(|field| field.name().as_str()).collect()
    }

    /// Bytes of the file.
    pub fn stored_bytes(&self) -> u64 {
        self.pages.size()
    }

    /// The same file, to be read in another way.
    ///
    /// # Errors
    /// The operating system does not give it once more.
    pub fn file(&self) -> io::Result<File> {
        self.pages.file()
    }

    /// Bytes of its columns without compression, as the file says.
    pub fn bytes(&self) -> u64 {
        self.groups().iter().fold(0, |sum, group| sum.saturating_add(group.total_byte_size().max(0) as u64))
    }

    /// All rows, in pieces that hold a bounded number of bytes. After a fault the rest of its row group is passed over, and
    /// the rows behind keep their numbers.
    pub fn read(&self) -> impl Iterator<Item = Result<Piece, ReadFault>> + '_ {
        self.read_leaves(ProjectionMask::all())
    }

    /// As [`read`](Self::read), with the columns below these dotted paths alone. Paths that the file does not have are left
    /// out.
    pub(crate) fn read_columns(&self, paths: &[&str]) -> impl Iterator<Item = Result<Piece, ReadFault>> + '_ {
        let schema = self.metadata.metadata().file_metadata().schema_descr();
        self.read_leaves(ProjectionMask::columns(schema, paths.iter().copied()))
    }

    fn read_leaves(&self, leaves: ProjectionMask) -> Reading<'_> {
        Reading {
            file: self,
            pages: self.pages.afresh(),
            leaves,
            group: 0,
            end: 0,
            next: 0,
            reader: None,
            pieces: VecDeque::new(),
        }
    }

    /// What the file says of itself.
    pub(crate) fn metadata(&self) -> &ParquetMetaData {
        self.metadata.metadata()
    }

    /// The bytes of each page of a column chunk, decompressed, and the number of values in it. What cannot be read ends them
    /// with why.
    pub(crate) fn page_sizes(
        &self,
        group: usize,
        column: usize,
    ) -> impl Iterator<Item = Result<PageSize, String>> + '_ {
        let opened = self
            .groups()
            .get(group)
            .zip(self.groups().get(group).and_then(|group| group.columns().get(column)));
        let opened = opened.ok_or_else(|| "no such column".to_owned()).and_then(|(group, column)| {
            let rows = usize::try_from(group.num_rows()).unwrap_or_default();
            let file = self.pages.afresh();
            let pages = guard(|| SerializedPageReader::new(Arc::new(file.clone()), column, rows, None))?;
            pages.map(|pages| (file, pages)).map_err(|error| error.to_string())
        });
        let mut pages = opened.map_err(Some);
        std::iter::from_fn(move || {
            let next = match &mut pages {
                Ok((file, pages)) => {
                    file.begin_batch();
                    guard(|| pages.get_next_page()).and_then(|page| page.map_err(|error| error.to_string()))
                }
                Err(why) => return why.take().map(Err),
            };
            match next {
                Ok(page) => page.map(|page| {
                    Ok(PageSize { bytes: page.buffer().len() as u64, values: u64::from(page.num_values()) })
                }),
                Err(why) => {
                    pages = Err(None);
                    Some(Err(why))
                }
            }
        })
    }

    fn groups(&self) -> &[RowGroupMetaData] {
        self.metadata.metadata().row_groups()
    }
}

/// The place in a file while it is read.
struct Reading<'f> {
    file: &'f ParquetRows,
    /// The pages of the current row group.
    pages: Pages,
    leaves: ProjectionMask,
    /// The next row group.
    group: usize,
    /// Number of the row behind the current row group.
    end: u64,
    /// Number of the next row.
    next: u64,
    reader: Option<ParquetRecordBatchReader>,
    pieces: VecDeque<Piece>,
}

impl Reading<'_> {
    /// Goes to the next row group; `None` when there is none.
    fn open(&mut self) -> Option<Result<(), ReadFault>> {
        let rows = self.file.groups().get(self.group)?.num_rows();
        let (group, file) = (self.group, self.file);
        self.group += 1;
        self.next = self.end;
        self.end += rows as u64;
        self.pages = file.pages.afresh();
        let opened = guard(|| {
            let metadata = file.metadata();
            let checked = CheckedGroup { pages: &self.pages, metadata, group };
            let schema = metadata.file_metadata().schema_descr();
            let hint = Some(file.metadata.schema().fields());
            let fields = parquet_to_arrow_field_levels(schema, self.leaves.clone(), hint)?;
            ParquetRecordBatchReader::try_new_with_row_groups(&fields, &checked, batch_rows(schema), None)
        });
        match opened.and_then(|built| built.map_err(|error| error.to_string())) {
            Ok(reader) => self.reader = Some(reader),
            Err(why) => return Some(Err(self.fault(&why))),
        }
        Some(Ok(()))
    }

    /// Decodes the next rows of the row group, or leaves it.
    fn decode(&mut self, mut reader: ParquetRecordBatchReader) -> Result<(), ReadFault> {
        self.pages.begin_batch();
        match guard(|| reader.next().transpose()).map(|read| read.map_err(|error| error.to_string())) {
            Ok(Ok(Some(batch))) => {
                for range in pieces(&batch) {
                    let rows = batch.slice(range.start, range.len());
                    self.pieces.push_back(Piece { first_row: self.next + range.start as u64, rows });
                }
                self.next += batch.num_rows() as u64;
                self.reader = Some(reader);
                Ok(())
            }
            Ok(Ok(None)) if self.next == self.end => Ok(()),
            Ok(Ok(None)) => Err(self.fault("it has fewer rows than the file says")),
            Ok(Err(why)) | Err(why) => Err(self.fault(&why)),
        }
    }

    fn fault(&self, why: &str) -> ReadFault {
        let number = self.group;
        let groups = self.file.groups();
        let column =
            number.checked_sub(1).and_then(|at| groups.get(at)).and_then(|group| group.columns().first());
        ReadFault {
            kind: FaultKind::Corrupt,
            layer: 0,
            byte: column.map_or(0, |column| column.byte_range().0),
            detail: format!(
                "row group {number} of {} cannot be read from row {} on, {} rows lost: {why}",
                groups.len(),
                self.next,
                self.end.saturating_sub(self.next)
            ),
        }
    }
}

impl Iterator for Reading<'_> {
    type Item = Result<Piece, ReadFault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(piece) = self.pieces.pop_front() {
                return Some(Ok(piece));
            }
            let step = match self.reader.take() {
                Some(reader) => self.decode(reader),
                None => self.open()?,
            };
            if let Err(fault) = step {
                return Some(Err(fault));
            }
        }
    }
}

/// What the library takes for granted.
fn check(metadata: &ParquetMetaData, size: u64) -> Result<(), String> {
    let columns = metadata.file_metadata().schema_descr().num_columns();
    if columns > MAX_COLUMNS {
        return Err(format!("has {columns} columns, more than {MAX_COLUMNS}"));
    }
    let descriptor = metadata.file_metadata().schema_descr();
    if let Some(column) = descriptor.columns().iter().find(|column| column.type_length() > MAX_FIXED) {
        return Err(format!(
            "has values of {} bytes in column `{}`",
            column.type_length(),
            column.path().string()
        ));
    }
    let mut rows = 0_i64;
    for (number, group) in metadata.row_groups().iter().enumerate() {
        let of_group = Some(group.num_rows()).filter(|rows| *rows >= 0);
        rows = of_group
            .and_then(|more| rows.checked_add(more))
            .ok_or_else(|| format!("gives row group {} an absurd number of rows", number + 1))?;
        for column in group.columns() {
            let codec = column.compression();
            if !matches!(
                codec,
                Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) | Compression::ZSTD(_)
            ) {
                return Err(format!("is compressed with {codec}, which is not read"));
            }
            let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
            let end = u64::try_from(start)
                .ok()
                .zip(u64::try_from(column.compressed_size()).ok())
                .and_then(|(start, len)| start.checked_add(len));
            if end.is_none_or(|end| end > size) {
                return Err(format!("has column `{}` outside of its bytes", column.column_path().string()));
            }
        }
    }
    let most = size.saturating_mul(MAX_ROWS.1).saturating_add(MAX_ROWS.0);
    if rows as u64 > most {
        return Err(format!("gives {rows} rows, more than {most}, in {size} bytes"));
    }
    Ok(())
}

/// Rows to decode at a time: fewer where there are many columns, since nulls take room too.
fn batch_rows(schema: &SchemaDescriptor) -> usize {
    let width = |column: &parquet::schema::types::ColumnDescPtr| match column.physical_type() {
        Type::FIXED_LEN_BYTE_ARRAY => usize::try_from(column.type_length()).unwrap_or_default().max(16),
        _ => 16,
    };
    let row: usize = schema.columns().iter().map(width).sum();
    (BATCH_BYTES / row.max(1)).clamp(1, BATCH_ROWS)
}

/// Text and bytes as views into pages: a value of a dictionary is held once, however many rows have it.
fn with_views(metadata: ArrowReaderMetadata) -> ArrowReaderMetadata {
    let fields: Vec<FieldRef> = metadata.schema().fields().iter().map(viewed).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, metadata.schema().metadata().clone()));
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true).with_schema(schema);
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options).unwrap_or(metadata)
}

fn viewed(field: &FieldRef) -> FieldRef {
    let kind = match field.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        DataType::List(item) => DataType::List(viewed(item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(viewed).collect()),
        DataType::Map(entries, sorted) => DataType::Map(viewed(entries), *sorted),
        kind => kind.clone(),
    };
    Arc::new(Field::clone(field).with_data_type(kind))
}

#[cfg(test)]
mod tests;
