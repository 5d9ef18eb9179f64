//! `docs/mappings/<source>.md`, made from the tables of the mappers. `UPDATE_GOLDEN=1` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap hides what went wrong")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use ocsf_core::schema::VERSIONS;
use ocsf_core::{MapperOptions, MappingLine, TableInfo};
use ocsf_mappers::{Entry, registry};

/// A mapping line with the OCSF versions that have it, as numbers among all versions.
struct Line {
    line: MappingLine,
    versions: Vec<usize>,
}

#[test]
fn every_source_has_a_page_that_is_true() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/mappings");
    let update = env::var_os("UPDATE_GOLDEN").is_some();
    let mut expected: BTreeMap<PathBuf, String> = BTreeMap::new();
    let registry = registry();
    for entry in registry.entries() {
        expected.insert(folder.join(format!("{}.md", entry.name())), page(entry));
    }
    if update {
        fs::create_dir_all(&folder).unwrap();
        for (path, page) in &expected {
            fs::write(path, page).unwrap();
        }
    }
    for (path, page) in &expected {
        let there = fs::read_to_string(path).unwrap_or_default();
        assert!(there == *page, "{} is stale: run this test with UPDATE_GOLDEN=1", path.display());
    }
    let pages = fs::read_dir(&folder).unwrap().map(|page| page.unwrap().path()).filter(|path| path.is_file());
    for path in pages {
        assert!(expected.contains_key(&path), "{} is of no source", path.display());
    }
}

fn page(entry: &dyn Entry) -> String {
    let tables: Vec<Vec<TableInfo>> = VERSIONS.iter().map(|version| tables(entry, version)).collect();
    let mut page = format!(
        "# {}\n\nSource `{name}`, as `ocsf explain {name}` shows it; made from the tables that do the work.\n",
        entry.title(),
        name = entry.name()
    );
    page.push_str(
        "Beside these lines the core fills captions, `class_*`, `category_*`, `type_*`, `metadata.version`, the `*_dt` twins of\n\
         times, `observables`, and `unmapped` with all that no line takes.\n",
    );
    for option in entry.options() {
        let _ = writeln!(page, "\n`--{}`: {}", option.name, option.help);
    }
    for table in &tables[0] {
        let _ = write!(
            page,
            "\n## {}: {} ({})\n\n| attribute | from | rule | OCSF |\n|---|---|---|---|\n",
            table.name, table.class_name, table.class_uid
        );
        for Line { line: MappingLine { path, sources, rule, .. }, versions } in lines(table.name, &tables) {
            let sources: Vec<String> = sources.iter().map(|source| format!("`{source}`")).collect();
            let cells = [format!("`{path}`"), sources.join(", "), rule, when(&versions)];
            let _ = writeln!(page, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
        }
    }
    page
}

fn tables(entry: &dyn Entry, version: &str) -> Vec<TableInfo> {
    let mut options = MapperOptions::default();
    version.clone_into(&mut options.version);
    entry.build(&options).unwrap().tables().to_vec()
}

/// The lines of a table at all versions, in order: a line that a version adds follows the one before it.
fn lines(table: &str, versions: &[Vec<TableInfo>]) -> Vec<Line> {
    let mut all: Vec<Line> = Vec::new();
    for (version, tables) in versions.iter().enumerate() {
        let mut at = 0;
        let mapping = tables.iter().filter(|info| info.name == table).flat_map(|info| &info.mapping);
        for line in mapping {
            if let Some(known) = all.iter().position(|known| known.line == *line) {
                all[known].versions.push(version);
                at = known + 1;
            } else {
                all.insert(at, Line { line: line.clone(), versions: vec![version] });
                at += 1;
            }
        }
    }
    all
}

/// The versions in words; nothing when it is all of them.
fn when(versions: &[usize]) -> String {
    let (first, last) = (versions[0], versions[versions.len() - 1]);
    match (first, last + 1 == VERSIONS.len()) {
        (0, true) => String::new(),
        (0, false) => format!("to {}", VERSIONS[last]),
        (_, true) => format!("from {}", VERSIONS[first]),
        _ => format!("{} to {}", VERSIONS[first], VERSIONS[last]),
    }
}
