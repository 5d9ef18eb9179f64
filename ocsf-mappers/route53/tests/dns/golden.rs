//! Every sample at every version, compared with committed events. `UPDATE_GOLDEN=1` rewrites them.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use ocsf_core::schema::VERSIONS;
use ocsf_core::testing::map;
use ocsf_core::{Mapper, MapperOptions};

use super::{options, public, resolver, samples};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The committed events of a version, one a line.
pub(crate) fn recorded(version: &str) -> String {
    let read =
        |table| fs::read_to_string(folder().join(format!("{table}.{version}.ndjson"))).expect("events");
    ["r53-resolver", "r53-public"].map(read).concat()
}

/// Compares with a committed file, or writes it.
fn check(name: &str, found: &str) {
    let path = folder().join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(folder()).expect("tests/golden");
        fs::write(&path, found).expect("a golden file");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    for (number, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "{name} line {}; UPDATE_GOLDEN=1 accepts the change", number + 1);
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "lines of {name}");
}

/// Compares events, counts and mapping lines of a source.
fn check_source<M: Mapper>(make: impl Fn(&MapperOptions) -> M, beginning: &str) {
    let samples = samples(beginning);
    for version in VERSIONS {
        let mut mapper = make(&options(version));
        let mut events = String::new();
        for (_, sample) in &samples {
            for (_, event) in map(&mut mapper, sample).events.iter().flatten() {
                let _ = writeln!(events, "{event}");
            }
        }
        let mut mapping = String::new();
        let table = &mapper.tables()[0];
        for line in &table.mapping {
            let _ = writeln!(mapping, "{} <- {}: {}", line.path, line.sources.join(", "), line.rule);
        }
        check(&format!("{}.{version}.ndjson", table.name), &events);
        check(&format!("{}.{version}.mapping.txt", table.name), &mapping);
    }

    let mut text = String::new();
    for (name, sample) in &samples {
        let mapped = map(&mut make(&MapperOptions::default()), sample);
        let counts = &mapped.counts;
        let _ = writeln!(text, "{name}: {} records, {} events", counts.records, counts.events);
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
    check(&format!("{beginning}.counts.txt"), &text);
}

#[test]
fn resolver_queries_are_as_recorded() {
    check_source(resolver, "resolver");
}

#[test]
fn public_queries_are_as_recorded() {
    check_source(public, "public");
}
