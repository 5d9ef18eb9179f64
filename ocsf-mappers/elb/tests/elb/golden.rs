//! Every sample at every version, compared with committed events. `UPDATE_GOLDEN=1` rewrites them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use ocsf_core::schema::VERSIONS;
use ocsf_core::testing::map;
use ocsf_core::{Mapper, MapperOptions};

use super::{mapper, options, samples};

/// Compares with a committed file, or writes it.
fn check(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("tests/golden");
        fs::write(&path, found).expect("a golden file");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    for (number, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "{name} line {}; UPDATE_GOLDEN=1 accepts the change", number + 1);
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "lines of {name}");
}

#[test]
fn events_of_every_class_and_version() {
    for version in VERSIONS {
        let mut tables: Vec<String> = Vec::new();
        let mut elb = mapper(&options(version));
        for (_, sample) in samples() {
            let mapped = map(&mut elb, &sample);
            tables.resize(mapped.events.len(), String::new());
            for (table, (_, event)) in mapped
                .events
                .iter()
                .enumerate()
                .flat_map(|(table, events)| events.iter().map(move |e| (table, e)))
            {
                let _ = writeln!(tables[table], "{event}");
            }
        }
        for (info, events) in elb.tables().iter().zip(&tables) {
            check(&format!("{}.{version}.ndjson", info.name), events);
        }
    }
}

#[test]
fn counts_rejects_and_issues_of_every_sample() {
    let mut text = String::new();
    let mut elb = mapper(&MapperOptions::default());
    for (name, sample) in samples() {
        let mapped = map(&mut elb, &sample);
        let counts = &mapped.counts;
        let _ = writeln!(text, "{name}: {} records, {} events", counts.records, counts.events);
        for (reason, n) in &counts.skipped {
            let _ = writeln!(text, "  skipped {n} {reason}");
        }
        for reject in &mapped.rejects {
            let _ = writeln!(
                text,
                "  reject {} {} at byte {}, {} bytes: {}",
                reject.at.record, reject.code, reject.at.byte, reject.raw_len, reject.detail
            );
        }
        for (code, path, count, first) in &mapped.issues {
            let _ = writeln!(text, "  issue {code} {path}: {count}, first at record {first}");
        }
    }
    check("counts.txt", &text);
}

#[test]
fn the_mapping_table_of_every_version() {
    for version in VERSIONS {
        let mut text = String::new();
        for table in mapper(&options(version)).tables() {
            let _ = writeln!(text, "# {} {}", table.name, table.class_name);
            for line in &table.mapping {
                let _ = writeln!(text, "{} <- {}: {}", line.path, line.sources.join(", "), line.rule);
            }
        }
        check(&format!("mapping.{version}.txt"), &text);
    }
}
