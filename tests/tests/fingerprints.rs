//! The schema of each table at each version is frozen: `tests/expected/schemas.txt`. `UPDATE_GOLDEN=1` writes it anew.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use ocsf_core::MapperOptions;
use ocsf_core::schema::VERSIONS;
use ocsf_lake::schema_fingerprint;

#[test]
fn no_schema_changes_unseen() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("expected/schemas.txt");
    let found = fingerprints();
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &found).expect("a writable checkout");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let changed: Vec<&str> = found.lines().filter(|line| !expected.lines().any(|old| old == *line)).collect();
    assert!(
        found == expected,
        "tables have other columns than before: {changed:#?}\nReaders of lakes that exist will see it. If it is meant, \
         list it in CHANGELOG.md and run this test with UPDATE_GOLDEN=1"
    );
}

fn fingerprints() -> String {
    let registry = ocsf_mappers::registry();
    let mut text = String::from(
        "# OCSF version, table, class_uid, top-level columns, fingerprint of names, types and order\n",
    );
    for version in VERSIONS {
        let mut options = MapperOptions::default();
        (*version).clone_into(&mut options.version);
        for entry in registry.entries() {
            let mapper = entry.build(&options).expect("every source builds");
            for table in mapper.tables() {
                let (columns, print) = (table.schema.fields().len(), schema_fingerprint(&table.schema));
                let _ = writeln!(text, "{version} {} {} {columns} {print}", table.name, table.class_uid);
            }
        }
    }
    text
}
