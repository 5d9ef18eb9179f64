//! Which crate may see which. The drawing in ARCHITECTURE.md says the same:
//! `schemas <- core <- mappers/* <- mappers <- cli`, `core <- lake <- cli` and `core <- validate <- cli`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

/// What users link: dependencies of tests are no concern here.
const LINKED: [DependencyKind; 2] = [DependencyKind::Normal, DependencyKind::Build];

const PRIVATE: [&str; 3] = ["ocsf-schemas-generate", "ocsf-benches", "ocsf-tests"];

fn metadata() -> Metadata {
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc");
    let rustc = String::from_utf8(rustc.stdout).expect("text");
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .other_options(["--locked", "--offline", "--filter-platform", host].map(str::to_owned))
        .exec()
        .expect("cargo metadata")
}

fn is_mapper(package: &Package) -> bool {
    package.manifest_path.components().rev().nth(2).is_some_and(|folder| folder.as_str() == "ocsf-mappers")
        && package.name.as_str() != "ocsf-aws-common"
}

/// Crates of the workspace that a crate links directly.
fn direct<'m>(package: &'m Package, names: &BTreeSet<&str>) -> BTreeSet<&'m str> {
    let linked = package.dependencies.iter().filter(|dependency| LINKED.contains(&dependency.kind));
    linked.map(|dependency| dependency.name.as_str()).filter(|name| names.contains(name)).collect()
}

/// Everything that a crate links, by name.
fn linked(metadata: &Metadata, root: &PackageId) -> BTreeSet<String> {
    let resolve = metadata.resolve.as_ref().expect("a resolved graph");
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let (mut seen, mut todo) = (BTreeSet::new(), vec![root]);
    while let Some(id) = todo.pop() {
        for dependency in &nodes[id].deps {
            let is_linked = dependency.dep_kinds.iter().any(|kind| LINKED.contains(&kind.kind));
            if is_linked && seen.insert(&dependency.pkg) {
                todo.push(&dependency.pkg);
            }
        }
    }
    seen.into_iter().map(|id| metadata[id].name.to_string()).collect()
}

#[test]
fn crates_see_only_what_lies_below_them() {
    let metadata = metadata();
    let members = metadata.workspace_packages();
    let names: BTreeSet<&str> = members.iter().map(|package| package.name.as_str()).collect();
    let mappers: BTreeSet<&str> =
        members.iter().filter(|package| is_mapper(package)).map(|package| package.name.as_str()).collect();
    assert!(mappers.contains("ocsf-cloudtrail"), "{mappers:?}");
    let is_allowed = |of: &str, name: &str| match of {
        "ocsf-schemas" | "ocsf-generate" => false,
        "ocsf-core" => name == "ocsf-schemas",
        "ocsf-aws-common" | "ocsf-lake" | "ocsf-validate" => name == "ocsf-core",
        "ocsf-mappers" => ["ocsf-core", "ocsf-aws-common"].contains(&name) || mappers.contains(name),
        "ocsf-cli" => {
            const BELOW: [&str; 7] = [
                "ocsf-schemas",
                "ocsf-core",
                "ocsf-aws-common",
                "ocsf-lake",
                "ocsf-mappers",
                "ocsf-generate",
                "ocsf-validate",
            ];
            BELOW.contains(&name)
        }
        of if mappers.contains(of) => ["ocsf-core", "ocsf-aws-common"].contains(&name),
        of => panic!("no rule for the new crate `{of}`"),
    };
    for package in members.iter().filter(|package| !PRIVATE.contains(&package.name.as_str())) {
        for name in direct(package, &names) {
            assert!(is_allowed(&package.name, name), "{} must not depend on {name}", package.name);
        }
    }
}

#[test]
fn mapping_links_no_files_no_runtime_and_no_lake() {
    const HEAVY: [&str; 6] = ["clap", "object_store", "ocsf-lake", "parquet", "tokio", "zstd"];
    let metadata = metadata();
    let mut seen = 0;
    for package in metadata.workspace_packages() {
        let linked = linked(&metadata, &package.id);
        let name = package.name.as_str();
        if is_mapper(package)
            || ["ocsf-core", "ocsf-aws-common", "ocsf-mappers", "ocsf-validate"].contains(&name)
        {
            let heavy: Vec<_> = HEAVY.iter().filter(|heavy| linked.contains(**heavy)).collect();
            assert!(heavy.is_empty(), "{name} links {heavy:?}");
            seen += 1;
        }
        if name == "ocsf-lake" {
            let mappers: Vec<_> =
                metadata.workspace_packages().into_iter().filter(|p| is_mapper(p)).collect();
            assert!(
                mappers.iter().all(|mapper| !linked.contains(mapper.name.as_str())),
                "a lake links a mapper"
            );
            assert!(linked.contains("parquet"), "the graph is not what this test thinks it is");
        }
    }
    assert!(seen >= 4, "{seen}");
}

#[test]
fn private_crates_are_not_published() {
    for package in metadata().workspace_packages() {
        let is_private = package.publish.as_ref().is_some_and(Vec::is_empty);
        assert_eq!(is_private, PRIVATE.contains(&package.name.as_str()), "{}", package.name);
    }
}
