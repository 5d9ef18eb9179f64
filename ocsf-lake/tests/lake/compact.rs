//! Compaction: fewer files, the same events, at whatever point it is killed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use ocsf_lake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ocsf_lake::{CompactOptions, Compaction, Lake, LakeError, LakeState, trace_row};

use crate::events::Event;
use crate::{open, publish, tree};

const DAY: i64 = 1_700_000_000_000;

/// Events of a group that shares its times with others.
fn events(group: i64, rows: i64) -> Vec<Event> {
    let event = |n: i64| {
        let mut event = Event::new(DAY + n * 1000 + group % 3, 0, (n * 100 + group) as u64);
        event.account = Some(if n % 5 == 0 { "444455556666" } else { "111122223333" });
        event
    };
    (0..rows).map(event).collect()
}

fn publish_groups(lake: &Lake, groups: std::ops::Range<i64>) {
    for group in groups {
        publish(lake, &format!("key-{group}"), &events(group, 40), 7, 1 << 30);
    }
}

fn options() -> CompactOptions {
    CompactOptions::default()
}

fn compact(lake: &Lake, options: &CompactOptions) -> Vec<Compaction> {
    let state = lake.state().unwrap();
    let plan = lake.plan_compaction(&state, options, |_| true, &|| false).unwrap();
    assert!(plan.unreadable.is_empty());
    let merged =
        plan.merges.into_iter().map(|mut merge| lake.merge(&mut merge, options, &|| false).unwrap().unwrap());
    let mut merged: Vec<_> = merged.collect();
    merged.sort_by(|a, b| a.compaction.cmp(&b.compaction));
    merged
}

/// All rows of a lake as text, by folder, in the order of folders; sorted within each.
fn rows(dir: &Path) -> BTreeMap<String, Vec<String>> {
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in tree(&dir.join("ext")).into_keys() {
        let file = fs::File::open(dir.join("ext").join(&path)).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        let folder = rows.entry(path.rsplit_once('/').unwrap().0.to_owned()).or_default();
        for batch in reader.map(Result::unwrap) {
            folder.extend((0..batch.num_rows()).map(|row| format!("{:?}", batch.slice(row, 1).columns())));
        }
    }
    for rows in rows.values_mut() {
        rows.sort();
    }
    rows
}

#[test]
fn small_files_become_one_with_the_same_rows() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    publish_groups(&lake, 0..6);
    let before = rows(dir.path());
    assert_eq!(tree(&dir.path().join("ext")).len(), 12);
    let done = compact(&lake, &options());
    assert_eq!(done.len(), 2);
    assert!(before == rows(dir.path()));
    assert_eq!(tree(&dir.path().join("ext")).len(), 2);
    assert_eq!(done.iter().map(|one| one.files[0].rows).sum::<u64>(), 240);
    // The manifests still cover all inputs, and a second look finds nothing to do.
    let state = lake.state().unwrap();
    assert_eq!((state.groups.len(), state.compactions.len()), (6, 2));
    assert_eq!(state.files().count(), 2);
    assert!(compact(&lake, &options()).is_empty());
    drop(lake);
    assert!(!dir.path().join("_ocsf/staging").exists());
}

#[test]
fn the_same_lake_gives_the_same_bytes_whatever_the_memory() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for (dir, memory) in dirs.iter().zip([1 << 30, 1]) {
        let lake = open(dir.path());
        publish_groups(&lake, 0..5);
        let mut options = options();
        options.memory_bytes = memory;
        compact(&lake, &options);
    }
    assert!(tree(dirs[0].path()) == tree(dirs[1].path()));
}

