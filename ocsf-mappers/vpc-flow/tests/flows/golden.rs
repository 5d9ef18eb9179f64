//! Events of invented records at every OCSF version. `UPDATE_GOLDEN=1` writes the files anew.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::{VERSIONS, events, map, options};

const INPUTS: [(&str, &str); 4] = [
    ("v2", include_str!("data/v2.log")),
    ("v5", include_str!("data/v5.log")),
    ("v11", include_str!("data/v11.log")),
    ("tgw", include_str!("data/tgw.log")),
];

/// The events of a golden file.
pub(crate) fn recorded(version: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(path(version)).expect("a golden file");
    let inputs: serde_json::Map<String, Value> = serde_json::from_str(&text).expect("JSON");
    inputs.values().flat_map(|input| input["events"].as_array().cloned().unwrap_or_default()).collect()
}

fn path(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/flows/golden/{version}.json"))
}

#[test]
fn events_are_as_recorded() {
    for version in VERSIONS {
        let mut found = serde_json::Map::new();
        for (name, input) in INPUTS {
            let keep = options(version).with_source_option("keep-nodata", "true");
            let options = if version == "1.1.0" { options(version) } else { keep };
            let out = map(&options, input.as_bytes(), &[]);
            let events: Vec<Value> = events(&out).into_iter().map(|(_, event)| event).collect();
            let rejects: Vec<String> = out.rejects.iter().map(|reject| reject.code.to_string()).collect();
            found.insert(
                name.to_owned(),
                json!({"events": events, "rejects": rejects, "skipped": out.counts.skipped}),
            );
        }
        let text = serde_json::to_string_pretty(&found).expect("JSON") + "\n";
        let path = path(version);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &text).expect("a golden file");
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        let lines = text.lines().zip(expected.lines()).enumerate();
        if let Some((at, (found, expected))) = lines.clone().find(|(_, (found, expected))| found != expected)
        {
            panic!("{}:{}\n    found {found}\n expected {expected}", path.display(), at + 1);
        }
        assert_eq!(text.lines().count(), expected.lines().count(), "{}", path.display());
    }
}
