//! Flags beat the environment, which beats the file, which beats defaults.

use crate::{RECORD, Said, Sandbox, record};

/// Events that `preview` shows of a file with ten.
fn shown(sandbox: &Sandbox, args: &[&str], variable: Option<&str>) -> usize {
    sandbox.file("a.json", format!("{RECORD}\n").repeat(10));
    let mut command = sandbox.command(&[&["preview", "a.json"], args].concat());
    command.envs(variable.map(|value| ("OCSF_EVENTS", value)));
    let said = Said::of(command);
    assert_eq!(said.err, "");
    said.json().len()
}

#[test]
fn who_wins() {
    let sandbox = Sandbox::new();
    assert_eq!(shown(&sandbox, &[], None), 5);
    sandbox.file("ocsf.toml", "[preview]\nevents = 4\n\n[convert]\nmemory = \"2GiB\"\n");
    assert_eq!(shown(&sandbox, &[], None), 4);
    assert_eq!(shown(&sandbox, &[], Some("3")), 3);
    assert_eq!(shown(&sandbox, &["-n", "2"], Some("3")), 2);
    assert_eq!(shown(&sandbox, &["--no-config"], None), 5);
    sandbox.file("other.toml", "[preview]\nevents = 7\n");
    assert_eq!(shown(&sandbox, &["--config", "other.toml"], None), 7);
    assert_eq!(shown(&sandbox, &["-n", "6", "-n", "1"], None), 1, "the later flag wins");
}

#[test]
fn required_flags_and_lists_may_stand_in_the_file() {
    let sandbox = Sandbox::new();
    sandbox.file("a.json", format!("{}\n{RECORD}\n", record("iam:CreateUser")));
    sandbox.file(
        "ocsf.toml",
        "verbose = 1\n[preview]\nclass = [\"3001\"]\npretty = false\nfiles-from = \"list\"\n",
    );
    sandbox.file("list", "a.json\n");
    let said = sandbox.run(&["preview"]);
    assert_eq!(said.json().len(), 1);
    assert_eq!(
        said.err,
        "`--files-from` comes from ocsf.toml\n`--class` comes from ocsf.toml\n`--pretty` comes from ocsf.toml\n\
         `--verbose` comes from ocsf.toml\n"
    );
    assert_eq!(sandbox.run(&["preview", "--class", "6003", "-qq"]).json().len(), 1);
}

#[test]
fn every_mistake_in_the_file_is_told() {
    let sandbox = Sandbox::new();
    sandbox.file(
        "ocsf.toml",
        "colour = \"never\"\n[convert]\nmemry = 1\nthreads = \"many\"\nsource-name = { a = [1] }\nocsf = \"2\"\n\
         config = \"x\"\n[detct]\n[preview]\npretty = 3\n",
    );
    insta::assert_snapshot!("settings_wrong", sandbox.run(&["detect", "x"]));
    sandbox.file("ocsf.toml", "[convert\n");
    let said = sandbox.run(&["detect", "x"]);
    assert!(said.err.starts_with("error: `ocsf.toml` has settings that make no sense\n  line 1: "), "{said}");
    let said = sandbox.run(&["detect", "x", "--config", "nowhere.toml"]);
    let expected =
        "error: cannot read the settings in `nowhere.toml`\n  No such file or directory (os error 2)\n";
    said.check(2, "", expected);
    assert_eq!(sandbox.run(&["-h"]).status, 0, "help does not need the file");
}
