//! One Parquet file of a lake: pages, row groups, statistics.

use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int32Type, SchemaRef};
use ocsf_core::TableInfo;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, SchemaDescPtr};

use crate::error::LakeError;
use crate::fingerprint::schema_fingerprint;
use crate::options::FileOptions;

/// Page limit given to the writer, in bytes. It looks at it between writes only, so that pages grow by up to
/// [`SLICE_BYTES`] more; Security Lake wants at most 1,000,000.
const PAGE_BYTES: usize = 704 << 10;

/// Bytes of values that a column takes in one write, unless one value alone has more.
const SLICE_BYTES: usize = 224 << 10;

/// A row group ends early at this size; Security Lake wants at most 256,000,000 bytes compressed.
const ROW_GROUP_LIMIT: usize = 192_000_000;

/// Rows of a row group at most.
const ROW_GROUP_ROWS: u64 = 1 << 20;

/// Most distinct values that a Bloom filter is laid out for; it is folded to what it holds.
const BLOOM_VALUES: u64 = 1 << 17;

/// Share of false positives of Bloom filters.
const BLOOM_FPP: f64 = 0.01;

/// How the files of one table are written.
#[derive(Debug)]
pub(crate) struct TableFormat {
    /// Columns as mappers hand them on.
    pub(crate) schema: SchemaRef,
    pub(crate) fingerprint: String,
    parquet: SchemaDescPtr,
    lookup: Vec<ColumnPath>,
    level: ZstdLevel,
    row_group_bytes: u64,
    footer: Vec<KeyValue>,
}

impl TableFormat {
    pub(crate) fn new(
        info: &TableInfo,
        mapper: &str,
        mapping: u32,
        options: &FileOptions,
    ) -> Result<Self, LakeError> {
        let schema = Arc::clone(&info.schema);
        let fingerprint = schema_fingerprint(&schema);
        let parquet = ArrowSchemaConverter::new().convert(&schema)?;
        let entry = |key: &str, value: String| KeyValue::new(format!("ocsf.{key}"), value);
        let footer = vec![
            entry("tool", concat!("ocsf ", env!("CARGO_PKG_VERSION")).to_owned()),
            entry("version", info.version.to_string()),
            entry("class_uid", info.class_uid.to_string()),
            entry("class_name", info.class_name.to_string()),
            entry("table", info.name.to_owned()),
            entry("mapper", mapper.to_owned()),
            entry("mapping_version", mapping.to_string()),
            entry("schema_fingerprint", fingerprint.clone()),
        ];
        let wanted: Vec<String> =
            info.lookup_paths.iter().map(|path| path.replace("[]", ".list.element")).collect();
        let leaves = parquet.columns().iter().map(|leaf| leaf.path().clone());
        let lookup = leaves.filter(|leaf| wanted.contains(&leaf.string())).collect();
        Ok(Self {
            schema,
            fingerprint,
            parquet: Arc::new(parquet),
            lookup,
            level: ZstdLevel::try_new(options.zstd_level)?,
            row_group_bytes: options.row_group_bytes,
            footer,
        })
    }

