//! Events as OCSF JSON.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type, TimestampMillisecondType};
use serde_json::{Map, Value};

use crate::time::format_rfc3339;

/// The event in a row, as OCSF writes it: nulls left out, maps as objects, date-times as RFC 3339 text in UTC, an
/// `unmapped` column of JSON text as the object it holds.
///
/// # Panics
/// The batch has no such row.
pub fn to_json(batch: &RecordBatch, row: usize) -> Value {
    let mut event = Map::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if let Some(value) = value(column, row) {
            let parsed = match &value {
                Value::String(text) if field.name() == "unmapped" => serde_json::from_str(text).ok(),
                _ => None,
            };
            event.insert(field.name().clone(), parsed.unwrap_or(value));
        }
    }
    Value::Object(event)
}

fn value(array: &ArrayRef, row: usize) -> Option<Value> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).into(),
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Timestamp(_, _) => {
            format_rfc3339(array.as_primitive::<TimestampMillisecondType>().value(row)).into()
        }
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_dictionary::<Int32Type>();
            return value(dictionary.values(), dictionary.key(row)?);
        }
        DataType::Struct(_) => Value::Object(members(array.as_struct(), row)),
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            (0..items.len()).map(|item| value(&items, item).unwrap_or_default()).collect()
        }
        DataType::Map(_, _) => {
            let entries = array.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            let entry =
                |at| Some((value(keys, at)?.as_str()?.to_owned(), value(values, at).unwrap_or_default()));
            Value::Object((0..entries.len()).filter_map(entry).collect())
        }
        _ => return None,
    })
}

fn members(object: &StructArray, row: usize) -> Map<String, Value> {
    object
        .fields()
        .iter()
        .zip(object.columns())
        .filter_map(|(field, column)| Some((field.name().clone(), value(column, row)?)))
        .collect()
}
