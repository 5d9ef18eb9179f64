//! Real logs, where they are at hand: in the folder that `OCSF_SHARED` names, else in `shared` beside the repository.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use ocsf_core::schema::VERSIONS;

use super::{mapped, samples};

fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("OCSF_SHARED").map_or(beside, PathBuf::from);
    let found = folder.join("corpus/alb").is_dir().then_some(folder);
    if found.is_none() {
        eprintln!("skipped: no corpus of real logs at hand");
    }
    found
}

/// All files of a folder, decompressed, ordered by name.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).expect("its bytes");
        if !bytes.starts_with(&[0x1F, 0x8B]) {
            return (path, bytes);
        }
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).expect("gzip");
        (path, plain)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn real_logs_become_valid_events() {
    let Some(shared) = shared() else { return };
    for version in VERSIONS {
        let mut lines = String::new();
        for folder in ["alb", "alb_connection", "nlb", "clb", "elb_mixed"] {
            for (path, input) in files(&shared.join("corpus").join(folder)) {
                let mapped = mapped(version, &input);
                let refused: Vec<_> = mapped
                    .rejects
                    .iter()
                    .map(|reject| format!("{} {}", reject.at, String::from_utf8_lossy(&reject.raw)))
                    .collect();
                assert!(mapped.counts.events > 0, "{}: {refused:#?}", path.display());
                assert!(refused.is_empty(), "{}: {refused:#?}", path.display());
                mapped.events.iter().flatten().for_each(|(_, event)| {
                    lines.push_str(event);
                    lines.push('\n');
                });
            }
        }
        judge(&shared, version, &lines);
    }
}

#[test]
fn invented_logs_become_valid_events() {
    let Some(shared) = shared() else { return };
    for version in VERSIONS {
        let mut lines = String::new();
        for (_, sample) in samples() {
            mapped(version, &sample).events.iter().flatten().for_each(|(_, event)| {
                lines.push_str(event);
                lines.push('\n');
            });
        }
        judge(&shared, version, &lines);
    }
}

/// Has an independent validator judge the events.
fn judge(shared: &Path, version: &str, lines: &str) {
    let mut file = tempfile::NamedTempFile::with_suffix(".ndjson").expect("a file");
    file.write_all(lines.as_bytes()).expect("room for it");
    let mut command = Command::new("python3");
    command
        .arg(shared.join("judge/validate_event.py"))
        .arg("--strict")
        .arg("--dir")
        .arg(shared.join("ocsf/compiled"));
    let Ok(output) = command.arg(file.path()).output() else {
        eprintln!("skipped: no Python to judge the events");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "OCSF {version}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
    eprintln!("OCSF {version}: {}", text.lines().last().unwrap_or_default());
}
