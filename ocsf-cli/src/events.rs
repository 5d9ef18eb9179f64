//! Events as lines of OCSF JSON.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};
use arrow::error::ArrowError;
use ocsf_core::event::to_json;
use serde_json::Value;

/// The event in a row as one line, or as many for eyes; objects without members are left out, but for those of `unmapped`,
/// which are the source's own.
///
/// # Panics
/// The batch has no such row, or types that [`plain`] would have changed.
pub(crate) fn event_text(batch: &RecordBatch, row: usize, pretty: bool) -> String {
    let mut event = to_json(batch, row);
    let unmapped = event.as_object_mut().and_then(|members| members.remove("unmapped"));
    drop_empty(&mut event);
    if let (Some(members), Some(unmapped)) = (event.as_object_mut(), unmapped) {
        members.insert("unmapped".to_owned(), unmapped);
    }
    if pretty { format!("{event:#}") } else { event.to_string() }
}

/// A batch from anywhere with the types that events have here: other widths and units are cast.
pub(crate) fn plain(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let fields: Vec<FieldRef> = schema.fields().iter().map(plain_field).collect();
    let columns: Result<Vec<_>, _> =
        fields.iter().zip(batch.columns()).map(|(field, column)| cast(column, field.data_type())).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns?)
}

fn plain_field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::new(field.name(), plain_type(field.data_type()), true))
}

fn plain_type(from: &DataType) -> DataType {
    match from {
        DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(_, _) => DataType::Utf8,
        DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16 => DataType::Int32,
        DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Float16 | DataType::Float32 => DataType::Float64,
        DataType::Timestamp(_, _) => DataType::Timestamp(TimeUnit::Millisecond, Some(Arc::from("UTC"))),
        DataType::List(item) | DataType::LargeList(item) => DataType::List(plain_field(item)),
        DataType::Struct(members) => DataType::Struct(members.iter().map(plain_field).collect::<Fields>()),
        DataType::Map(entries, sorted) => {
            let members = match entries.data_type() {
                DataType::Struct(members) => members
                    .iter()
                    .map(|member| Field::clone(member).with_data_type(plain_type(member.data_type())))
                    .collect(),
                _ => Fields::empty(),
            };
            DataType::Map(Arc::new(Field::clone(entries).with_data_type(DataType::Struct(members))), *sorted)
        }
        other => other.clone(),
    }
}

fn drop_empty(value: &mut Value) {
    match value {
        Value::Object(members) => members.retain(|_, member| {
            drop_empty(member);
            !member.as_object().is_some_and(serde_json::Map::is_empty)
        }),
        Value::Array(items) => items.iter_mut().for_each(drop_empty),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Int8Array, LargeStringArray, StructArray, TimestampMicrosecondArray};

    #[test]
    fn events_of_other_writers_are_shown_too() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("severity_id", Arc::new(Int8Array::from(vec![1]))),
            ("message", Arc::new(LargeStringArray::from(vec![None::<&str>]))),
            ("time_dt", Arc::new(TimestampMicrosecondArray::from(vec![1_500_000]).with_timezone("+00:00"))),
            (
                "cloud",
                Arc::new(StructArray::from(vec![(
                    Arc::new(Field::new("region", DataType::LargeUtf8, true)),
                    Arc::new(LargeStringArray::from(vec![None::<&str>])) as ArrayRef,
                )])),
            ),
        ];
        let batch = plain(
            &RecordBatch::try_from_iter_with_nullable(
                columns.into_iter().map(|(name, column)| (name, column, true)),
            )
            .unwrap(),
        )
        .unwrap();
        assert_eq!(event_text(&batch, 0, false), r#"{"severity_id":1,"time_dt":"1970-01-01T00:00:01.500Z"}"#);
    }
}
