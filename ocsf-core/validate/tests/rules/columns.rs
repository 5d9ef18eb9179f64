//! The same events as columns of many types.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Int32Array,
    Int64Array, LargeListArray, LargeStringArray, ListArray, MapBuilder, NullArray, RecordBatch, StringArray,
    StringBuilder, StringViewArray, StructArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type, TimeUnit};
use ocsf_validate::{Columns, Options, Validator};
use proptest::prelude::*;

/// A struct of these members, all rows present.
fn object(members: Vec<(&str, ArrayRef)>) -> ArrayRef {
    Arc::new(StructArray::from(
        members
            .into_iter()
            .map(|(name, array)| (Arc::new(Field::new(name, array.data_type().clone(), true)), array))
            .collect::<Vec<_>>(),
    ))
}

fn list(item: ArrayRef) -> ArrayRef {
    let field = Arc::new(Field::new("element", item.data_type().clone(), true));
    let offsets = arrow::buffer::OffsetBuffer::from_lengths([item.len()]);
    Arc::new(ListArray::new(field, offsets, item, None))
}

fn text(value: &str) -> ArrayRef {
    Arc::new(StringArray::from(vec![value]))
}

fn int(value: i32) -> ArrayRef {
    Arc::new(Int32Array::from(vec![value]))
}

/// The columns of one valid event of API Activity.
fn columns() -> Vec<(&'static str, ArrayRef)> {
    vec![
        ("activity_id", int(2)),
        ("category_uid", int(6)),
        ("class_uid", int(6003)),
        ("type_uid", Arc::new(Int64Array::from(vec![600_302]))),
        ("severity_id", int(1)),
        ("severity", text("Informational")),
        ("time", Arc::new(Int64Array::from(vec![1_767_225_600_000]))),
        ("api", object(vec![("operation", text("ListBuckets"))])),
        ("actor", object(vec![("user", object(vec![("uid", text("1"))]))])),
        ("src_endpoint", object(vec![("ip", text("192.0.2.1"))])),
        (
            "metadata",
            object(vec![
                ("version", text("1.1.0")),
                ("product", object(vec![("vendor_name", text("AWS")), ("name", text("CloudTrail"))])),
                ("profiles", list(Arc::new(StringArray::from(vec!["datetime"])))),
            ]),
        ),
    ]
}

fn found(columns: Vec<(&str, ArrayRef)>) -> Vec<String> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, column)| (name, column, true)),
    )
    .unwrap();
    let columns = Columns::new(&batch).unwrap();
    let mut found = Vec::new();
    Validator::new(Options::default()).check_batch(&columns, &mut |row, finding| {
        found.push(format!("{row} {} {}", finding.code, finding.path));
    });
    found
}

fn with(name: &'static str, column: ArrayRef) -> Vec<String> {
    let mut all = columns();
    all.retain(|(own, _)| *own != name);
    all.push((name, column));
    found(all)
}

const NONE: [&str; 0] = [];

#[test]
fn text_numbers_and_lists_of_any_layout_are_read() {
    assert_eq!(found(columns()), NONE);
    assert_eq!(with("severity", Arc::new(LargeStringArray::from(vec!["Informational"]))), NONE);
    assert_eq!(with("severity", Arc::new(StringViewArray::from(vec!["Informational"]))), NONE);
    assert_eq!(with("severity", Arc::new(BinaryArray::from(vec![b"Informational".as_slice()]))), NONE);
    let dictionary: DictionaryArray<Int32Type> = vec!["Informational"].into_iter().collect();
    assert_eq!(with("severity", Arc::new(dictionary)), NONE);
    let unsigned = || Arc::new(UInt64Array::from(vec![600_302_u64])) as ArrayRef;
    assert_eq!(with("type_uid", unsigned()), NONE);
    assert_eq!(with("type_uid", cast(&unsigned(), &DataType::UInt32).unwrap()), NONE);
    assert_eq!(
        with("type_uid", cast(&unsigned(), &DataType::Float64).unwrap()),
        ["0 attribute_wrong_type type_uid", "0 attribute_enum_value_unknown type_uid"]
    );
}

#[test]
fn times_of_any_unit_are_times() {
    let ms: ArrayRef = Arc::new(Int64Array::from(vec![1_767_225_600_000]));
    let in_ms = cast(&ms, &DataType::Timestamp(TimeUnit::Millisecond, None)).unwrap();
    for unit in [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond] {
        let times = cast(&in_ms, &DataType::Timestamp(unit, None)).unwrap();
        assert_eq!(with("time", times.clone()), NONE, "{unit:?}");
        assert_eq!(with("time_dt", times), NONE, "{unit:?}");
    }
    for zone in ["UTC", "Europe/Berlin", "+02:00"] {
        let times = TimestampMicrosecondArray::from(vec![1_767_225_600_000_000]).with_timezone(zone);
        assert_eq!(with("time_dt", Arc::new(times)), NONE, "{zone}");
    }
    let other: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1]));
    assert_eq!(with("time_dt", other.clone()), ["0 datetime_disagrees time_dt"]);
    assert_eq!(
        with("severity", other),
        ["0 attribute_wrong_type severity", "0 attribute_enum_sibling_incorrect severity"]
    );
}

