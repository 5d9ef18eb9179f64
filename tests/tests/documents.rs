//! What documents list by hand, compared with the code.

use std::collections::BTreeSet;

use ocsf_core::MapperOptions;

/// What stands between backticks.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_lake_guide_lists_every_hidden_member() {
    let guide = include_str!("../../docs/lake.md");
    let (_, section) = guide.split_once("\n## Hidden secrets\n").unwrap();
    let (_, table) = section.split_once("|---|---|\n").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    assert_eq!(quoted(table), ocsf_cloudtrail::SECRETS.iter().copied().collect());
}

#[test]
fn every_source_and_table_is_in_the_documents() {
    let (readme, guide) = (include_str!("../../README.md"), include_str!("../../docs/lake.md"));
    let registry = ocsf_mappers::registry();
    for source in registry.entries() {
        assert!(quoted(readme).contains(source.name()), "README.md misses `{}`", source.name());
        let mapper = source.build(&MapperOptions::default()).expect("every source builds");
        for table in mapper.tables() {
            assert!(quoted(guide).contains(table.name), "docs/lake.md misses `{}`", table.name);
        }
    }
}

#[test]
fn the_design_justifies_every_dependency() {
    let manifest = include_str!("../../Cargo.toml");
    let (_, dependencies) = manifest.split_once("[workspace.dependencies]\n").unwrap();
    let (dependencies, _) = dependencies.split_once("\n[").unwrap();
    let used = dependencies.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name);
    let used: BTreeSet<&str> = used.filter(|name| !name.starts_with("ocsf-")).collect();

    let design = include_str!("../../DESIGN.md");
    let (_, table) = design.split_once("| crate | for | instead of |\n|---|---|---|\n").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let names = table.lines().filter_map(|line| line.split('|').nth(1)).flat_map(|cell| cell.split(','));
    assert_eq!(names.map(str::trim).collect::<BTreeSet<_>>(), used);
}
