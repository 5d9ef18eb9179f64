use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    FixedSizeBinaryArray, Float32Array, Float64Array, Int16Array, Int32Array, Int64Array, LargeStringArray,
    ListArray, MapBuilder, NullArray, StringArray, StringBuilder, StringViewArray, StructArray,
    TimestampMicrosecondArray, TimestampSecondArray, UInt64Array,
};
use arrow::datatypes::{Field as ArrowField, Int8Type, Int32Type};
use bumpalo::Bump;

use super::*;
use crate::scan::Cursor;

crate::fields! { FIELDS: VERSION = "version", ACCOUNT = "account-id", START = "start" }

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .unwrap()
}

/// Every row as `name=value` of its fields and of what is left.
fn read(batch: &RecordBatch) -> Vec<String> {
    let arena = Bump::new();
    let rows = Rows::new(batch, &NameIndex::new(FIELDS));
    let mut scribe = Scribe::new(&arena);
    let mut values = vec![Value::Absent; rows.len() * FIELDS.len()];
    rows.fill(&(0..rows.len()), FIELDS.len(), &mut scribe, &mut values, &mut vec![0; rows.len()]);
    let show = |name: &str, value: &Value<'_>| match value {
        Value::Absent => None,
        Value::Json(json) => Some(format!("{name}={}", json.raw)),
        Value::Str(text) => Some(format!("{name}='{text}'")),
        value => Some(format!("{name}={}", value.text().unwrap_or_default())),
    };
    let line = |(number, values): (usize, &[Value<'_>])| {
        let mut rest = Vec::new();
        rows.rest(number, &mut scribe, &mut rest);
        let fields = FIELDS.iter().zip(values).filter_map(|(field, value)| show(field.path(), value));
        let left = rest.iter().filter_map(|left| show(left.key, &left.value));
        fields.chain(left).collect::<Vec<_>>().join(" ")
    };
    values.chunks(FIELDS.len()).enumerate().map(line).collect()
}

/// The values of a column that is no field.
fn column(array: impl Array + 'static) -> Vec<String> {
    let lines = read(&batch(vec![("x", Arc::new(array))]));
    lines.into_iter().map(|line| line.strip_prefix("x=").unwrap_or_default().to_owned()).collect()
}

#[test]
fn columns_are_fields_by_their_names_once() {
    let ints = |values: [i32; 2]| Arc::new(Int32Array::from(values.to_vec())) as ArrayRef;
    let text = Arc::new(StringArray::from(vec![Some("-"), None])) as ArrayRef;
    let batch = batch(vec![
        ("START", ints([1, 1])),
        ("other", ints([2, 3])),
        ("account_id", text),
        ("account-id", ints([4, 5])),
    ]);
    assert_eq!(read(&batch), ["start=1 other=2 account-id=4", "start=1 other=3 account-id=5"]);
    let rows = Rows::new(&batch, &NameIndex::new(FIELDS));
    assert_eq!(rows.unknown().collect::<Vec<_>>(), ["other", "account-id"]);
    assert_eq!(rows.json(0), r#"{"START":1,"other":2,"account_id":"-","account-id":4}"#);
    assert_eq!(rows.json(1), r#"{"START":1,"other":3,"account_id":null,"account-id":5}"#);
}

#[test]
fn numbers_are_their_shortest_text() {
    assert_eq!(column(Int16Array::from(vec![Some(-7), None, Some(0)])), ["-7", "", "0"]);
    assert_eq!(column(UInt64Array::from(vec![u64::MAX])), ["18446744073709551615"]);
    assert_eq!(column(Int64Array::from(vec![i64::MIN, 5, 5, 6])), ["-9223372036854775808", "5", "5", "6"]);
    assert_eq!(column(Float32Array::from(vec![0.1])), ["0.1"]);
    assert_eq!(column(Float64Array::from(vec![443.0, f64::NAN])), ["443", "'NaN'"]);
    let decimal = Decimal128Array::from(vec![Some(-1250), None]).with_precision_and_scale(9, 2).unwrap();
    assert_eq!(column(decimal), ["-12.50", ""]);
    assert_eq!(column(BooleanArray::from(vec![true, false])), ["true", "false"]);
    assert_eq!(column(NullArray::new(1)), [""]);
}

#[test]
fn text_is_the_same_in_every_type() {
    let values = vec![Some("é"), None, Some("-"), Some("é")];
    let expected = ["'é'", "", "", "'é'"];
    assert_eq!(column(StringArray::from(values.clone())), expected);
    assert_eq!(column(LargeStringArray::from(values.clone())), expected);
    assert_eq!(column(StringViewArray::from(values.clone())), expected);
    assert_eq!(column(values.iter().copied().collect::<DictionaryArray<Int8Type>>()), expected);
    let bytes: Vec<Option<&[u8]>> = values.iter().map(|value| value.map(str::as_bytes)).collect();
    assert_eq!(column(BinaryArray::from(bytes)), expected);
    assert_eq!(column(StringArray::from(vec!["a", "é", "-"]).slice(1, 2)), ["'é'", ""]);
    let nothing = DictionaryArray::<Int8Type>::from_iter([None::<&str>, None]);
    assert_eq!(column(nothing), ["", ""]);
}

#[test]
fn bytes_that_are_no_text_are_hexadecimal() {
    assert_eq!(column(BinaryArray::from_vec(vec![b"\xff\x01"])), ["'0xff01'"]);
    let fixed = FixedSizeBinaryArray::try_from_iter([b"ab", b"\xc3\x28"].into_iter()).unwrap();
    assert_eq!(column(fixed), ["'ab'", "'0xc328'"]);
}

#[test]
fn times_are_text() {
    assert_eq!(column(TimestampMicrosecondArray::from(vec![1_500_001])), ["'1970-01-01T00:00:01.500001Z'"]);
    let zoned = TimestampSecondArray::from(vec![Some(0), None]).with_timezone("+02:00");
    assert_eq!(column(zoned), ["'1970-01-01T00:00:00Z'", ""]);
    assert_eq!(column(TimestampSecondArray::from(vec![i64::MAX])), ["9223372036854775807"]);
    assert_eq!(column(Date32Array::from(vec![1])), ["'1970-01-02'"]);
    assert!(column(Date32Array::from(vec![i32::MIN]))[0].contains("-2147483648"), "nothing is lost");
}

#[test]
fn nested_values_are_json() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1), None]), None]);
    assert_eq!(column(list.clone()), ["[1,null]", ""]);
    let quoted = StringArray::from(vec![Some("a\"b"), None]);
    let object = StructArray::from(vec![
        (Arc::new(ArrowField::new("q", quoted.data_type().clone(), true)), Arc::new(quoted) as ArrayRef),
        (Arc::new(ArrowField::new("l", list.data_type().clone(), true)), Arc::new(list) as ArrayRef),
    ]);
    let found = column(object);
    assert_eq!(found, [r#"{"q":"a\"b","l":[1,null]}"#, r#"{"q":null,"l":null}"#]);
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    map.keys().append_value("k");
    map.values().append_value("v");
    map.append(true).unwrap();
    assert_eq!(column(map.finish()), [r#"{"k":"v"}"#]);
    for text in found {
        assert!(Cursor::new(&text, true).skip_value().is_ok(), "{text}");
    }
}