#[test]
fn unmapped_may_be_a_map_a_struct_or_json_text() {
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    map.keys().append_value("a.b");
    map.values().append_value("1");
    map.append(true).unwrap();
    assert_eq!(with("unmapped", Arc::new(map.finish())), NONE);
    assert_eq!(with("unmapped", object(vec![("a", int(1))])), NONE);
    assert_eq!(with("unmapped", text(r#"{"a": {"b": 1}}"#)), NONE);
    assert_eq!(with("unmapped", text("{}")), ["0 null_or_empty unmapped"]);
    assert_eq!(with("unmapped", text("{\"a\":")), ["0 attribute_wrong_type unmapped"]);
    assert_eq!(with("api", text("{}")), ["0 attribute_wrong_type api"]);
}

#[test]
fn null_is_absent_and_what_is_empty_is_there() {
    let nothing: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>]));
    assert_eq!(with("message", nothing.clone()), NONE);
    assert_eq!(with("no_such_attribute", nothing.clone()), NONE);
    assert_eq!(
        with("severity_id", Arc::new(NullArray::new(1))),
        ["0 attribute_required_missing severity_id", "0 enum_sibling_without_id severity_id"]
    );
    assert_eq!(
        with("resources", list(Arc::new(StringArray::from(Vec::<&str>::new())))),
        ["0 null_or_empty resources"]
    );
    assert_eq!(
        with("api", object(vec![("operation", nothing)])),
        ["0 null_or_empty api", "0 attribute_required_missing api.operation"]
    );
}

#[test]
fn what_no_attribute_can_be_is_of_the_wrong_type() {
    assert_eq!(with("message", Arc::new(Date32Array::from(vec![1]))), ["0 attribute_wrong_type message"]);
    let decimal = Decimal128Array::from(vec![1]).with_precision_and_scale(5, 1).unwrap();
    assert_eq!(with("message", Arc::new(decimal)), ["0 attribute_wrong_type message"]);
    assert_eq!(
        with("message", Arc::new(BinaryArray::from(vec![b"\xff".as_slice()]))),
        ["0 attribute_wrong_type message"]
    );
    assert_eq!(with("message", Arc::new(BooleanArray::from(vec![true]))), ["0 attribute_wrong_type message"]);
    let large = LargeListArray::new(
        Arc::new(Field::new("item", DataType::Utf8, true)),
        arrow::buffer::OffsetBuffer::from_lengths([1]),
        text("x"),
        None,
    );
    assert_eq!(with("message", Arc::new(large)), ["0 attribute_wrong_type message"]);
}

proptest! {
    /// Columns of odd types, lengths and nulls never stop the check.
    #[test]
    fn odd_columns_never_panic(values in prop::collection::vec(prop::option::of(any::<i64>()), 1..9), at in 0_usize..11, kind in 0_usize..9) {
        let ints: ArrayRef = Arc::new(Int64Array::from(values.clone()));
        let rows = ints.len();
        let texts: ArrayRef = Arc::new(values.iter().map(|value| value.map(|value| value.to_string())).collect::<StringArray>());
        let odd = match kind {
            0 => ints,
            1 => texts,
            2 => cast(&ints, &DataType::Float32).unwrap(),
            3 => cast(&ints, &DataType::Timestamp(TimeUnit::Second, None)).unwrap(),
            4 => cast(&ints, &DataType::Timestamp(TimeUnit::Millisecond, Some("+02:00".into()))).unwrap(),
            5 => cast(&texts, &DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::LargeUtf8))).unwrap(),
            6 => Arc::new(NullArray::new(rows)),
            7 => cast(&ints, &DataType::List(Arc::new(Field::new("item", DataType::Int64, true)))).unwrap(),
            _ => Arc::new(StructArray::from(vec![(Arc::new(Field::new("uid", DataType::Int64, true)), ints)])),
        };
        let mut all = columns();
        for (_, column) in &mut all {
            let indices = Int32Array::from(vec![0; rows]);
            *column = arrow::compute::take(column, &indices, None).unwrap();
        }
        let slot = at % all.len();
        all[slot].1 = odd;
        found(all);
    }
}
