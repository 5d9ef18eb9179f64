//! Objects that come as columns.

use std::sync::Arc;

use ocsf_core::arrow::array::{
    ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray, new_null_array,
};
use ocsf_core::arrow::datatypes::DataType;
use ocsf_core::testing::{conformance_of_columns, map, map_rows};
use ocsf_core::{
    Mapper, MapperInfo, MapperOptions, NotColumnar, ObjectInfo, Output, SourceMapper, TableInfo,
};
use proptest::prelude::*;

use super::lines::Gate;
use super::{issues, options, vault};

fn gate(options: &MapperOptions) -> SourceMapper<Gate> {
    SourceMapper::new(options).expect("the tables fit every version")
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, column)| (name, column, true));
    RecordBatch::try_from_iter_with_nullable(columns).expect("a batch")
}

fn text(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// A row each: an event, a skip, a foreign record, one without a time, an event at the end of time.
fn sample() -> RecordBatch {
    batch(vec![
        ("kind", text(&[None, Some("quiet"), None, None, Some("-")])),
        ("extra", Arc::new(Int64Array::from(vec![Some(1), Some(2), None, Some(4), Some(5)]))),
        ("TIME", text(&[Some("2024-05-01T10:00:00Z"), None, None, None, Some("2099-12-31T23:59:59Z")])),
        ("client_port", text(&[Some("left"), Some("x"), Some("-"), Some("c"), None])),
        ("name", text(&[Some("a.example.com"), None, Some("n"), None, Some("-")])),
    ])
}

#[test]
fn rows_become_what_lines_of_their_values_become() {
    let rows = sample();
    let lines = "kind extra TIME client_port name\n\
        - 1 2024-05-01T10:00:00Z left a.example.com\n\
        quiet 2 - x -\n\
        - - - - n\n\
        - 4 - c -\n\
        - 5 2099-12-31T23:59:59Z - -\n";
    let (from_rows, from_lines) =
        (map_rows(&mut gate(&options(|_| {})), &rows), map(&mut gate(&options(|_| {})), lines.as_bytes()));
    assert_eq!(from_rows.events, from_lines.events);
    assert_eq!(from_rows.counts, from_lines.counts);
    assert_eq!(issues(&from_rows), issues(&from_lines));
    assert!(issues(&from_rows).contains(&("drift", "extra", 1)));
    let codes = |mapped: &ocsf_core::testing::Mapped| -> Vec<_> {
        mapped.rejects.iter().map(|reject| (reject.code, reject.at.record)).collect()
    };
    assert_eq!(codes(&from_rows), codes(&from_lines));
}

#[test]
fn rejects_are_found_by_row_and_keep_it() {
    let mut mapper = gate(&options(|_| {}));
    mapper.begin(ObjectInfo { name: "o".into(), ..ObjectInfo::default() });
    mapper.decode_batch(&sample(), 100).unwrap();
    let mut out = Output::default();
    mapper.flush(&mut out);
    assert_eq!(out.rejects[0].at.to_string(), "`o` record 102");
    assert_eq!((out.rejects[0].at.line, out.rejects[0].at.byte), (0, 0));
    let raw = r#"{"kind":null,"extra":null,"TIME":null,"client_port":"-","name":"n"}"#;
    assert_eq!((&*out.rejects[0].raw, out.rejects[0].raw_len), (raw.as_bytes(), raw.len() as u64));
    assert_eq!(&*out.batches[0].keys.record, &[100, 104]);
    let lines = ["- 1 2024-05-01T10:00:00Z left a.example.com ", "- 5 2099-12-31T23:59:59Z - - "];
    assert_eq!(&*out.batches[0].keys.bytes, &lines.map(|line| line.len() as u32));
}

#[test]
fn rows_as_text_are_the_raw_data() {
    let mapped = map_rows(&mut gate(&options(|options| options.raw_data = true)), &sample());
    let raw = r#"{"kind":null,"extra":1,"TIME":"2024-05-01T10:00:00Z","client_port":"left","name":"a.example.com"}"#;
    assert_eq!(mapped.json()[0]["raw_data"], raw);
}

#[test]
fn time_stamps_are_times() {
    let times = TimestampMillisecondArray::from(vec![1_714_557_600_007]).with_timezone("UTC");
    let mapped = map_rows(&mut gate(&options(|_| {})), &batch(vec![("time", Arc::new(times))]));
    assert_eq!(mapped.json()[0]["time"], 1_714_557_600_007_i64);
}

#[test]
fn large_rows_are_rejected_and_many_of_them_pass_in_parts() {
    let name = "n".repeat(30_000);
    let names: Vec<_> = (0..300).map(|_| Some(name.as_str())).collect();
    let times = vec![Some("2024-05-01T10:00:00Z"); 300];
    let rows = batch(vec![("time", text(&times)), ("name", text(&names)), ("more", text(&names))]);
    let mapped = map_rows(&mut gate(&options(|_| {})), &rows);
    assert_eq!((mapped.counts.events, mapped.counts.rejects), (300, 0));
    let mapped = map_rows(&mut gate(&options(|options| options.max_record_bytes = 1_000)), &rows);
    assert_eq!((mapped.counts.events, mapped.counts.rejects), (0, 300));
    assert_eq!(mapped.rejects[0].code.to_string(), "record-too-large");
    assert!(mapped.rejects[0].raw_len > 60_000);
}

#[test]
fn the_gate_conforms() {
    let empty = sample().slice(0, 0);
    let nothing = RecordBatch::new_empty(Arc::new(ocsf_core::arrow::datatypes::Schema::empty()));
    let nulls = batch(vec![("time", new_null_array(&DataType::Utf8, 3))]);
    conformance_of_columns(gate, &[sample(), empty, nulls]);
    assert_eq!(map_rows(&mut gate(&options(|_| {})), &nothing).counts.records, 0);
}

#[test]
fn a_source_of_json_says_that_it_does_not_read_columns() {
    let error = vault(&options(|_| {})).decode_batch(&sample(), 0).unwrap_err();
    assert_eq!(error.to_string(), "`vault` is not read from columns");
}

/// Loses every batch after the first one; or reads none, as a mapper that knows nothing of columns.
#[derive(Debug)]
struct Loses {
    gate: SourceMapper<Gate>,
    reads: bool,
}

impl Mapper for Loses {
    fn info(&self) -> &MapperInfo {
        self.gate.info()
    }

    fn tables(&self) -> &[TableInfo] {
        self.gate.tables()
    }

    fn begin(&mut self, object: ObjectInfo) {
        self.gate.begin(object);
    }

    fn decode(&mut self, buf: &[u8], last: bool) -> usize {
        self.gate.decode(buf, last)
    }

    fn decode_batch(&mut self, batch: &RecordBatch, first_row: u64) -> Result<(), NotColumnar> {
        match (self.reads, first_row) {
            (false, _) => Err(NotColumnar::new("gate")),
            (true, 0) => self.gate.decode_batch(batch, 0),
            (true, _) => Ok(()),
        }
    }

    fn buffered_bytes(&self) -> usize {
        self.gate.buffered_bytes()
    }

    fn flush(&mut self, out: &mut Output) {
        self.gate.flush(out);
    }
}

#[test]
#[should_panic(expected = "every row is one record")]
fn the_kit_finds_a_mapper_that_loses_rows() {
    conformance_of_columns(|options| Loses { gate: gate(options), reads: true }, &[sample()]);
}

#[test]
#[should_panic(expected = "`gate` is not read from columns")]
fn the_kit_finds_a_mapper_that_reads_no_columns() {
    conformance_of_columns(|options| Loses { gate: gate(options), reads: false }, &[sample()]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever stands in the columns, rows are what lines of their values are. A line that begins with a time is another
    /// matter.
    #[test]
    fn rows_and_lines_agree(
        rows in prop::collection::vec(
            [
                prop::option::of("-|quiet|[a-z.]{1,9}"),
                prop::option::of("2024-05-01T1[0-9]:00:00Z|soon"),
                prop::option::of("-|[a-z.]{1,9}|2024-05-01T10:00:00Z"),
            ],
            0..30,
        ),
    ) {
        let names = ["kind", "time", "new"];
        let column = |at: usize| text(&rows.iter().map(|row| row[at].as_deref()).collect::<Vec<_>>());
        let batch = batch(names.iter().enumerate().map(|(at, name)| (*name, column(at))).collect());
        let line = |row: &[Option<String>; 3]| {
            row.each_ref().map(|cell| cell.as_deref().unwrap_or("-")).join(" ") + "\n"
        };
        let lines: String = rows.iter().map(line).collect();
        let from_rows = map_rows(&mut gate(&options(|_| {})), &batch);
        let from_lines = map(&mut gate(&options(|_| {})), format!("{}\n{lines}", names.join(" ")).as_bytes());
        prop_assert_eq!(from_rows.events, from_lines.events);
        prop_assert_eq!(from_rows.counts, from_lines.counts);
    }
}
