//! Files: order, cuts, pages, footer; and that neither batches nor memory show in them.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use ocsf_lake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ocsf_lake::parquet::basic::{Compression, Encoding};
use ocsf_lake::parquet::file::reader::{FileReader, SerializedFileReader};
use ocsf_lake::{FileOptions, Lake, LakeSettings};
use proptest::prelude::*;

use crate::events::Event;
use crate::{open, publish, tree};

fn parquet_files(dir: &Path) -> Vec<PathBuf> {
    tree(&dir.join("ext")).into_keys().map(|name| dir.join("ext").join(name)).collect()
}

fn rows(path: &Path) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    reader.build().unwrap().map(Result::unwrap).collect()
}

fn times(path: &Path) -> Vec<i64> {
    let column = |batch: &RecordBatch| batch.column(0).as_primitive::<Int64Type>().values().to_vec();
    rows(path).iter().flat_map(column).collect()
}

const DAY: i64 = 86_400_000;
const START: i64 = 1_700_000_000_000 / DAY * DAY;

#[test]
fn every_partition_is_a_sorted_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut events: Vec<Event> =
        (0..5000).map(|n| Event::new(START + (n * 99_991) % (2 * DAY), 0, n as u64)).collect();
    for event in &mut events {
        if event.record % 5 == 0 {
            event.account = None;
        }
    }
    let manifest = publish(&open(dir.path()), "a", &events, 300, 1 << 30);
    let paths: Vec<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
    let group = &manifest.group;
    let expected: Vec<String> = ["111122223333", "unknown"]
        .iter()
        .flat_map(|account| {
            ["20231114", "20231115"].map(|day| {
                format!("ext/invented/region=us-east-1/accountId={account}/eventDay={day}/{group}-0.parquet")
            })
        })
        .collect();
    assert_eq!(paths, expected);
    let mut total = 0;
    for file in &manifest.files {
        let times = times(&dir.path().join(&file.path));
        assert!(times.is_sorted());
        assert_eq!((times.first(), times.last()), (Some(&file.min_time), Some(&file.max_time)));
        assert_eq!(times.len() as u64, file.rows);
        total += times.len();
    }
    assert_eq!(total, events.len());
}

#[test]
fn rows_of_equal_time_keep_the_order_of_their_records() {
    let dir = tempfile::tempdir().unwrap();
    let mut events: Vec<Event> =
        (0..50).flat_map(|n| [Event::new(START, 1, n), Event::new(START, 0, n)]).collect();
    events.reverse();
    publish(&open(dir.path()), "a", &events, 7, 1 << 30);
    let rows = rows(&parquet_files(dir.path())[0]);
    let uids: Vec<String> = rows
        .iter()
        .flat_map(|batch| {
            let users = batch.column(3).as_struct();
            users.column(1).as_string::<i32>().iter().map(|uid| uid.unwrap().to_owned()).collect::<Vec<_>>()
        })
        .collect();
    let expected: Vec<String> =
        (0..2).flat_map(|object| (0..50).map(move |record| format!("arn:{object}:{record}"))).collect();
    assert_eq!(uids, expected);
}

#[test]
fn pages_and_dictionaries_stay_below_a_million_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let mut events: Vec<Event> = (0..20_000).map(|n| Event::new(START + n, 0, n as u64)).collect();
    for event in &mut events {
        // Narrow values first, then wide ones: what makes a page outgrow a limit that is looked at too late.
        let width = if event.record < 10_000 { 10 } else { 5_000 };
        event.text = format!("{:width$}", event.record);
        event.user = Some(format!("{:>200}", event.record));
    }
    events[15_000].text = "x".repeat(1_500_000);
    publish(&open(dir.path()), "a", &events, 4096, 1 << 30);
    let reader = SerializedFileReader::new(File::open(&parquet_files(dir.path())[0]).unwrap()).unwrap();
    let mut over = 0;
    for group in 0..reader.num_row_groups() {
        let row_group = reader.get_row_group(group).unwrap();
        for column in 0..row_group.num_columns() {
            for page in row_group.get_column_page_reader(column).unwrap() {
                over += usize::from(page.unwrap().buffer().len() > 1_000_000);
            }
        }
    }
    assert_eq!(over, 1, "only the page of the value that is larger by itself");
}

