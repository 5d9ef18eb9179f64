//! A state that is kept elsewhere is of one output.

use std::fs;
use std::path::Path;

use ocsf_lake::{Lake, LakeError, LakeSettings};

use crate::events::Event;
use crate::{publish, tree};

fn open(out: &Path, state: &Path) -> Lake {
    let mut settings = LakeSettings::new(out);
    settings.state = Some(state.into());
    Lake::open(settings).unwrap()
}

fn events() -> Vec<Event> {
    (0..50).map(|n| Event::new(1_700_000_000_000 + n, 0, n as u64)).collect()
}

/// An output and its state, with one group.
fn begun() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(&dir.path().join("a"), &dir.path().join("state"));
    assert!(lake.state().unwrap().groups.is_empty());
    publish(&lake, "x", &events(), 10, 1 << 30);
    dir
}

#[test]
fn a_second_output_is_refused_and_nothing_is_touched() {
    let dir = begun();
    let (b, state) = (dir.path().join("b"), dir.path().join("state"));
    let before = tree(&state);
    let error = open(&b, &state).state().unwrap_err();
    let LakeError::OtherOutput { was, now, .. } = &error else { panic!("{error}") };
    assert!(was.ends_with("/a") && now.ends_with("/b"), "{error}");
    assert!(before == tree(&state));
    assert!(tree(&b).is_empty());
    assert_eq!(open(&dir.path().join("a"), &state).state().unwrap().groups.len(), 1);
}

#[test]
fn two_first_runs_to_two_outputs_do_not_share_a_state() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b, state) = (dir.path().join("a"), dir.path().join("b"), dir.path().join("state"));
    let (first, second) = (open(&a, &state), open(&b, &state));
    assert!(first.state().unwrap().groups.is_empty() && second.state().unwrap().groups.is_empty());
    publish(&first, "x", &events(), 10, 1 << 30);
    let error = second.publish(second.group(1).unwrap().finish().unwrap(), record()).unwrap_err();
    assert!(matches!(error, LakeError::OtherOutput { .. }), "{error}");
    assert_eq!(first.state().unwrap().groups.len(), 1);
}

fn record() -> ocsf_lake::GroupRecord {
    ocsf_lake::GroupRecord { inputs: vec![crate::input("y")], ..ocsf_lake::GroupRecord::default() }
}

#[test]
fn a_lake_that_was_moved_goes_on_with_its_state() {
    let dir = begun();
    let (a, b, state) = (dir.path().join("a"), dir.path().join("b"), dir.path().join("state"));
    fs::rename(&a, &b).unwrap();
    let lake = open(&b, &state);
    assert_eq!(lake.state().unwrap().groups.len(), 1);
    publish(&lake, "y", &events(), 10, 1 << 30);
    drop(lake);
    // The state has followed it: where it was, there is another lake now.
    let error = open(&a, &state).state().unwrap_err();
    assert!(matches!(&error, LakeError::OtherOutput { was, .. } if was.ends_with("/b")), "{error}");
}

#[test]
fn without_its_note_a_state_goes_with_any_output() {
    let dir = begun();
    let (b, state) = (dir.path().join("b"), dir.path().join("state"));
    fs::remove_file(state.join("_ocsf/output.json")).unwrap();
    let lake = open(&b, &state);
    assert_eq!(lake.state().unwrap().groups.len(), 1);
    publish(&lake, "y", &events(), 10, 1 << 30);
    drop(lake);
    let error = open(&dir.path().join("a"), &state).state().unwrap_err();
    assert!(matches!(error, LakeError::OtherOutput { .. }), "{error}");
}

#[test]
fn a_lake_is_no_state_of_another_and_a_state_no_lake() {
    let dir = begun();
    let (a, state) = (dir.path().join("a"), dir.path().join("state"));
    let error = Lake::open(LakeSettings::new(&*state)).unwrap().state().unwrap_err();
    assert!(matches!(&error, LakeError::OtherOutput { now, .. } if now.ends_with("/state")), "{error}");
    let (lake, b) = (dir.path().join("lake"), dir.path().join("b"));
    publish(&Lake::open(LakeSettings::new(&*lake)).unwrap(), "x", &events(), 10, 1 << 30);
    let error = open(&b, &lake).state().unwrap_err();
    assert!(matches!(&error, LakeError::OtherOutput { was, .. } if was.ends_with("/lake")), "{error}");
    // Named twice, it is the same.
    assert_eq!(open(&lake, &lake).state().unwrap().groups.len(), 1);
    assert_eq!(open(&a, &state).state().unwrap().groups.len(), 1);
}

#[test]
fn what_killed_runs_left_in_a_state_goes() {
    let dir = begun();
    let (a, state) = (dir.path().join("a"), dir.path().join("state"));
    let before = tree(&state);
    let group = "0123456789abcdef0123456789abcdef";
    for left in [
        format!("trace/.{group}.parquet.part"),
        format!("manifest/{group}.json#1"),
        format!("announced/{group}.json#2"),
        "output.json#1".to_owned(),
    ] {
        let path = state.join("_ocsf").join(left);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "half").unwrap();
    }
    open(&a, &state).state().unwrap();
    assert!(before == tree(&state));
}
