//! Files of a lake, read back.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Fields, Int64Type, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};

use super::footer::Footer;
use crate::error::LakeError;
use crate::store::OnDisk;

/// Rows that are read at a time.
const BATCH_ROWS: usize = 4096;

/// Columns of files that are merged, as their writer had them: text that was written as words of a dictionary in one of them
/// is such text in all; and the paths of columns that have Bloom filters.
pub(crate) fn columns(footers: &[&Footer]) -> (SchemaRef, Vec<String>) {
    let mut words: Vec<u32> = footers.iter().flat_map(|footer| footer.words.iter().copied()).collect();
    words.sort_unstable();
    words.dedup();
    let mut searched: Vec<String> =
        footers.iter().flat_map(|footer| footer.searched.iter().cloned()).collect();
    searched.sort_unstable();
    searched.dedup();
    let schema = footers.first().map_or_else(|| Arc::new(Schema::empty()), |first| Arc::clone(&first.schema));
    let mut leaf = 0;
    let fields: Fields = schema.fields().iter().map(|field| with_words(field, &words, &mut leaf)).collect();
    (Arc::new(Schema::new(fields)), searched)
}

fn with_words(field: &Arc<Field>, words: &[u32], leaf: &mut u32) -> Arc<Field> {
    let kind = match field.data_type() {
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(|field| with_words(field, words, leaf)).collect())
        }
        DataType::List(item) => DataType::List(with_words(item, words, leaf)),
        DataType::Map(entries, sorted) => DataType::Map(with_words(entries, words, leaf), *sorted),
        other => {
            let is_word = *other == DataType::Utf8 && words.binary_search(leaf).is_ok();
            *leaf += 1;
            if is_word {
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
            } else {
                other.clone()
            }
        }
    };
    Arc::new(field.as_ref().clone().with_data_type(kind))
}

/// The rows of a file, in batches with the columns of `schema`, or only those of `paths`.
pub(crate) fn batches(
    from: &OnDisk,
    schema: Option<&SchemaRef>,
    paths: Option<&[&str]>,
) -> Result<ParquetRecordBatchReader, LakeError> {
    let options = schema.map_or_else(ArrowReaderOptions::new, |schema| {
        ArrowReaderOptions::new().with_schema(Arc::clone(schema))
    });
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(from.open()?, options)
        .map_err(|error| unreadable(&from.name, &error))?;
    let mask = paths.map(|paths| ProjectionMask::columns(reader.parquet_schema(), paths.iter().copied()));
    let reader = reader.with_batch_size(BATCH_ROWS).with_projection(mask.unwrap_or_else(ProjectionMask::all));
    reader.build().map_err(|error| unreadable(&from.name, &error))
}

/// The times of events.
///
/// # Errors
/// Some have none.
pub(crate) fn times(from: &OnDisk, batch: &RecordBatch) -> Result<Vec<i64>, LakeError> {
    let times = batch.column_by_name("time").and_then(|column| column.as_primitive_opt::<Int64Type>());
    let times = times.filter(|times| times.null_count() == 0);
    let times = times
        .ok_or_else(|| LakeError::Schema { reason: format!("`{}` has rows without `time`", from.name) })?;
    Ok(times.values().to_vec())
}

pub(crate) fn unreadable(name: &str, error: &dyn std::error::Error) -> LakeError {
    LakeError::Unreadable { path: name.to_owned(), detail: error.to_string() }
}

impl OnDisk {
    pub(super) fn open(&self) -> Result<File, LakeError> {
        File::open(&self.path).map_err(LakeError::io("open", &self.path))
    }
}
