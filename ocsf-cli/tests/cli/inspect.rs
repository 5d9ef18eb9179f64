use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray, StructArray};
use arrow::datatypes::{DataType, Field};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::WriterProperties;

use crate::Sandbox;

const DAY: &str = "lake/ext/t/region=us-east-1/accountId=111122223333/eventDay=20240501";

fn object(name: &str, value: ArrayRef) -> ArrayRef {
    Arc::new(StructArray::from(vec![(Arc::new(Field::new(name, value.data_type().clone(), true)), value)]))
}

/// Writes a file with a row for each time, all of `account`.
fn write(sandbox: &Sandbox, path: &str, times: &[i64], account: &str) {
    let text = |text: &str| Arc::new(StringArray::from(vec![text; times.len()])) as ArrayRef;
    let columns = [
        ("time", Arc::new(Int64Array::from(times.to_vec())) as ArrayRef),
        ("class_uid", Arc::new(Int32Array::from(vec![6003; times.len()]))),
        ("class_name", text("API Activity")),
        ("metadata", object("version", text("1.1.0"))),
        ("cloud", object("account", object("uid", text(account)))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    assert!(matches!(batch.schema().field(4).data_type(), DataType::Struct(_)));
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap()))
        .set_sorting_columns(Some(vec![SortingColumn {
            column_idx: 0,
            descending: false,
            nulls_first: false,
        }]))
        .set_key_value_metadata(Some(vec![KeyValue::new("note".to_owned(), "x".repeat(100))]))
        .set_created_by("a test".to_owned())
        .build();
    sandbox.file(path, "");
    let mut writer =
        ArrowWriter::try_new(File::create(sandbox.path(path)).unwrap(), batch.schema(), Some(properties))
            .unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

const MORNING: i64 = 1_714_521_600_000;
const LAST: i64 = MORNING + 86_400_000 - 1;

#[test]
fn a_file() {
    let sandbox = Sandbox::new();
    let path = format!("{DAY}/a.parquet");
    write(&sandbox, &path, &[MORNING, LAST], "111122223333");
    insta::assert_snapshot!("inspect_file", sandbox.run(&["inspect", &path]));
    let line = &sandbox.run(&["inspect", "--format", "json", &path]).json()[0];
    assert_eq!(
        (&line["rows"], &line["class_uid"], &line["ocsf"]),
        (&2.into(), &6003.into(), &"1.1.0".into())
    );
    assert_eq!(line["metadata"]["note"], "x".repeat(100));
    assert_eq!(line["misplaced"], serde_json::json!([]));
}

#[test]
fn a_lake_in_order() {
    let sandbox = Sandbox::new();
    write(&sandbox, &format!("{DAY}/a.parquet"), &[MORNING], "111122223333");
    write(&sandbox, &format!("{DAY}/b.parquet"), &[LAST, MORNING], "111122223333");
    write(&sandbox, "lake/loose.parquet", &[MORNING], "111122223333");
    let said = sandbox.run(&["inspect", "lake"]);
    assert_eq!(said.status, 0);
    insta::assert_snapshot!("inspect_lake", said);
}

#[test]
fn rows_in_the_wrong_partition_are_told() {
    let sandbox = Sandbox::new();
    write(&sandbox, &format!("{DAY}/a.parquet"), &[MORNING, LAST + 1], "111122223333");
    write(&sandbox, &format!("{DAY}/b.parquet"), &[MORNING], "444455556666");
    sandbox.file(format!("{DAY}/c.parquet"), "no Parquet");
    let said = sandbox.run(&["inspect", "lake"]);
    assert_eq!(said.status, 1);
    insta::assert_snapshot!("inspect_wrong", said.err);
    assert!(!said.out.contains("where they belong"));
}

#[test]
fn rows_of_no_account_are_where_their_object_says() {
    let sandbox = Sandbox::new();
    let unknown = "lake/ext/t/region=us-east-1/accountId=unknown/eventDay=20240501";
    write(&sandbox, &format!("{unknown}/a.parquet"), &[MORNING], "your-account");
    write(&sandbox, &format!("{DAY}/a.parquet"), &[MORNING], "your-account");
    assert_eq!(sandbox.run(&["inspect", "lake"]).status, 0);
    write(&sandbox, &format!("{unknown}/b.parquet"), &[MORNING], "111122223333");
    assert_eq!(sandbox.run(&["inspect", "lake"]).status, 1);
}

#[test]
fn nothing_to_inspect() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("lake")).unwrap();
    sandbox.run(&["inspect", "lake"]).check(0, "", "warning: there are no Parquet files below `lake`\n");
    sandbox.run(&["inspect", "nowhere"]).check(
        2,
        "",
        "error: cannot read `nowhere`\n  No such file or directory (os error 2)\n",
    );
}

#[test]
fn events_of_a_file_are_previewed_and_the_file_is_no_input() {
    let sandbox = Sandbox::new();
    write(&sandbox, "a.parquet", &[MORNING, LAST], "111122223333");
    sandbox.run(&["preview", "-n", "1", "a.parquet"]).check(
        0,
        "{\"class_name\":\"API Activity\",\"class_uid\":6003,\"cloud\":{\"account\":{\"uid\":\"111122223333\"}},\
         \"metadata\":{\"version\":\"1.1.0\"},\"time\":1714521600000}\n",
        "",
    );
    let line = &sandbox.run(&["detect", "--format", "json", "a.parquet"]).json()[0];
    assert_eq!((&line["kind"], &line["name"]), (&"skip".into(), &"ocsf-parquet".into()));
}
