//! What the rows of a file say: order, day, account, class, version.

use std::collections::BTreeSet;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use ocsf_core::is_account_id;
use ocsf_core::time::format_rfc3339;

use super::layout::Place;
use super::rules::{NOT_SORTED, NOT_STATED, ROW_IN_OTHER_DAY, ROW_OF_OTHER_ACCOUNT, Ruled};
use crate::input::ParquetRows;
use crate::units::DAY_MS;

/// A file cannot make the report grow: so many classes or versions of it are told apart.
const MOST_VALUES: usize = 16;

/// Values that all rows of a file together have.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) classes: BTreeSet<i64>,
    pub(super) versions: BTreeSet<String>,
}

/// Looks at the rows of a file. `tell` takes a rule, its column, a message, and the number of the row.
///
/// # Errors
/// The rows cannot be read to their end: why, for people.
pub(super) fn look(
    file: &ParquetRows,
    place: &Place,
    tell: &mut dyn FnMut(Ruled, &str, String, u64),
) -> Result<Values, String> {
    let (mut values, mut before, mut rows) = (Values::default(), i64::MIN, 0);
    for piece in file.read_columns(&["time", "class_uid", "metadata.version", "cloud.account.uid"]) {
        let piece = piece.map_err(|fault| fault.to_string())?;
        rows += piece.rows.num_rows();
        let column = |path: &[&str]| at(&piece.rows, path);
        for (row, time) in longs(column(&["time"])).enumerate() {
            let (row, Some(time)) = (piece.first_row + row as u64, time) else { continue };
            if time < before {
                let (time, before) = (format_rfc3339(time), format_rfc3339(before));
                tell(NOT_SORTED, "time", format!("{time} comes behind {before}"), row);
            }
            before = before.max(time);
            if place.day.is_some_and(|day| !(day..day.saturating_add(DAY_MS)).contains(&time)) {
                tell(
                    ROW_IN_OTHER_DAY,
                    "time",
                    format!("{} in {}", format_rfc3339(time), place.partition),
                    row,
                );
            }
        }
        for (row, account) in texts(column(&["cloud", "account", "uid"])).enumerate() {
            // Text that is no account id never names a partition.
            let (Some(account), Some(of_path)) = (account.filter(|text| is_account_id(text)), &place.account)
            else {
                continue;
            };
            if is_account_id(of_path) && account != *of_path {
                let row = piece.first_row + row as u64;
                tell(
                    ROW_OF_OTHER_ACCOUNT,
                    "cloud.account.uid",
                    format!("{account} in {}", place.partition),
                    row,
                );
            }
        }
        for class in longs(column(&["class_uid"])).flatten() {
            if values.classes.len() < MOST_VALUES {
                values.classes.insert(class);
            }
        }
        for version in texts(column(&["metadata", "version"])).flatten() {
            if values.versions.len() < MOST_VALUES && !values.versions.contains(&version) {
                values.versions.insert(version);
            }
        }
    }
    for (name, is_stated) in [
        ("time", before > i64::MIN),
        ("class_uid", !values.classes.is_empty()),
        ("metadata.version", !values.versions.is_empty()),
    ] {
        if rows > 0 && !is_stated {
            tell(NOT_STATED, name, "no row has a value that can be read".to_owned(), 0);
        }
    }
    Ok(values)
}

/// The column at a path of names through structs.
fn at(rows: &RecordBatch, path: &[&str]) -> Option<ArrayRef> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(rows.column_by_name(first)?.clone(), |column, name| {
        column.as_struct_opt()?.column_by_name(name).cloned()
    })
}

/// The numbers of a column of whole numbers or times; none when it is neither.
fn longs(column: Option<ArrayRef>) -> impl Iterator<Item = Option<i64>> {
    let column = column.filter(|column| column.data_type().is_integer() || column.data_type().is_temporal());
    let column = column.and_then(|column| match column.data_type() {
        DataType::Timestamp(_, zone) => {
            let ms = DataType::Timestamp(arrow::datatypes::TimeUnit::Millisecond, zone.clone());
            cast(&cast(&column, &ms).ok()?, &DataType::Int64).ok()
        }
        _ => cast(&column, &DataType::Int64).ok(),
    });
    let rows = column.as_ref().map_or(0, Array::len);
    (0..rows).map(move |row| {
        let column = column.as_ref()?.as_primitive_opt::<Int64Type>()?;
        column.is_valid(row).then(|| column.value(row))
    })
}

/// The texts of a column; none when it has none.
fn texts(column: Option<ArrayRef>) -> impl Iterator<Item = Option<String>> {
    let column = column.and_then(|column| cast(&column, &DataType::Utf8).ok());
    let rows = column.as_ref().map_or(0, Array::len);
    (0..rows).map(move |row| {
        let column = column.as_ref()?.as_string_opt::<i32>()?;
        column.is_valid(row).then(|| column.value(row).to_owned())
    })
}
