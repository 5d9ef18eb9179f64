//! The table of rules in `docs/validate.md`, made from the rules. `UPDATE_GOLDEN=1` writes it anew.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use ocsf_validate::Code;

const BEGIN: &str = "<!-- rules -->\n";
const END: &str = "<!-- end of rules -->\n";

#[test]
fn every_rule_is_documented() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/validate.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (there, after) = rest.split_once(END).unwrap();
    let expected = table();
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{expected}{END}{after}")).unwrap();
    } else {
        assert!(there == expected, "docs/validate.md is stale: run this test with UPDATE_GOLDEN=1");
    }
}

fn table() -> String {
    let mut table = String::from("| code | level | |\n|---|---|---|\n");
    for code in Code::ALL {
        let level = match (code.level(false, false), code.level(true, false)) {
            (None, _) => "with `--recommended`".to_owned(),
            (Some(level), Some(strict)) if level != strict => format!("{level}, {strict} with `--strict`"),
            (Some(level), _) => level.to_string(),
        };
        let _ = writeln!(table, "| `{code}` | {level} | {} |", code.meaning());
    }
    table
}
