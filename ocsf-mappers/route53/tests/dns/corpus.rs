//! Real logs, and an independent validator, where they are at hand: in the folder that `OCSF_SHARED` names, else in
//! `shared` beside the repository.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use ocsf_core::schema::VERSIONS;
use ocsf_core::testing::map;
use ocsf_core::{Mapper, MapperOptions, Sample, Verdict};
use ocsf_route53::{sniff_public, sniff_resolver};

use super::{golden, options, public, resolver};

fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("OCSF_SHARED").map_or(beside, PathBuf::from);
    let is_there = folder.join("corpus").is_dir();
    if !is_there {
        eprintln!("skipped: no real logs at hand");
    }
    is_there.then_some(folder)
}

/// Name and decompressed content of every file of a folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let mut bytes = std::fs::read(path).expect("its bytes");
        if bytes.starts_with(&[0x1F, 0x8B]) {
            let mut plain = Vec::new();
            if flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).is_ok() {
                bytes = plain;
            }
        }
        (path.to_string_lossy().into_owned(), bytes)
    };
    paths.iter().filter(|path| path.is_file()).map(read).collect()
}

/// All events of a folder, one a line; every record must be one.
fn events<M: Mapper>(make: impl Fn(&MapperOptions) -> M, version: &str, folder: &Path) -> String {
    let mut lines = String::new();
    for (name, input) in files(folder) {
        let mapped = map(&mut make(&options(version)), &input);
        assert!(mapped.counts.events > 0, "{name}");
        assert_eq!(mapped.counts.events, mapped.counts.records, "{name}: {:?}", mapped.rejects);
        for (_, event) in mapped.events.iter().flatten() {
            let _ = writeln!(lines, "{event}");
        }
    }
    lines
}

#[test]
fn real_and_invented_queries_become_valid_events() {
    let Some(shared) = shared() else { return };
    for version in VERSIONS {
        let lines = events(resolver, version, &shared.join("corpus/route53_resolver"))
            + &events(public, version, &shared.join("corpus/route53_public"))
            + &golden::recorded(version);
        judge(&shared, version, &lines);
    }
}

#[test]
fn real_logs_are_recognised_and_others_are_left_alone() {
    let Some(shared) = shared() else { return };
    let folders = std::fs::read_dir(shared.join("corpus")).expect("a folder");
    for folder in folders.map(|folder| folder.expect("a folder").path()).filter(|path| path.is_dir()) {
        let source = folder.file_name().expect("a name").to_string_lossy().into_owned();
        for (name, input) in files(&folder) {
            let head = &input[..input.len().min(64 << 10)];
            let sample = Sample { name: &name, head, complete: head.len() == input.len() };
            let found = [sniff_resolver(&sample), sniff_public(&sample)].map(|verdict| match verdict {
                Verdict::Source { confidence, .. } => confidence > 0.9,
                other => {
                    assert_eq!(other, Verdict::No, "{name}");
                    false
                }
            });
            assert_eq!(found, [source == "route53_resolver", source == "route53_public"], "{name}");
        }
    }
}

/// Has an independent validator judge the events.
fn judge(shared: &Path, version: &str, lines: &str) {
    let mut file = tempfile::NamedTempFile::with_suffix(".ndjson").expect("a file");
    file.write_all(lines.as_bytes()).expect("room for it");
    let mut command = Command::new("python3");
    command.arg(shared.join("judge/validate_event.py")).arg("--dir").arg(shared.join("ocsf/compiled"));
    let Ok(output) = command.arg(file.path()).output() else {
        eprintln!("skipped: no Python to judge the events");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "OCSF {version}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
}
