//! Where rows come from: told for every row of every file, the same whatever the batches and the memory.

use std::fs::File;
use std::path::Path;

use arrow::array::AsArray;
use ocsf_lake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ocsf_lake::{GroupCounts, GroupRecord, Lake, LakeSettings, Manifest, TracedRow, trace_row};
use proptest::prelude::*;

use crate::events::{Event, MAPPER, batch, table};
use crate::{input, tree};

const DAY: i64 = 86_400_000;
const START: i64 = 1_700_000_000_000 / DAY * DAY;

fn traced(dir: &Path) -> LakeSettings {
    let mut settings = LakeSettings::new(dir);
    settings.files.trace = true;
    settings
}

fn publish(settings: LakeSettings, events: &[Event], batch_rows: usize, memory: usize) -> (Lake, Manifest) {
    let lake = Lake::open(settings).unwrap();
    let mut group = lake.group(memory).unwrap();
    // Objects 2 and 3 are parts of one: records that were rejected before, say.
    for (sequence, key, record, byte) in
        [(0, "logs/a", 0, 0), (1, "logs/b", 0, 0), (2, "logs/c", 70, 9_000), (3, "logs/c", 90, 12_000)]
    {
        group.object(sequence, key, record, byte);
    }
    let handle = group.table(&table(), &MAPPER).unwrap();
    for events in events.chunks(batch_rows) {
        group.write(handle, &batch(events)).unwrap();
    }
    let counts =
        GroupCounts { records: events.len() as u64, events: events.len() as u64, ..GroupCounts::default() };
    let record = GroupRecord { inputs: vec![input("a")], counts, ..GroupRecord::default() };
    let manifest = lake.publish(group.finish().unwrap(), record).unwrap().unwrap();
    (lake, manifest)
}

/// Object and record of each row, as a column of the invented events has them.
fn uids(path: &Path) -> Vec<(u32, u64)> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let of = |uid: &str| {
        let mut parts = uid.split(':').skip(1);
        (parts.next().unwrap().parse().unwrap(), parts.next().unwrap().parse().unwrap())
    };
    let batches = reader.build().unwrap().map(Result::unwrap);
    batches
        .flat_map(|batch| {
            let uids = batch.column(3).as_struct().column(1).clone();
            uids.as_string::<i32>().iter().map(|uid| of(uid.unwrap())).collect::<Vec<_>>()
        })
        .collect()
}

fn check_all_rows(dir: &Path, manifest: &Manifest) {
    let trace = dir.join(manifest.trace.as_ref().unwrap());
    for (number, file) in manifest.files.iter().enumerate() {
        let uids = uids(&dir.join(&file.path));
        assert_eq!(uids.len() as u64, file.rows);
        for (row, (object, record)) in uids.into_iter().enumerate() {
            let (key, first, byte) =
                [("logs/a", 0, 0), ("logs/b", 0, 0), ("logs/c", 70, 9_000), ("logs/c", 90, 12_000)]
                    [object as usize];
            let TracedRow { object, record: number_there, byte: byte_there, .. } =
                trace_row(&trace, number, row as u64).unwrap().unwrap();
            assert_eq!(
                (object.as_str(), number_there, byte_there),
                (key, record + first, record * 100 + byte),
                "{} row {row}",
                file.path
            );
        }
        assert_eq!(trace_row(&trace, number, file.rows).unwrap(), None);
    }
    assert_eq!(trace_row(&trace, manifest.files.len(), 0).unwrap(), None);
}

fn events(rows: u64) -> Vec<Event> {
    let place = |n: u64| (n.wrapping_mul(999_983) % (3 * DAY as u64)) as i64;
    (0..rows).map(|n| Event::new(START + place(n), (n % 4) as u32, n / 4)).collect()
}

#[test]
fn every_row_is_traced() {
    let dir = tempfile::tempdir().unwrap();
    let (lake, manifest) = publish(traced(dir.path()), &events(500), 64, 1 << 30);
    assert_eq!(manifest.trace, Some(format!("_ocsf/trace/{}.parquet", manifest.group)));
    assert_eq!(manifest.files.len(), 3);
    check_all_rows(dir.path(), &manifest);
    lake.remove(std::slice::from_ref(&manifest.group)).unwrap();
    assert_eq!(tree(dir.path()).into_keys().filter(|path| path.ends_with("parquet")).count(), 0);
}

#[test]
fn rows_are_found_in_any_row_group() {
    let dir = tempfile::tempdir().unwrap();
    let many: Vec<Event> =
        (0..300_000).map(|n| Event::new(START + i64::from(n), 1, u64::from(n as u32))).collect();
    let (_lake, manifest) = publish(traced(dir.path()), &many, 10_000, 1 << 30);
    let trace = dir.path().join(manifest.trace.unwrap());
    for row in [0, 131_071, 131_072, 299_999] {
        let found = trace_row(&trace, 0, row).unwrap().unwrap();
        assert_eq!((found.object.as_str(), found.record, found.byte), ("logs/b", row, row * 100));
    }
    let (sizes, traced) = (&manifest.files[0], trace.metadata().unwrap().len());
    assert!(traced * 10 < sizes.bytes, "{traced} of {}", sizes.bytes);
}

#[test]
fn a_trace_changes_no_event_file() {
    let (with, without) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_lake, manifest) = publish(traced(with.path()), &events(300), 64, 1 << 30);
    let (_other, plain) = publish(LakeSettings::new(without.path()), &events(300), 64, 1 << 30);
    assert_eq!((plain.trace, &plain.group, &plain.files), (None, &manifest.group, &manifest.files));
    for file in &manifest.files {
        let bytes = |dir: &Path| std::fs::read(dir.join(&file.path)).unwrap();
        assert!(bytes(with.path()) == bytes(without.path()), "{}", file.path);
    }
}

#[test]
fn it_lies_with_the_state() {
    let (out, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut settings = traced(out.path());
    settings.state = Some(state.path().into());
    let (lake, manifest) = publish(settings, &events(20), 64, 1 << 30);
    let trace = state.path().join(manifest.trace.as_ref().unwrap());
    assert!(trace_row(&trace, 0, 0).unwrap().is_some());
    lake.remove(std::slice::from_ref(&manifest.group)).unwrap();
    assert!(!trace.exists());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn neither_batches_nor_memory_show(rows in 1u64..1_500, batch_rows in 1usize..400, memory in 1usize..60_000) {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let events = events(rows);
        let (lake, manifest) = publish(traced(one.path()), &events, 100, 1 << 30);
        let (lake_of_other, _) = publish(traced(other.path()), &events, batch_rows, memory);
        drop((lake, lake_of_other));
        prop_assert!(tree(one.path()) == tree(other.path()));
        check_all_rows(other.path(), &manifest);
    }
}
