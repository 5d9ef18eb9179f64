//! Publishing: whole groups, once, and back again.

use std::fs;

use ocsf_lake::{FileOptions, Lake, LakeError, LakeOptions, LakeSettings, SideFile};

use crate::events::{Event, MAPPER, batch, table};
use crate::{input, open, publish, tree};

fn events() -> Vec<Event> {
    (0..100).map(|n| Event::new(1_700_000_000_000 + n, 0, n as u64)).collect()
}

#[test]
fn a_group_is_published_whole_and_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    let manifest = publish(&first, "a", &events(), 10, 1 << 30);
    drop(first);
    let again = open(dir.path());
    assert_eq!(again.manifests().unwrap(), std::slice::from_ref(&manifest));
    assert_eq!(manifest.inputs, [input("a")]);
    assert_eq!(manifest.counts.events, 100);
    drop(again);
    let names: Vec<String> = tree(dir.path()).into_keys().collect();
    assert_eq!(
        names,
        [
            "_ocsf/lake.json".to_owned(),
            format!("_ocsf/manifest/{}.json", manifest.group),
            manifest.files[0].path.clone()
        ]
    );
}

#[test]
fn a_group_that_is_dropped_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let mut group = lake.group(1).unwrap();
    let handle = group.table(&table(), &MAPPER).unwrap();
    group.write(handle, &batch(&events())).unwrap();
    drop(group.finish().unwrap());
    drop(lake);
    assert!(tree(dir.path()).is_empty());
}

#[test]
fn the_same_group_writes_the_same_files_again() {
    let dir = tempfile::tempdir().unwrap();
    publish(&open(dir.path()), "a", &events(), 10, 1 << 30);
    let before = tree(dir.path());
    publish(&open(dir.path()), "a", &events(), 33, 1 << 30);
    assert!(before == tree(dir.path()));
}

#[test]
fn removal_takes_exactly_the_files_of_the_group() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let first = publish(&lake, "a", &events(), 10, 1 << 30);
    let second = publish(&lake, "b", &events(), 10, 1 << 30);
    lake.remove(std::slice::from_ref(&first.group)).unwrap();
    assert_eq!(lake.manifests().unwrap(), std::slice::from_ref(&second));
    assert!(dir.path().join(&second.files[0].path).exists());
    assert!(!dir.path().join(&first.files[0].path).exists());
}

#[cfg(unix)]
#[test]
fn what_was_not_published_whole_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let kept = publish(&lake, "a", &events(), 10, 1 << 30);
    let before = tree(&dir.path().join("ext"));
    // A folder in the place of the file of rejects: the events are there when the publication fails.
    let mut group = lake.group(1 << 30).unwrap();
    let handle = group.table(&table(), &MAPPER).unwrap();
    group.write(handle, &batch(&events())).unwrap();
    fs::write(group.staging_dir().join("rejects"), "bad").unwrap();
    let side = SideFile { name: "rejects".into(), folder: "_rejects".into(), suffix: String::new() };
    let record = ocsf_lake::GroupRecord {
        inputs: vec![input("b")],
        side_files: vec![side],
        ..ocsf_lake::GroupRecord::default()
    };
    let blocked = format!("_rejects/{}/x", lake.group_name(&record.inputs, &record.mappings));
    fs::create_dir_all(dir.path().join(blocked)).unwrap();
    lake.publish(group.finish().unwrap(), record).unwrap_err();
    assert_eq!(tree(&dir.path().join("ext")).len(), 2);
    fs::remove_dir_all(dir.path().join("_rejects")).unwrap();
    assert_eq!(lake.manifests().unwrap(), [kept]);
    assert!(before == tree(&dir.path().join("ext")));
}

#[test]
fn a_lost_manifest_does_not_go_unnoticed() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let lost = publish(&lake, "a", &events(), 10, 1 << 30);
    let manifest = dir.path().join(format!("_ocsf/manifest/{}.json", lost.group));
    let (text, file) = (fs::read(&manifest).unwrap(), &lost.files[0].path);
    fs::remove_file(&manifest).unwrap();
    let error = lake.manifests().unwrap_err();
    assert!(matches!(&error, LakeError::Unlisted { count: 1, path, .. } if path == file), "{error}");
    fs::write(&manifest, &text).unwrap();
    assert_eq!(lake.manifests().unwrap(), std::slice::from_ref(&lost));
    // Files that somebody removed on purpose are not missed.
    fs::remove_file(dir.path().join(file)).unwrap();
    assert_eq!(lake.manifests().unwrap(), [lost]);
}

#[test]
fn one_run_writes_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    let error = Lake::open(LakeSettings::new(dir.path())).unwrap_err();
    assert!(matches!(error, LakeError::Busy { .. }), "{error}");
    drop(first);
    open(dir.path());
}

#[test]
fn side_files_carry_the_name_of_the_group() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let group = lake.group(1 << 20).unwrap();
    fs::write(group.staging_dir().join("rejects"), "bad").unwrap();
    let record = ocsf_lake::GroupRecord {
        inputs: vec![input("a")],
        side_files: vec![SideFile {
            name: "rejects".into(),
            folder: "_rejects".into(),
            suffix: ".ndjson.zst".into(),
        }],
        ..ocsf_lake::GroupRecord::default()
    };
    let manifest = lake.publish(group.finish().unwrap(), record).unwrap().unwrap();
    assert_eq!(manifest.side_files, [format!("_rejects/{}.ndjson.zst", manifest.group)]);
    assert_eq!(fs::read_to_string(dir.path().join(&manifest.side_files[0])).unwrap(), "bad");
}

#[test]
fn a_folder_of_other_things_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("precious.txt"), "x").unwrap();
    let error = Lake::open(LakeSettings::new(dir.path())).unwrap_err();
    assert!(matches!(error, LakeError::Foreign { ref example, .. } if example == "precious.txt"), "{error}");
}

#[test]
fn other_options_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let settings = |version: &str| {
        let mut settings = LakeSettings::new(dir.path());
        settings.options = LakeOptions::from([("ocsf".to_owned(), version.to_owned())]);
        settings
    };
    publish(&Lake::open(settings("1.1.0")).unwrap(), "a", &events(), 10, 1 << 30);
    assert!(Lake::open(settings("1.1.0")).is_ok());
    let error = Lake::open(settings("1.3.0")).unwrap_err();
    assert_eq!(error.to_string(), "the lake was begun with other options: ocsf 1.1.0, now 1.3.0");
}

#[test]
fn a_damaged_manifest_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let manifest = publish(&lake, "a", &events(), 10, 1 << 30);
    let path = format!("_ocsf/manifest/{}.json", manifest.group);
    fs::write(dir.path().join(&path), "{").unwrap();
    let error = lake.manifests().unwrap_err();
    assert!(matches!(error, LakeError::Damaged { path: ref at, .. } if *at == path), "{error}");
}

#[test]
fn a_provider_location_gets_no_second_prefix_and_its_state_lies_elsewhere() {
    let (out, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(out.path().join("somebody-elses.parquet"), "x").unwrap();
    let mut settings = LakeSettings::new(out.path());
    settings.state = Some(state.path().into());
    let mut files = FileOptions::default();
    files.provider_location = true;
    files.lake_region = Some("eu-west-1".into());
    settings.files = files;
    let lake = Lake::open(settings).unwrap();
    let manifest = publish(&lake, "a", &events(), 10, 1 << 30);
    assert!(manifest.files[0].path.starts_with("region=eu-west-1/accountId=111122223333/eventDay="));
    assert!(state.path().join("_ocsf/lake.json").exists());
    assert!(!out.path().join("_ocsf/lake.json").exists());
}