#[test]
fn rows_keep_the_order_of_the_files_and_lead_back_to_them() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    publish_groups(&lake, 0..4);
    let uids = |file: &Path| {
        let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(file).unwrap()).unwrap();
        let batches: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
        let rows = batches.iter().flat_map(|batch| {
            let times = batch.column(0).as_primitive::<Int64Type>().values().to_vec();
            let users = batch.column_by_name("user").unwrap().as_struct();
            let uids = users.column_by_name("uid").unwrap().as_string::<i32>();
            times.into_iter().zip(uids.iter().map(|uid| uid.unwrap().to_owned()).collect::<Vec<_>>())
        });
        rows.collect::<Vec<(i64, String)>>()
    };
    let read = |lake: &Lake| -> BTreeMap<String, Vec<(i64, String)>> {
        lake.state()
            .unwrap()
            .files()
            .map(|file| (file.path.clone(), uids(&dir.path().join(&file.path))))
            .collect()
    };
    let mut was = read(&lake);
    compact(&lake, &options());
    // Once more, with files that were there and one that was merged before.
    publish_groups(&lake, 4..6);
    let later = read(&lake);
    was.extend(
        later
            .into_iter()
            .filter(|(path, _)| !lake.state().unwrap().compactions.iter().any(|c| c.files[0].path == *path)),
    );
    let done = compact(&lake, &options());
    let state = lake.state().unwrap();
    assert!(state.compactions == done);
    assert_eq!(tree(&dir.path().join("_ocsf/trace")).len(), 2);
    for compaction in &done {
        assert_eq!(compaction.replaces.len(), 6);
        let is = uids(&dir.path().join(&compaction.files[0].path));
        let mut places = Vec::new();
        for (number, row) in is.iter().enumerate() {
            let from = trace_row(&dir.path().join(&compaction.trace), 0, number as u64).unwrap().unwrap();
            assert_eq!(&was[&from.object][from.record as usize], row);
            places.push((row.0, from.object, from.record));
        }
        assert!(places.is_sorted());
    }
}

#[test]
fn large_files_stay_and_targets_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    publish_groups(&lake, 0..6);
    let sizes: Vec<u64> = lake.state().unwrap().files().map(|file| file.bytes).collect();
    let mut options = options();
    options.target_bytes = *sizes.iter().min().unwrap();
    assert!(compact(&lake, &options).is_empty());
    options.target_bytes = *sizes.iter().max().unwrap() * 3;
    assert_eq!(compact(&lake, &options).len(), 4);
}

/// The states that a killed compaction leaves: a copy of the lake before, and what the compaction wrote.
fn interrupted(phase: &str) -> (tempfile::TempDir, LakeState) {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    publish_groups(&lake, 0..3);
    let before = tree(dir.path());
    let done = compact(&lake, &options());
    for compaction in &done {
        let record = dir.path().join(format!("_ocsf/compaction/{}.json", compaction.compaction));
        let text = fs::read_to_string(&record).unwrap();
        let mut text: serde_json::Value = serde_json::from_str(&text).unwrap();
        text["phase"] = phase.into();
        text["merged"] = before.keys().filter(|path| path.starts_with(folder(compaction))).cloned().collect();
        text.as_object_mut().unwrap().remove("sha256");
        let text = serde_json::to_string_pretty(&text).unwrap();
        let body = text.strip_suffix("\n}").unwrap();
        let hash = <sha2::Sha256 as sha2::Digest>::digest(body);
        fs::write(&record, format!("{body},\n  \"sha256\": \"{hash:x}\"\n}}\n")).unwrap();
    }
    for (path, bytes) in before.iter().filter(|(path, _)| path.starts_with("ext")) {
        fs::write(dir.path().join(path), bytes).unwrap();
    }
    let mut state = LakeState::default();
    state.compactions = done;
    (dir, state)
}

fn folder(compaction: &Compaction) -> &str {
    compaction.files[0].path.rsplit_once('/').unwrap().0
}

#[test]
fn a_compaction_whose_file_is_there_is_finished() {
    let (dir, done) = interrupted("replacing");
    let state = open(dir.path()).state().unwrap();
    assert!(state.compactions == done.compactions);
    assert_eq!(tree(&dir.path().join("ext")).len(), 2);
    assert_eq!(rows(dir.path()).values().map(Vec::len).sum::<usize>(), 120);
}

#[test]
fn a_compaction_whose_file_is_not_there_is_taken_back() {
    let (dir, done) = interrupted("replacing");
    fs::remove_file(dir.path().join(&done.compactions[0].files[0].path)).unwrap();
    let state = open(dir.path()).state().unwrap();
    assert_eq!(state.compactions.len(), 1);
    assert_eq!(rows(dir.path()).values().map(Vec::len).sum::<usize>(), 120);
    assert_eq!(tree(&dir.path().join("ext")).len(), 4);
    assert_eq!(tree(&dir.path().join("_ocsf/trace")).len(), 1);
}

