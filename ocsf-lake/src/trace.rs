//! Where the rows of a group's files come from: a file of its own beside them.
//!
//! A row of it is a row of an event file: the number of the file in the manifest, the key of the object, the number of
//! the record in it, and its first byte. The rows of a file stand in their order.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnPath;

use crate::error::LakeError;
use crate::leaf_rows::LeafRows;
use crate::rows::Row;

/// Name in the staging folder of a group.
pub(crate) const STAGED: &str = "trace";

/// Folder in the state of a lake, and what follows the name of the group.
pub(crate) const FOLDER: &str = "trace";

/// Rows of a row group, so that one row is found without reading all.
const ROW_GROUP_ROWS: usize = 1 << 17;

/// Where the record of an event is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedRow {
    /// Key of the object.
    pub object: String,
    /// Number of the record in the object, from 0. Of an object that came as columns: its row.
    pub record: u64,
    /// First byte of the record in the decompressed object, or of the wrapping that it came in; 0 for rows of columns.
    pub byte: u64,
}

/// An object that records come from, and the place where its own records begin: not at 0 when it is a part of another.
#[derive(Debug, Clone)]
struct Origin {
    object: Arc<str>,
    record: u64,
    byte: u64,
}

/// The objects of a group, by their sequence numbers.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    by_sequence: BTreeMap<u32, Origin>,
}

impl Origins {
    pub(crate) fn add(&mut self, sequence: u32, object: &str, record: u64, byte: u64) {
        self.by_sequence.insert(sequence, Origin { object: object.into(), record, byte });
    }
}

/// The file while it is written.
pub(crate) struct TraceWriter {
    writer: ArrowWriter<File>,
    path: PathBuf,
    /// Distinct objects in the order of their sequence numbers, and the number of each sequence among them.
    objects: ArrayRef,
    numbers: BTreeMap<u32, i32>,
    origins: Origins,
}

impl TraceWriter {
    pub(crate) fn create(dir: &Path, origins: Origins, zstd_level: i32) -> Result<Self, LakeError> {
        let path = dir.join(STAGED);
        let file = File::create_new(&path).map_err(LakeError::io("create", &path))?;
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(zstd_level)?))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_statistics_enabled(EnabledStatistics::Chunk);
        for name in ["record", "byte"] {
            let column = ColumnPath::from(name);
            properties = properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        }
        let writer = ArrowWriter::try_new(file, schema(), Some(properties.build()))?;
        let (mut texts, mut numbers) = (Vec::<Arc<str>>::new(), BTreeMap::new());
        for (sequence, origin) in &origins.by_sequence {
            if texts.last() != Some(&origin.object) {
                texts.push(Arc::clone(&origin.object));
            }
            numbers.insert(*sequence, texts.len() as i32 - 1);
        }
        let objects = Arc::new(texts.iter().map(|text| Some(&**text)).collect::<StringArray>());
        Ok(Self { writer, path, objects, numbers, origins })
    }

    /// Adds rows of the event file of that number, in their order.
    pub(crate) fn write(
        &mut self,
        file: usize,
        rows: &[Row],
        first_bytes: &LeafRows,
    ) -> Result<(), LakeError> {
        let origin = |row: &Row| self.origins.by_sequence.get(&row.key.object);
        let record = rows.iter().map(|row| (row.key.record + origin(row).map_or(0, |of| of.record)) as i64);
        let byte = rows.iter().enumerate().map(|(at, row)| {
            first_bytes.number(at).saturating_add_unsigned(origin(row).map_or(0, |of| of.byte))
        });
        let object: Int32Array = rows.iter().map(|row| self.numbers.get(&row.key.object).copied()).collect();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(vec![file as i32; rows.len()])),
            Arc::new(DictionaryArray::new(object, Arc::clone(&self.objects))),
            Arc::new(Int64Array::from_iter_values(record)),
            Arc::new(Int64Array::from_iter_values(byte)),
        ];
        Ok(self.writer.write(&RecordBatch::try_new(schema(), columns)?)?)
    }

    /// Ends the file, on the disk itself.
    pub(crate) fn finish(self) -> Result<(), LakeError> {
        let Self { writer, path, .. } = self;
        writer.into_inner()?.sync_all().map_err(LakeError::io("write", &path))
    }
}

fn schema() -> SchemaRef {
    let word = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    Arc::new(Schema::new(vec![
        Field::new("file", DataType::Int32, false),
        Field::new("object", word, true),
        Field::new("record", DataType::Int64, false),
        Field::new("byte", DataType::Int64, false),
    ]))
}

/// Where a row of an event file comes from: `path` is the trace of its group, `file` its number in the manifest, and `row`
/// counts from 0. `None` when the trace has no such row.
///
/// # Errors
/// The trace cannot be read.
pub fn trace_row(path: &Path, file: usize, row: u64) -> Result<Option<TracedRow>, LakeError> {
    let open = File::open(path).map_err(LakeError::io("open", path))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(open)?;
    let file = i64::try_from(file).unwrap_or(i64::MAX);
    let has_rows =
        |group: &RowGroupMetaData| files_of(group).is_none_or(|(first, last)| (first..=last).contains(&file));
    let groups = reader.metadata().row_groups().iter().enumerate();
    let chosen = groups.filter(|(_, group)| has_rows(group)).map(|(number, _)| number).collect();
    // What is chosen may also hold rows of other files.
    let mut before = 0;
    for batch in reader.with_row_groups(chosen).build()? {
        let batch = batch?;
        let Some(files) = batch.column(0).as_primitive_opt::<Int32Type>() else { return Ok(None) };
        let first = files.values().partition_point(|of| i64::from(*of) < file);
        let count = files.values().partition_point(|of| i64::from(*of) <= file) - first;
        if row - before < count as u64 {
            return Ok(traced(&batch, first + (row - before) as usize));
        }
        before += count as u64;
    }
    Ok(None)
}

/// The least and the greatest file number of a row group.
fn files_of(group: &RowGroupMetaData) -> Option<(i64, i64)> {
    match group.columns().first()?.statistics()? {
        Statistics::Int32(files) => Some((i64::from(*files.min_opt()?), i64::from(*files.max_opt()?))),
        _ => None,
    }
}

fn traced(rows: &RecordBatch, at: usize) -> Option<TracedRow> {
    let object = cast(rows.column_by_name("object")?, &DataType::Utf8).ok()?;
    let number = |name: &str| {
        let numbers = rows.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
        u64::try_from(numbers.value(at)).ok()
    };
    let object = object.as_string_opt::<i32>()?.value(at).to_owned();
    Some(TracedRow { object, record: number("record")?, byte: number("byte")? })
}
