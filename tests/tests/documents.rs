//! What documents list by hand, compared with the code.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap hides what went wrong")]

use std::collections::BTreeSet;

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