#[test]
fn what_was_lost_besides_is_told() {
    let (dir, done) = interrupted("replacing");
    let compaction = &done.compactions[0];
    fs::remove_file(dir.path().join(&compaction.files[0].path)).unwrap();
    fs::remove_file(dir.path().join(&compaction.replaced().next().unwrap().path)).unwrap();
    let rest = |dir: &Path| tree(&dir.join(folder(compaction)));
    let before = rest(dir.path());
    let error = open(dir.path()).state().unwrap_err();
    assert!(matches!(error, LakeError::Damaged { .. }), "{error}");
    assert!(before.len() == 2 && before == rest(dir.path()));
}

#[test]
fn a_group_goes_with_all_that_it_was_merged_with() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    publish_groups(&lake, 0..3);
    compact(&lake, &options());
    publish_groups(&lake, 7..8);
    let state = lake.state().unwrap();
    let merged = state.compactions[0].replaces.keys().next().unwrap();
    assert_eq!(state.groups_with([merged.as_str()]).len(), 3);
    lake.remove(std::slice::from_ref(merged)).unwrap();
    let state = lake.state().unwrap();
    assert_eq!((state.groups.len(), state.compactions.len()), (1, 0));
    assert_eq!(rows(dir.path()).values().map(Vec::len).sum::<usize>(), 40);
    assert!(!dir.path().join("_ocsf/trace").exists());
}

#[test]
fn a_removal_that_was_interrupted_is_completed() {
    let (dir, _) = interrupted("removing");
    let state = open(dir.path()).state().unwrap();
    assert_eq!(state, LakeState::default());
    assert!(!dir.path().join("ext").exists());
}

#[test]
fn a_lost_manifest_of_a_merged_group_does_not_go_unnoticed() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    publish_groups(&lake, 0..3);
    compact(&lake, &options());
    let group = &lake.state().unwrap().groups[0].group;
    fs::remove_file(dir.path().join(format!("_ocsf/manifest/{group}.json"))).unwrap();
    let error = lake.state().unwrap_err();
    assert!(matches!(&error, LakeError::Damaged { path, .. } if path.contains(group)), "{error}");
}

#[test]
fn a_lost_record_of_a_compaction_does_not_go_unnoticed() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    publish_groups(&lake, 0..3);
    let merged = &compact(&lake, &options())[0];
    fs::remove_file(dir.path().join(format!("_ocsf/compaction/{}.json", merged.compaction))).unwrap();
    let error = lake.state().unwrap_err();
    let lost = &merged.files[0].path;
    assert!(
        matches!(&error, LakeError::Unlisted { count: 1, merged: true, path } if path == lost),
        "{error}"
    );
}

#[test]
fn files_that_go_meanwhile_are_missing() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    publish_groups(&lake, 0..6);
    let state = lake.state().unwrap();
    let gone: Vec<_> =
        tree(&dir.path().join("ext")).into_keys().map(|path| dir.path().join("ext").join(path)).collect();
    // After the footers were read.
    let mut dedup = options();
    dedup.dedup = true;
    let remove = || {
        let _ = fs::remove_file(&gone[0]);
        false
    };
    let mut plan = lake.plan_compaction(&state, &dedup, |_| true, &remove).unwrap();
    assert_eq!((plan.missing, plan.merges.len()), (1, 2));
    // After the plan was made.
    fs::remove_file(&gone[1]).unwrap();
    let done = lake.merge(&mut plan.merges[0], &dedup, &|| false).unwrap().unwrap();
    assert_eq!((plan.merges[0].missing, done.replaces.values().flatten().count()), (1, 4));
    // One alone is not merged.
    let left = plan.merges[1].files().map(|file| dir.path().join(&file.path)).skip(1).collect::<Vec<_>>();
    for path in left {
        fs::remove_file(path).unwrap();
    }
    assert!(lake.merge(&mut plan.merges[1], &dedup, &|| false).unwrap().is_none());
    assert_eq!((plan.merges[1].missing, plan.merges[1].is_needed()), (5, false));
}

#[test]
fn a_plan_can_be_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    publish_groups(&lake, 0..6);
    let state = lake.state().unwrap();
    for dedup in [false, true] {
        let mut options = options();
        options.dedup = dedup;
        let plan = lake.plan_compaction(&state, &options, |_| true, &|| true);
        assert!(plan.unwrap().merges.is_empty());
    }
}
