//! The tables of rules in `docs/validate.md` and `docs/lint.md`, made from the rules. `UPDATE_GOLDEN=1` writes them anew.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use ocsf_cli::LINT_RULES;
use ocsf_validate::Code;

const BEGIN: &str = "<!-- rules -->\n";
const END: &str = "<!-- end of rules -->\n";

#[test]
fn every_rule_of_events_is_documented() {
    let level = |code: &Code| match (code.level(false, false), code.level(true, false)) {
        (None, _) => "with `--recommended`".to_owned(),
        (Some(level), Some(strict)) if level != strict => format!("{level}, {strict} with `--strict`"),
        (Some(level), _) => level.to_string(),
    };
    compare("validate.md", Code::ALL.iter().map(|code| (code.as_str(), level(code), code.meaning())));
}

#[test]
fn every_rule_of_files_is_documented() {
    compare(
        "lint.md",
        LINT_RULES.iter().map(|(code, level, meaning)| (*code, level.to_lowercase(), *meaning)),
    );
}

/// Compares the table in a page with one of code, level and meaning, or writes it there.
fn compare<'r>(page: &str, rules: impl Iterator<Item = (&'r str, String, &'r str)>) {
    let mut table = String::from("| code | level | |\n|---|---|---|\n");
    for (code, level, meaning) in rules {
        let _ = writeln!(table, "| `{code}` | {level} | {meaning} |");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page);
    let text = fs::read_to_string(&path).expect("a page");
    let (before, rest) = text.split_once(BEGIN).expect("where the table begins");
    let (there, after) = rest.split_once(END).expect("where it ends");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).expect("a writable checkout");
    } else {
        assert!(there == table, "docs/{page} is stale: run this test with UPDATE_GOLDEN=1");
    }
}
