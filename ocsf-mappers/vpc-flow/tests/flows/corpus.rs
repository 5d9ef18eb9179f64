//! Real logs, where they are at hand: in the folder that `OCSF_SHARED` names, else in `shared` beside the repository.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{VERSIONS, events, map, options};

pub(crate) fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("OCSF_SHARED").map_or(beside, PathBuf::from);
    folder.join("corpus/vpcflow").is_dir().then_some(folder)
}

#[test]
fn real_flow_logs_become_valid_events() {
    let Some(shared) = shared() else {
        eprintln!("skipped: no corpus of real logs at hand");
        return;
    };
    for version in VERSIONS {
        let keep = if version == "1.1.0" { "false" } else { "true" };
        let options = options(version).with_source_option("keep-nodata", keep);
        let mut lines = String::new();
        let mut files: Vec<_> = std::fs::read_dir(shared.join("corpus/vpcflow")).expect("a folder").collect();
        files.sort_by_key(|file| file.as_ref().map(std::fs::DirEntry::path).ok());
        for file in files {
            let path = file.expect("a file").path();
            let mut input = std::fs::read(&path).expect("its bytes");
            if input.starts_with(&[0x1F, 0x8B]) {
                let mut plain = Vec::new();
                flate2::read::MultiGzDecoder::new(input.as_slice()).read_to_end(&mut plain).expect("gzip");
                input = plain;
            }
            let out = map(&options, &input, &[]);
            let kinds: Vec<_> = out.rejects.iter().map(|reject| reject.code.as_str()).collect();
            assert!(out.counts.events + out.counts.skipped_total() > 0, "{}: {kinds:?}", path.display());
            for (_, event) in events(&out) {
                lines.push_str(&event.to_string());
                lines.push('\n');
            }
        }
        judge(&shared, version, &lines);
    }
}

#[test]
fn invented_flow_logs_become_valid_events() {
    let Some(shared) = shared() else {
        eprintln!("skipped: no validator at hand");
        return;
    };
    for version in VERSIONS {
        let events: Vec<_> = crate::golden::recorded(version).iter().map(ToString::to_string).collect();
        judge(
            &shared,
            version,
            &events.join(
                "
",
            ),
        );
    }
}

/// Has an independent validator judge the events.
pub(crate) fn judge(shared: &Path, version: &str, lines: &str) {
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