#[test]
fn files_and_row_groups_are_cut_by_the_bytes_of_their_records() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = LakeSettings::new(dir.path());
    let mut options = FileOptions::default();
    options.row_group_bytes = 1 << 20;
    options.file_bytes = 3 << 20;
    settings.files = options;
    let mut events: Vec<Event> = (0..40_000).map(|n| Event::new(START + n, 0, n as u64)).collect();
    for event in &mut events {
        event.text = "x".repeat(150);
    }
    let manifest = publish(&Lake::open(settings).unwrap(), "a", &events, 4096, 1 << 30);
    assert_eq!(manifest.files.len(), 3);
    assert!(manifest.files[0].path.ends_with("-0.parquet") && manifest.files[2].path.ends_with("-2.parquet"));
    assert!(manifest.files.windows(2).all(|pair| pair[0].max_time <= pair[1].min_time));
    let reader =
        SerializedFileReader::new(File::open(dir.path().join(&manifest.files[0].path)).unwrap()).unwrap();
    assert!(reader.num_row_groups() >= 2);
}

#[test]
fn the_footer_says_what_the_file_is() {
    let dir = tempfile::tempdir().unwrap();
    let events: Vec<Event> = (0..100).map(|n| Event::new(START + n, 0, n as u64)).collect();
    publish(&open(dir.path()), "a", &events, 100, 1 << 30);
    let reader = SerializedFileReader::new(File::open(&parquet_files(dir.path())[0]).unwrap()).unwrap();
    let metadata = reader.metadata();
    let entries = metadata.file_metadata().key_value_metadata().unwrap();
    let value =
        |key: &str| entries.iter().find(|entry| entry.key == key).and_then(|entry| entry.value.as_deref());
    assert_eq!(value("ocsf.version"), Some("1.1.0"));
    assert_eq!(value("ocsf.class_uid"), Some("6003"));
    assert_eq!(value("ocsf.mapper"), Some("invented"));
    assert_eq!(value("ocsf.schema_fingerprint").map(str::len), Some(16));
    assert!(value("ARROW:schema").is_none());
    let group = metadata.row_group(0);
    let column =
        |path: &str| group.columns().iter().find(|column| column.column_path().string() == path).unwrap();
    assert!(group.columns().iter().all(|column| matches!(column.compression(), Compression::ZSTD(_))));
    assert!(column("time").encodings().any(|encoding| encoding == Encoding::DELTA_BINARY_PACKED));
    assert!(column("time").statistics().is_some() && column("time").column_index_offset().is_some());
    assert!(column("user.uid").bloom_filter_offset().is_some());
    assert!(column("user.name").bloom_filter_offset().is_none());
    assert_eq!(column("labels.list.element").column_path().string(), "labels.list.element");
    assert_eq!(column("unmapped.key_value.value").column_path().string(), "unmapped.key_value.value");
    assert_eq!(group.sorting_columns().map(|columns| columns[0].column_idx), Some(0));
}

/// Events whose order, partitions and texts vary.
fn any_events() -> impl Strategy<Value = Vec<Event>> {
    let event = (0..3 * DAY, 0..3u32, 0..3usize, 0..4usize, "[a-zé]{0,40}");
    proptest::collection::vec(event, 1..400).prop_map(|parts| {
        parts
            .into_iter()
            .enumerate()
            .map(|(record, (time, object, account, region, text))| Event {
                account: [None, Some("111122223333"), Some("444455556666")][account],
                region: [None, Some("us-east-1"), Some("eu-west-1"), Some("ap-south-1")][region],
                user: (record % 4 != 0).then(|| format!("user-{}", record % 11)),
                text,
                ..Event::new(START + time, object, record as u64)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn neither_batches_nor_memory_show_in_the_files(
        events in any_events(),
        batch_rows in 1..100usize,
        memory in 1..60_000usize,
    ) {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        publish(&open(one.path()), "a", &events, events.len(), 1 << 30);
        publish(&open(other.path()), "a", &events, batch_rows, memory);
        prop_assert!(tree(one.path()) == tree(other.path()), "trees differ");
    }
}