    /// Properties of a file of up to `rows` rows.
    fn properties(&self, rows: u64) -> WriterPropertiesPtr {
        let mut builder = WriterProperties::builder()
            .set_compression(Compression::ZSTD(self.level))
            .set_data_page_size_limit(PAGE_BYTES)
            .set_dictionary_page_size_limit(PAGE_BYTES)
            .set_max_row_group_row_count(None)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_key_value_metadata(Some(self.footer.clone()));
        for path in &self.lookup {
            builder = builder
                .set_column_bloom_filter_fpp(path.clone(), BLOOM_FPP)
                .set_column_bloom_filter_max_ndv(path.clone(), rows.clamp(1, BLOOM_VALUES))
                .set_column_statistics_enabled(path.clone(), EnabledStatistics::Page);
        }
        let mut kinds = Vec::new();
        for field in self.schema.fields() {
            leaf_kinds(field.data_type(), &mut kinds);
        }
        for (leaf, kind) in self.parquet.columns().iter().zip(kinds) {
            // Text that is no dictionary has about as many values as rows.
            if kind == LeafKind::DistinctText {
                builder = builder.set_column_dictionary_enabled(leaf.path().clone(), false);
            }
        }
        for name in ["time", "time_dt"] {
            let path = ColumnPath::from(name);
            builder = builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path.clone(), Encoding::DELTA_BINARY_PACKED)
                .set_column_statistics_enabled(path, EnabledStatistics::Page);
        }
        let time = self.parquet.columns().iter().position(|leaf| leaf.path().string() == "time");
        let sorting = time.map(|time| {
            vec![SortingColumn { column_idx: time as i32, descending: false, nulls_first: false }]
        });
        Arc::new(builder.set_sorting_columns(sorting).build())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LeafKind {
    DistinctText,
    Other,
}

fn leaf_kinds(kind: &DataType, out: &mut Vec<LeafKind>) {
    match kind {
        DataType::Struct(fields) => fields.iter().for_each(|field| leaf_kinds(field.data_type(), out)),
        DataType::List(item) | DataType::Map(item, _) => leaf_kinds(item.data_type(), out),
        DataType::Utf8 => out.push(LeafKind::DistinctText),
        _ => out.push(LeafKind::Other),
    }
}

/// A Parquet file that is being written.
pub(crate) struct ParquetFile {
    writer: SerializedFileWriter<File>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    row_group_bytes: u64,
    /// Column writers of the open row group.
    columns: Vec<ArrowColumnWriter>,
    groups: usize,
    group_rows: u64,
    group_bytes: u64,
    rows: u64,
}

impl ParquetFile {
    /// Creates the file, for `rows` rows at most.
    pub(crate) fn create(path: &Path, format: &TableFormat, rows: u64) -> Result<Self, LakeError> {
        let file = File::create_new(path).map_err(LakeError::io("create", path))?;
        let properties = format.properties(rows);
        let writer = SerializedFileWriter::new(file, format.parquet.root_schema_ptr(), properties)?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&format.schema));
        Ok(Self {
            writer,
            factory,
            schema: Arc::clone(&format.schema),
            row_group_bytes: format.row_group_bytes,
            columns: Vec::new(),
            groups: 0,
            group_rows: 0,
            group_bytes: 0,
            rows: 0,
        })
    }

    /// Appends events whose source records have `bytes` bytes.
    pub(crate) fn write(&mut self, events: &RecordBatch, bytes: u64) -> Result<(), LakeError> {
        if self.columns.is_empty() {
            self.columns = self.factory.create_column_writers(self.groups)?;
        }
        let mut first = 0;
        for (field, column) in self.schema.fields().iter().zip(events.columns()) {
            let mut leaves = 0;
            for slice in slices(column, 0..column.len()) {
                let leaf_columns = compute_leaves(field, &column.slice(slice.start, slice.len()))?;
                leaves = leaf_columns.len();
                for (writer, leaf) in self.columns.iter_mut().skip(first).zip(&leaf_columns) {
                    writer.write(leaf)?;
                }
            }
            first += leaves;
        }
        self.rows += events.num_rows() as u64;
        self.group_rows += events.num_rows() as u64;
        self.group_bytes += bytes;
        let size = || self.columns.iter().map(ArrowColumnWriter::get_estimated_total_bytes).sum::<usize>();
        if self.group_bytes >= self.row_group_bytes
            || self.group_rows >= ROW_GROUP_ROWS
            || size() >= ROW_GROUP_LIMIT
        {
            self.close_row_group()?;
        }
        Ok(())
    }

    /// Writes what is open and the footer, to the disk itself. Returns rows and bytes of the file.
    pub(crate) fn finish(mut self, path: &Path) -> Result<(u64, u64), LakeError> {
        self.close_row_group()?;
        let rows = self.rows;
        let file = self.writer.into_inner()?;
        let sync = file.sync_all().and_then(|()| file.metadata());
        let bytes = sync.map_err(LakeError::io("write", path))?.len();
        Ok((rows, bytes))
    }

    fn close_row_group(&mut self) -> Result<(), LakeError> {
        if self.columns.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for column in self.columns.drain(..) {
            column.close()?.append_to_row_group(&mut group)?;
        }
        group.close()?;
        self.groups += 1;
        (self.group_rows, self.group_bytes) = (0, 0);
        Ok(())
    }
}

/// Cuts rows in halves until each part holds at most [`SLICE_BYTES`] or a single row. Where the cuts are follows from
/// the values alone.
fn slices(column: &ArrayRef, rows: Range<usize>) -> Vec<Range<usize>> {
    let mut done = Vec::new();
    let mut open = vec![rows];
    while let Some(rows) = open.pop() {
        if rows.len() <= 1 || value_bytes(column, rows.clone()) <= SLICE_BYTES {
            done.push(rows);
        } else {
            let middle = rows.start + rows.len() / 2;
            open.push(middle..rows.end);
            open.push(rows.start..middle);
        }
    }
    done
}

/// Bytes of the largest leaf below a column, for some of its rows.
fn value_bytes(column: &dyn Array, rows: Range<usize>) -> usize {
    match column.data_type() {
        DataType::Utf8 => {
            let offsets = column.as_string::<i32>().value_offsets();
            let at = |row: usize| offsets.get(row).copied().unwrap_or_default();
            (at(rows.end) - at(rows.start)) as usize + rows.len() * 4
        }
        DataType::Dictionary(..) => {
            let words = column.as_dictionary::<Int32Type>();
            let offsets = words.values().as_string::<i32>().value_offsets();
            let longest = offsets.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default();
            let most = rows.len() * (longest as usize + 4);
            if most <= SLICE_BYTES {
                return most;
            }
            let length = |key: i32| offsets.get(key as usize..).map_or(0, |from| from[1] - from[0]) as usize;
            words.keys().slice(rows.start, rows.len()).iter().flatten().map(|key| length(key) + 4).sum()
        }
        DataType::Struct(_) => {
            let children = column.as_struct().columns();
            children.iter().map(|child| value_bytes(child, rows.clone())).max().unwrap_or_default()
        }
        DataType::List(_) => {
            let list = column.as_list::<i32>();
            value_bytes(list.values(), inner(list.value_offsets(), &rows))
        }
        DataType::Map(..) => {
            let map = column.as_map();
            value_bytes(map.entries(), inner(map.value_offsets(), &rows))
        }
        kind => rows.len() * kind.primitive_width().unwrap_or(1),
    }
}

fn inner(offsets: &[i32], rows: &Range<usize>) -> Range<usize> {
    let at = |row: usize| offsets.get(row).map_or(0, |offset| *offset as usize);
    at(rows.start)..at(rows.end)
}
