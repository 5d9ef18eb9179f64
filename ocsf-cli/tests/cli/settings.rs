//! Flags beat the environment, which beats the file, which beats defaults.

use crate::support::{Place, Ran, event};

/// Events that `preview` shows of a file with ten.
fn shown(place: &Place, args: &[&str], variable: Option<&str>) -> usize {
    place.write("a.json", format!("{}\n", event("A")).repeat(10));
    let mut command = place.command([&["preview", "a.json"], args].concat());
    command.envs(variable.map(|value| ("OCSF_EVENTS", value)));
    let said = Ran::of(&mut command);
    assert_eq!(said.stderr, "");
    said.json().len()
}

#[test]
fn who_wins() {
    let place = Place::new();
    assert_eq!(shown(&place, &[], None), 5);
    place.write("ocsf.toml", "[preview]\nevents = 4\n\n[convert]\nmemory = \"2GiB\"\n");
    assert_eq!(shown(&place, &[], None), 4);
    assert_eq!(shown(&place, &[], Some("3")), 3);
    assert_eq!(shown(&place, &["-n", "2"], Some("3")), 2);
    assert_eq!(shown(&place, &["--no-config"], None), 5);
    place.write("other.toml", "[preview]\nevents = 7\n");
    assert_eq!(shown(&place, &["--config", "other.toml"], None), 7);
    assert_eq!(shown(&place, &["-n", "6", "-n", "1"], None), 1, "the later flag wins");
}

#[test]
fn required_flags_and_lists_may_stand_in_the_file() {
    let place = Place::new();
    place.write("a.json", format!("{}\n{}\n", event("iam:CreateUser"), event("A")));
    place.write(
        "ocsf.toml",
        "verbose = 1\n[preview]\nclass = [\"3001\"]\npretty = false\nfiles-from = \"list\"\n",
    );
    place.write("list", "a.json\n");
    let said = place.ocsf(&["preview"]);
    assert_eq!(said.json().len(), 1);
    assert_eq!(
        said.stderr,
        "`--files-from` comes from ocsf.toml\n`--class` comes from ocsf.toml\n`--pretty` comes from ocsf.toml\n\
         `--verbose` comes from ocsf.toml\n"
    );
    assert_eq!(place.ocsf(&["preview", "--class", "6003", "-qq"]).json().len(), 1);
}

#[test]
fn every_mistake_in_the_file_is_told() {
    let place = Place::new();
    place.write(
        "ocsf.toml",
        "colour = \"never\"\n[convert]\nmemry = 1\nthreads = \"many\"\nsource-name = { a = [1] }\nocsf = \"2\"\n\
         config = \"x\"\n[detct]\n[preview]\npretty = 3\n",
    );
    insta::assert_snapshot!("settings_wrong", place.ocsf(&["detect", "x"]));
    place.write("ocsf.toml", "[convert\n");
    let said = place.ocsf(&["detect", "x"]);
    assert!(
        said.stderr.starts_with("error: `ocsf.toml` has settings that make no sense\n  line 1: "),
        "{said}"
    );
    let said = place.ocsf(&["detect", "x", "--config", "nowhere.toml"]);
    let expected =
        "error: cannot read the settings in `nowhere.toml`\n  No such file or directory (os error 2)\n";
    said.check(2, "", expected);
    assert_eq!(place.ocsf(&["-h"]).status(), 0, "help does not need the file");
}
