//! Real CloudTrail logs at every version: each event is valid, each record is accounted for, nothing panics.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::MultiGzDecoder;
use ocsf_core::schema::VERSIONS;
use ocsf_core::testing::{Mapped, faults, map, map_in_pieces};
use ocsf_core::{MapperOptions, Unmapped};

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of logs");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// The content of a file, decompressed; what can be had of it when it is torn.
fn content(file: &Path) -> Vec<u8> {
    let bytes = fs::read(file).expect("a file");
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return bytes;
    }
    let mut content = Vec::new();
    let _ = MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut content);
    content
}

/// Events of every real log, at every version and with every form of `unmapped`.
fn check_all(shared: &Path, mut each: impl FnMut(&MapperOptions, &Mapped)) {
    let inputs: Vec<_> = ["cloudtrail", "wrappers"]
        .iter()
        .map(|name| shared.join("corpus").join(name))
        .filter(|folder| folder.is_dir())
        .flat_map(|folder| files(&folder))
        .map(|file| (content(&file), file))
        .collect();
    assert!(!inputs.is_empty());
    for version in VERSIONS {
        for unmapped in [Unmapped::Map, Unmapped::Json] {
            let mut options = MapperOptions::default();
            (*version).clone_into(&mut options.version);
            options.unmapped = unmapped;
            let mut cloudtrail = ocsf_cloudtrail::mapper(&options).expect("the tables fit every version");
            for (content, file) in &inputs {
                let mapped = map(&mut cloudtrail, content);
                for (event, (record, text)) in mapped.json().iter().zip(mapped.events.iter().flatten()) {
                    let faults = faults(event);
                    assert!(faults.is_empty(), "{} record {record}: {faults:?}\n{text}", file.display());
                }
                each(&options, &mapped);
            }
        }
    }
}

#[test]
fn every_event_of_real_logs_is_valid() {
    let Some(shared) = ocsf_tests::shared() else {
        println!("skipped: no real logs");
        return;
    };
    let mut events = 0;
    check_all(&shared, |_, mapped| events += mapped.counts.events);
    assert!(events > 1_000, "{events}");
}

#[test]
fn real_logs_give_the_same_in_pieces() {
    let Some(shared) = ocsf_tests::shared() else {
        println!("skipped: no real logs");
        return;
    };
    let mut mapper = ocsf_cloudtrail::mapper(&MapperOptions::default()).expect("the tables fit");
    for file in files(&shared.join("corpus/cloudtrail")) {
        let content = content(&file);
        let whole = map(&mut mapper, &content);
        for size in [997, 65_536] {
            let pieces = map_in_pieces(&mut mapper, &content, &mut || size, false);
            assert!(pieces == whole, "{} in pieces of {size}", file.display());
        }
    }
}

#[test]
fn an_outside_validator_finds_no_errors() {
    let shared = ocsf_tests::shared();
    let judge =
        shared.as_ref().map(|shared| shared.join("judge/validate_event.py")).filter(|judge| judge.is_file());
    let (Some(shared), Some(judge), true) =
        (shared, judge, Command::new("python3").arg("-V").output().is_ok())
    else {
        println!("skipped: no validator");
        return;
    };
    let mut events = tempfile::NamedTempFile::new().expect("a file");
    check_all(&shared, |options, mapped| {
        if options.unmapped == Unmapped::Map {
            for (_, text) in mapped.events.iter().flatten() {
                writeln!(events, "{text}").expect("room");
            }
        }
    });
    let judged = Command::new("python3")
        .arg(judge)
        .arg("--dir")
        .arg(shared.join("ocsf/compiled"))
        .arg(events.path())
        .output()
        .expect("the validator runs");
    let found = String::from_utf8_lossy(&judged.stdout);
    let errors: Vec<_> =
        found.lines().filter(|line| line.trim_start().starts_with("error")).take(10).collect();
    assert!(judged.status.success() && errors.is_empty(), "{errors:#?}");
}
