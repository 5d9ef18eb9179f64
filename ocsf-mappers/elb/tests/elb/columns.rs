//! Logs as columns, as they come in Parquet.

use std::sync::Arc;

use ocsf_core::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use ocsf_core::schema::VERSIONS;
use ocsf_core::testing::{conformance_of_columns, map, map_rows};
use serde_json::Value;

use super::{alb, mapper, options};

/// The objects of a JSON log as columns: numbers where all values of a name are whole numbers, else text.
fn columns(objects: &[Value]) -> RecordBatch {
    let mut names: Vec<&String> =
        objects.iter().filter_map(Value::as_object).flat_map(|o| o.keys()).collect();
    names.sort();
    names.dedup();
    let column = |name: &String| -> ArrayRef {
        let cells = || objects.iter().map(|object| &object[name]);
        if cells().all(|cell| cell.is_i64() || cell.is_null()) {
            return Arc::new(cells().map(Value::as_i64).collect::<Int64Array>());
        }
        let text = |cell: &Value| match cell {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        Arc::new(cells().map(text).collect::<StringArray>())
    };
    let columns: Vec<_> = names.iter().map(|name| (name, column(name), true)).collect();
    RecordBatch::try_from_iter_with_nullable(columns).expect("a batch")
}

fn objects() -> Vec<Value> {
    let lines = include_str!("../data/selected.json").lines();
    lines.map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn rows_give_the_events_of_their_objects() {
    for version in VERSIONS {
        let mut elb = mapper(&options(version));
        for object in objects() {
            let rows = map_rows(&mut elb, &columns(std::slice::from_ref(&object)));
            assert_eq!(rows.json(), map(&mut elb, object.to_string().as_bytes()).json(), "{object}");
        }
    }
}

#[test]
fn rows_give_the_events_of_their_lines() {
    let line = alb(&[]);
    let names = include_str!("../../src/fields.rs").split('"').skip(1).step_by(2).take(34);
    let values = line.split("\" ").flat_map(|part| match part.split_once('"') {
        Some((before, quoted)) => before.split_ascii_whitespace().chain([quoted]).collect::<Vec<_>>(),
        None => part.split_ascii_whitespace().collect(),
    });
    let column = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
    let columns: Vec<_> =
        names.zip(values).map(|(name, value)| (name.replace(':', "_"), column(value))).collect();
    assert_eq!(columns.len(), 34);
    let rows = RecordBatch::try_from_iter(columns).expect("a batch");
    let mut elb = mapper(&options("1.8.0"));
    assert_eq!(map_rows(&mut elb, &rows).json(), map(&mut elb, line.as_bytes()).json());
}

#[test]
fn rows_conform() {
    let objects = objects();
    let mut samples: Vec<_> = objects.iter().map(|object| columns(std::slice::from_ref(object))).collect();
    samples.push(columns(&objects));
    conformance_of_columns(mapper, &samples);
}
