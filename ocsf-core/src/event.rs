//! Events as OCSF JSON.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type, TimestampMillisecondType};
use serde_json::Value;

use crate::scan::Cursor;
use crate::scan::emit::push_string;
use crate::time::format_rfc3339;

/// Appends the event in a row to `out`, as OCSF writes it: nulls left out, maps as objects, date-times as RFC 3339 text in
/// UTC, an `unmapped` column of JSON text as the object it holds, with its numbers as the source wrote them.
///
/// # Panics
/// The batch has no such row.
pub fn push_json(batch: &RecordBatch, row: usize, out: &mut String) {
    push_event(batch, row, true, out);
}

/// The event in a row as [`push_json`] writes it. Numbers of `unmapped` that no `f64` holds lose digits here, and an
/// `unmapped` of JSON text that is nested deeper than 100 levels stays text.
///
/// # Panics
/// The batch has no such row.
pub fn to_json(batch: &RecordBatch, row: usize) -> Value {
    let parse = |open_unmapped| {
        let mut text = String::new();
        push_event(batch, row, open_unmapped, &mut text);
        serde_json::from_str(&text)
    };
    parse(true).or_else(|_| parse(false)).unwrap_or_default()
}

fn push_event(batch: &RecordBatch, row: usize, open_unmapped: bool, out: &mut String) {
    let schema = batch.schema();
    let members = schema.fields().iter().map(|field| field.name().as_str()).zip(batch.columns());
    push_object(members, out, |name, column, out| match column.data_type() {
        DataType::Utf8 if open_unmapped && name == "unmapped" && !column.is_null(row) => {
            let text = column.as_string::<i32>().value(row);
            if is_json(text) {
                out.push_str(text);
            } else {
                push_string(text, out);
            }
            true
        }
        _ => push_value(column, row, out),
    });
}

/// Appends members that `push` writes; those of which it says that there is nothing are left out.
fn push_object<'a, C: 'a>(
    members: impl Iterator<Item = (&'a str, C)>,
    out: &mut String,
    mut push: impl FnMut(&str, C, &mut String) -> bool,
) {
    out.push('{');
    let first = out.len();
    for (name, member) in members {
        let before = out.len();
        if before > first {
            out.push(',');
        }
        push_string(name, out);
        out.push(':');
        if !push(name, member, out) {
            out.truncate(before);
        }
    }
    out.push('}');
}

/// Appends a value; false when it is null.
fn push_value(array: &ArrayRef, row: usize, out: &mut String) -> bool {
    if array.is_null(row) {
        return false;
    }
    match array.data_type() {
        DataType::Utf8 => push_string(array.as_string::<i32>().value(row), out),
        DataType::Int32 => out.push_str(&array.as_primitive::<Int32Type>().value(row).to_string()),
        DataType::Int64 => out.push_str(&array.as_primitive::<Int64Type>().value(row).to_string()),
        DataType::Float64 => {
            let number = serde_json::Number::from_f64(array.as_primitive::<Float64Type>().value(row));
            out.push_str(&number.map_or_else(|| "null".to_owned(), |number| number.to_string()));
        }
        DataType::Boolean => out.push_str(if array.as_boolean().value(row) { "true" } else { "false" }),
        DataType::Timestamp(_, _) => {
            push_string(&format_rfc3339(array.as_primitive::<TimestampMillisecondType>().value(row)), out);
        }
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_dictionary::<Int32Type>();
            return dictionary.key(row).is_some_and(|key| push_value(dictionary.values(), key, out));
        }
        DataType::Struct(fields) => {
            let members = fields.iter().map(|field| field.name().as_str()).zip(array.as_struct().columns());
            push_object(members, out, |_, column, out| push_value(column, row, out));
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            out.push('[');
            for item in 0..items.len() {
                out.push_str(if item > 0 { "," } else { "" });
                if !push_value(&items, item, out) {
                    out.push_str("null");
                }
            }
            out.push(']');
        }
        DataType::Map(_, _) => {
            let entries = array.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            out.push('{');
            for entry in 0..entries.len() {
                out.push_str(if entry > 0 { "," } else { "" });
                push_value(keys, entry, out);
                out.push(':');
                if !push_value(values, entry, out) {
                    out.push_str("null");
                }
            }
            out.push('}');
        }
        _ => return false,
    }
    true
}

fn is_json(text: &str) -> bool {
    let mut cursor = Cursor::new(text, true);
    cursor.skip_value().is_ok() && cursor.at() == text.len()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, StringArray};

    use super::*;

    #[test]
    fn unmapped_text_is_the_object_it_holds() {
        let unmapped =
            StringArray::from(vec![Some(r#"{"n":1.50,"big":123456789012345678901}"#), None, Some("{")]);
        let score: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), Some(1e300), None]));
        let batch =
            RecordBatch::try_from_iter([("score", score), ("unmapped", Arc::new(unmapped) as _)]).unwrap();
        let event = |row| {
            let mut text = String::new();
            push_json(&batch, row, &mut text);
            assert!(is_json(&text), "{text}");
            text
        };
        assert_eq!(event(0), r#"{"score":1.0,"unmapped":{"n":1.50,"big":123456789012345678901}}"#);
        assert_eq!(event(1), r#"{"score":1e+300}"#);
        assert_eq!(event(2), r#"{"unmapped":"{"}"#);
    }

    #[test]
    fn what_is_nested_too_deep_to_parse_stays_text() {
        let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(500), "]".repeat(500));
        let unmapped: ArrayRef = Arc::new(StringArray::from(vec![deep.as_str()]));
        let batch = RecordBatch::try_from_iter([("unmapped", unmapped)]).unwrap();
        assert_eq!(to_json(&batch, 0)["unmapped"], deep.as_str());
    }
}
