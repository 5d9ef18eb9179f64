//! Files of a lake, read back.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Fields, Int64Type, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::{KeyValue, RowGroupMetaData};

use crate::error::LakeError;
use crate::fingerprint::schema_fingerprint;

/// Rows that are read at a time.
const BATCH_ROWS: usize = 4096;

/// What the footer of a file says of all its rows. Files are merged when they agree in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    pub(crate) table: String,
    pub(crate) class_uid: i32,
    pub(crate) class_name: String,
    pub(crate) version: String,
    pub(crate) mapper: String,
    pub(crate) mapping_version: u32,
    pub(crate) fingerprint: String,
}

/// The footer of a file.
#[derive(Debug, Clone)]
pub(crate) struct Footer {
    metadata: ArrowReaderMetadata,
    pub(crate) kind: Kind,
    pub(crate) rows: u64,
    /// Bytes of all pages as stored.
    pub(crate) page_bytes: u64,
}

impl Footer {
    /// # Errors
    /// The file cannot be read, or this program did not write it.
    pub(crate) fn read(path: &Path) -> Result<Self, LakeError> {
        let file = File::open(path).map_err(LakeError::io("open", path))?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())
            .map_err(|error| unreadable(path, &error))?;
        let about = metadata.metadata().file_metadata();
        let entries = about.key_value_metadata().map(Vec::as_slice).unwrap_or_default();
        let kind = Kind::of(entries).filter(|kind| kind.fingerprint == schema_fingerprint(metadata.schema()));
        let kind = kind.ok_or_else(|| LakeError::Schema {
            reason: format!("`{}` does not say what it holds: this program did not write it", path.display()),
        })?;
        let rows = u64::try_from(about.num_rows()).unwrap_or_default();
        let groups = metadata.metadata().row_groups().iter();
        let page_bytes = groups.map(|group| u64::try_from(group.compressed_size()).unwrap_or_default()).sum();
        Ok(Self { metadata, kind, rows, page_bytes })
    }

    /// Numbers of the columns whose values were written as words of a dictionary.
    fn words(&self) -> impl Iterator<Item = usize> {
        let groups = self.metadata.metadata().row_groups().iter();
        groups.flat_map(|group| {
            let columns = group.columns().iter().enumerate();
            columns.filter(|(_, column)| column.dictionary_page_offset().is_some()).map(|(number, _)| number)
        })
    }

    /// Paths of the columns that have Bloom filters.
    fn searched(&self) -> impl Iterator<Item = String> {
        let columns = self.metadata.metadata().row_groups().iter().flat_map(RowGroupMetaData::columns);
        columns
            .filter(|column| column.bloom_filter_offset().is_some())
            .map(|column| column.column_path().string())
    }
}

impl Kind {
    fn of(entries: &[KeyValue]) -> Option<Self> {
        let value = |key: &str| {
            let entry = entries.iter().find(|entry| entry.key.strip_prefix("ocsf.") == Some(key))?;
            entry.value.clone()
        };
        Some(Self {
            table: value("table")?,
            class_uid: value("class_uid")?.parse().ok()?,
            class_name: value("class_name")?,
            version: value("version")?,
            mapper: value("mapper")?,
            mapping_version: value("mapping_version")?.parse().ok()?,
            fingerprint: value("schema_fingerprint")?,
        })
    }
}

/// Columns of files that are merged, as their writer had them: text that was written as words of a dictionary in one of them
/// is such text in all; and the paths of columns that have Bloom filters.
pub(crate) fn columns(footers: &[&Footer]) -> (SchemaRef, Vec<String>) {
    let mut words: Vec<usize> = footers.iter().flat_map(|footer| footer.words()).collect();
    words.sort_unstable();
    words.dedup();
    let mut searched: Vec<String> = footers.iter().flat_map(|footer| footer.searched()).collect();
    searched.sort_unstable();
    searched.dedup();
    let schema = footers
        .first()
        .map_or_else(|| Arc::new(Schema::empty()), |first| Arc::clone(first.metadata.schema()));
    let mut leaf = 0;
    let fields: Fields = schema.fields().iter().map(|field| with_words(field, &words, &mut leaf)).collect();
    (Arc::new(Schema::new(fields)), searched)
}

fn with_words(field: &Arc<Field>, words: &[usize], leaf: &mut usize) -> Arc<Field> {
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
    path: &Path,
    schema: Option<&SchemaRef>,
    paths: Option<&[&str]>,
) -> Result<ParquetRecordBatchReader, LakeError> {
    let file = File::open(path).map_err(LakeError::io("open", path))?;
    let options = schema.map_or_else(ArrowReaderOptions::new, |schema| {
        ArrowReaderOptions::new().with_schema(Arc::clone(schema))
    });
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)
        .map_err(|error| unreadable(path, &error))?;
    let mask = paths.map(|paths| ProjectionMask::columns(reader.parquet_schema(), paths.iter().copied()));
    let reader = reader.with_batch_size(BATCH_ROWS).with_projection(mask.unwrap_or_else(ProjectionMask::all));
    reader.build().map_err(|error| unreadable(path, &error))
}

/// The times of events.
///
/// # Errors
/// Some have none.
pub(crate) fn times(path: &Path, batch: &RecordBatch) -> Result<Vec<i64>, LakeError> {
    let times = batch.column_by_name("time").and_then(|column| column.as_primitive_opt::<Int64Type>());
    let times = times.filter(|times| times.null_count() == 0);
    let times = times.ok_or_else(|| LakeError::Schema {
        reason: format!("`{}` has rows without `time`", path.display()),
    })?;
    Ok(times.values().to_vec())
}

pub(crate) fn unreadable(path: &Path, error: &dyn std::error::Error) -> LakeError {
    LakeError::Unreadable { path: path.display().to_string(), detail: error.to_string() }
}
