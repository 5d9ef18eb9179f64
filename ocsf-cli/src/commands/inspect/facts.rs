//! Facts of a Parquet file, from its footer alone.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::statistics::Statistics;
use serde_json::{Value, json};

/// Facts of a Parquet file.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) path: PathBuf,
    pub(super) rows: u64,
    pub(super) file_bytes: u64,
    pub(super) plain_bytes: u64,
    pub(super) row_groups: usize,
    pub(super) largest_row_group: u64,
    pub(super) columns: usize,
    pub(super) compression: Vec<String>,
    pub(super) sorted_by: Vec<String>,
    pub(super) created_by: Option<String>,
    /// Key-value metadata, but for the Arrow schema.
    pub(super) metadata: Vec<(String, String)>,
    /// Where all rows agree.
    pub(super) class_uid: Option<i64>,
    pub(super) class_name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) time: Option<Span<i64>>,
    pub(super) account: Option<Span<String>>,
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span<T> {
    pub(super) min: T,
    pub(super) max: T,
}

impl Facts {
    pub(super) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let file = File::open(path)?;
        let file_bytes = file.metadata()?.len();
        let reader = SerializedFileReader::new(file)?;
        let found = reader.metadata();
        let sizes = |of: fn(&RowGroupMetaData) -> i64| {
            found.row_groups().iter().map(move |group| of(group).max(0) as u64)
        };
        Ok(Self {
            path: path.to_owned(),
            rows: u64::try_from(found.file_metadata().num_rows()).unwrap_or_default(),
            file_bytes,
            plain_bytes: sizes(RowGroupMetaData::total_byte_size).sum(),
            row_groups: found.num_row_groups(),
            largest_row_group: sizes(RowGroupMetaData::compressed_size).max().unwrap_or_default(),
            columns: found.file_metadata().schema_descr().num_columns(),
            compression: compression(found),
            sorted_by: sorted_by(found),
            created_by: found.file_metadata().created_by().map(str::to_owned),
            metadata: metadata(found),
            class_uid: one(number_span(found, "class_uid")),
            class_name: one(text_span(found, "class_name")),
            version: one(text_span(found, "metadata.version")),
            time: number_span(found, "time"),
            account: text_span(found, "cloud.account.uid"),
        })
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "path": self.path.to_string_lossy(),
            "class_uid": self.class_uid,
            "class_name": self.class_name,
            "ocsf": self.version,
            "rows": self.rows,
            "min_time": self.time.as_ref().map(|time| time.min),
            "max_time": self.time.as_ref().map(|time| time.max),
            "row_groups": self.row_groups,
            "largest_row_group": self.largest_row_group,
            "columns": self.columns,
            "file_bytes": self.file_bytes,
            "plain_bytes": self.plain_bytes,
            "compression": self.compression,
            "sorted_by": self.sorted_by,
            "created_by": self.created_by,
            "metadata": self.metadata.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
            "misplaced": super::misplaced(self),
        })
    }
}

fn one<T: PartialEq>(span: Option<Span<T>>) -> Option<T> {
    span.filter(|span| span.min == span.max).map(|span| span.min)
}

fn compression(found: &ParquetMetaData) -> Vec<String> {
    let columns = found.row_groups().iter().flat_map(RowGroupMetaData::columns);
    // A level stands behind the name; the file does not know it.
    let name = |codec: String| codec.split('(').next().unwrap_or_default().to_lowercase();
    let names: BTreeSet<String> = columns.map(|column| name(column.compression().to_string())).collect();
    names.into_iter().collect()
}

/// What every row group declares to be sorted by.
fn sorted_by(found: &ParquetMetaData) -> Vec<String> {
    let declared = |group: &RowGroupMetaData| {
        let columns = group.sorting_columns().map(Vec::as_slice).unwrap_or_default().iter();
        let name = |index: i32| {
            let column = usize::try_from(index).ok().and_then(|index| group.columns().get(index));
            column.map_or_else(|| format!("column {index}"), |column| column.column_path().string())
        };
        columns
            .map(|column| {
                format!(
                    "{} {}",
                    name(column.column_idx),
                    if column.descending { "descending" } else { "ascending" }
                )
            })
            .collect::<Vec<String>>()
    };
    let mut groups = found.row_groups().iter().map(declared);
    let first = groups.next().unwrap_or_default();
    if groups.all(|other| other == first) { first } else { Vec::new() }
}

fn metadata(found: &ParquetMetaData) -> Vec<(String, String)> {
    let pairs = found.file_metadata().key_value_metadata().into_iter().flatten();
    let pairs = pairs.filter(|pair| pair.key != "ARROW:schema");
    pairs.map(|pair| (pair.key.clone(), pair.value.clone().unwrap_or_default())).collect()
}

/// Least and greatest value of a column in all row groups; `None` where one has no statistics, or where all is null.
fn span<T: Ord + Clone>(
    found: &ParquetMetaData,
    path: &str,
    read: impl Fn(&Statistics) -> Option<(T, T)>,
) -> Option<Span<T>> {
    let columns = found.file_metadata().schema_descr().columns();
    let index = columns.iter().position(|column| column.path().string() == path)?;
    let mut all: Option<Span<T>> = None;
    for group in found.row_groups() {
        let column = group.column(index);
        let statistics = column.statistics()?;
        if statistics.null_count_opt() == u64::try_from(group.num_rows()).ok() {
            continue;
        }
        let (min, max) = read(statistics)?;
        all = Some(match all {
            Some(span) => Span { min: span.min.min(min), max: span.max.max(max) },
            None => Span { min, max },
        });
    }
    all
}

fn number_span(found: &ParquetMetaData, path: &str) -> Option<Span<i64>> {
    span(found, path, |statistics| match statistics {
        Statistics::Int32(values) => Some((i64::from(*values.min_opt()?), i64::from(*values.max_opt()?))),
        Statistics::Int64(values) => Some((*values.min_opt()?, *values.max_opt()?)),
        _ => None,
    })
}

fn text_span(found: &ParquetMetaData, path: &str) -> Option<Span<String>> {
    span(found, path, |statistics| match statistics {
        Statistics::ByteArray(values) => {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let (min, max) = (values.min_opt()?.data(), values.max_opt()?.data());
            // Bounds that were cut differ; they say nothing about the values.
            let exact = statistics.min_is_exact() && statistics.max_is_exact();
            (exact || min == max).then(|| (text(min), text(max)))
        }
        _ => None,
    })
}
