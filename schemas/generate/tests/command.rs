//! The command as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap hides what went wrong")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn checkout(version: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("version.json"), format!(r#"{{"version": "{version}"}}"#)).unwrap();
    fs::write(folder.path().join("categories.json"), r#"{"attributes": {}}"#).unwrap();
    fs::write(folder.path().join("dictionary.json"), r#"{"attributes": {}}"#).unwrap();
    folder
}

fn run(checkout: &Path, out: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ocsf-schemas-generate"));
    command.arg(checkout).arg("--out").arg(out).args(more).output().unwrap()
}

#[test]
fn the_output_is_named_by_the_version_inside() {
    let (checkout, out) = (checkout("9.9.9"), tempfile::tempdir().unwrap());
    let output = run(checkout.path(), out.path(), &["--ref", "tag 1.5.0"]);
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = fs::read_to_string(out.path().join("9.9.9.json")).unwrap();
    assert!(text.contains("\"ref\": \"tag 1.5.0\""), "{text}");
}

#[test]
fn a_development_version_is_pointed_out() {
    let (checkout, out) = (checkout("9.9.9-dev"), tempfile::tempdir().unwrap());
    let output = run(checkout.path(), out.path(), &["--ref", "main"]);
    assert!(output.status.success(), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("9.9.9-dev is a development version"),
        "{output:?}"
    );
}

#[test]
fn a_checkout_that_tells_no_commit_needs_one() {
    let (checkout, out) = (checkout("9.9.9"), tempfile::tempdir().unwrap());
    let output = run(checkout.path(), out.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("name it with --ref"), "{output:?}");
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}
