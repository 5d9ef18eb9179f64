//! Rows of columns of any type, with names that are fields or nearly so.
#![no_main]

use std::sync::Arc;

use ocsf_core::arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch,
    StringArray, TimestampMicrosecondArray, UInt64Array,
};
use ocsf_core::arrow::datatypes::{DataType, Int64Type};
use ocsf_core::arrow::{compute::cast, datatypes::Field};
use ocsf_fuzz::{Choice, check_rows};

const NAMES: [&str; 24] = [
    "version",
    "account_id",
    "interface-id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "start",
    "END",
    "action",
    "log_status",
    "flow_direction",
    "tcp_flags",
    "region",
    "type",
    "time",
    "elb",
    "client:port",
    "request_url",
    "target_status_code",
    "something else",
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = Choice::of(data) else { return };
    let [source, rows, data @ ..] = data else { return };
    let rows = usize::from(rows % 9);
    // A column each: its name, its type, and its cells behind them, one a line.
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for column in data.split(|byte| *byte == b'\x1e').take(40) {
        let [name, kind, cells @ ..] = column else { continue };
        let name = NAMES
            .get(usize::from(*name % 32))
            .map_or_else(|| char::from(*name).to_string(), |name| (*name).to_owned());
        let mut cells = cells.split(|byte| *byte == b'\n');
        let cells: Vec<Option<&[u8]>> =
            (0..rows).map(|_| cells.next().filter(|cell| !cell.is_empty())).collect();
        columns.push((name, array(*kind, &cells)));
    }
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(name, array.data_type().clone(), true)).collect();
    let schema = Arc::new(ocsf_core::arrow::datatypes::Schema::new(fields));
    let options = ocsf_core::arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new_with_options(schema, arrays, &options).expect("columns of one length");
    check_rows(if source % 2 == 0 { "vpc-flow" } else { "elb" }, choice, &batch);
});

fn array(kind: u8, cells: &[Option<&[u8]>]) -> ArrayRef {
    let texts = || cells.iter().map(|cell| cell.map(String::from_utf8_lossy));
    let bits = |cell: &[u8]| cell.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let numbers =
        || cells.iter().map(|cell| cell.map(|cell| parse(cell).unwrap_or_else(|| bits(cell) as i64)));
    let text: ArrayRef = Arc::new(texts().collect::<StringArray>());
    let cast = |to: DataType| cast(&text, &to).unwrap_or_else(|_| text.clone());
    match kind % 12 {
        0 => Arc::new(numbers().map(|number| number.map(|number| number as i32)).collect::<Int32Array>()),
        1 => Arc::new(numbers().collect::<Int64Array>()),
        2 => Arc::new(cells.iter().map(|cell| cell.map(bits)).collect::<UInt64Array>()),
        3 => Arc::new(
            cells.iter().map(|cell| cell.map(|cell| f64::from_bits(bits(cell)))).collect::<Float64Array>(),
        ),
        4 => {
            Arc::new(cells.iter().map(|cell| cell.map(|cell| cell.len() % 2 == 0)).collect::<BooleanArray>())
        }
        5 => Arc::new(numbers().collect::<TimestampMicrosecondArray>()),
        6 => Arc::new(cells.iter().copied().collect::<BinaryArray>()),
        7 => cast(DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))),
        8 => cast(DataType::Utf8View),
        9 => cast(DataType::Date32),
        10 => Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(
            numbers().map(|number| number.map(|number| [Some(number), None])),
        )),
        _ => text,
    }
}

fn parse(cell: &[u8]) -> Option<i64> {
    std::str::from_utf8(cell).ok()?.parse().ok()
}
