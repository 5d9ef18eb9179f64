use std::process::Stdio;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::{RECORD, Said, Sandbox, delivered, gzip, record, zstd};

fn operations(said: &Said) -> Vec<String> {
    let operation = |event: &Value| event["api"]["operation"].as_str().unwrap_or_default().to_owned();
    said.json().iter().map(operation).collect()
}

#[test]
fn the_first_events_in_the_order_of_the_records() {
    let sandbox = Sandbox::new();
    // Events of several classes leave the mapper in batches of their own.
    let names =
        ["ListBuckets", "iam:CreateUser", "GetObject", "sts:AssumeRole", "iam:DeleteUser", "PutObject"];
    sandbox.file("b/1.json.gz", gzip(delivered(&names))).file("b/2.json", delivered(&["Later"]));
    let said = sandbox.run(&["preview", "b", "-n", "7"]);
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    let classes: Vec<i64> = said.json().iter().map(|event| event["class_uid"].as_i64().unwrap()).collect();
    assert_eq!(classes, [6003, 3001, 6003, 3002, 3001, 6003, 6003]);
    assert_eq!(operations(&sandbox.run(&["preview", "b", "-n", "1"])), ["ListBuckets"]);
    assert_eq!(sandbox.run(&["preview", "b"]).json().len(), 5);
    assert_eq!(sandbox.run(&["preview", "b", "-n", "0"]).out, "");
}

#[test]
fn events_are_ocsf_json() {
    let sandbox = Sandbox::new();
    sandbox.file("a.json", RECORD);
    let event = &sandbox.run(&["preview", "a.json"]).json()[0];
    assert_eq!(event["time"], 1_714_557_600_000_i64);
    assert_eq!(event["time_dt"], "2024-05-01T10:00:00Z");
    assert_eq!(event["metadata"]["version"], "1.1.0");
    assert_eq!(event["unmapped"]["readOnly"], "true");
    assert!(!event.to_string().contains("null") && !event.to_string().contains("{}"), "{event}");

    let event = &sandbox
        .run(&["preview", "a.json", "--unmapped", "json", "--ocsf", "1.5.0", "--raw", "all"])
        .json()[0];
    assert_eq!(event["unmapped"]["readOnly"], true);
    assert_eq!(event["metadata"]["version"], "1.5.0");
    assert_eq!(event["raw_data"], RECORD);

    let said = sandbox.run(&["preview", "a.json", "--pretty"]);
    assert!(said.out.starts_with("{\n  \"") && said.out.ends_with("\n}\n"), "{said}");
}

#[test]
fn classes_are_kept_by_name_caption_or_number() {
    let sandbox = Sandbox::new();
    sandbox.file("a.json", delivered(&["ListBuckets", "iam:CreateUser"]));
    for class in ["account_change", "Account Change", "3001"] {
        let said = sandbox.run(&["preview", "a.json", "--class", class]);
        assert_eq!(said.json().iter().map(|event| event["class_uid"].clone()).collect::<Vec<_>>(), [3001]);
    }
    assert_eq!(sandbox.run(&["preview", "a.json", "--class", "3001", "--class", "6003"]).json().len(), 2);
    assert_eq!(sandbox.run(&["preview", "a.json", "--class", "3001,6003"]).json().len(), 2);
    sandbox.run(&["preview", "a.json", "--class", "api_activty"]).check(
        2,
        "",
        "error: OCSF 1.1.0 has no class `api_activty`\n\nhint: did you mean `api_activity`?\n",
    );
}

#[test]
fn what_is_bad_is_told_and_the_good_is_shown() {
    let sandbox = Sandbox::new();
    let torn = gzip(format!("{}\n", [record("A"), record("B")].join("\n")));
    sandbox
        .file("logs/a.json", format!("{}\n{{\"eventTime\":17}}\n{}\n", record("One"), record("Two")))
        .file("logs/b.gz", &torn[..torn.len() - 8])
        .file("logs/notes.txt", "nothing to see\n");
    let said = sandbox.run(&["preview", "logs"]);
    assert_eq!(operations(&said), ["One", "Two", "A", "B"]);
    assert_eq!(said.status, 1);
    insta::assert_snapshot!("preview_bad", said.err);
    let said = sandbox.run(&["preview", "-qq", "logs"]);
    assert_eq!((said.status, said.err.as_str()), (1, ""));
}

#[test]
fn rejected_records_are_read_again() {
    let sandbox = Sandbox::new();
    let line = |record: &str, raw_len: usize| {
        let raw = BASE64_STANDARD.encode(record);
        format!(
            r#"{{"object":"logs/a.json","record":3,"byte":70,"line":4,"source":"cloudtrail","code":"no-time","path":null,"detail":"no time","raw_b64":"{raw}","raw_len":{raw_len}}}"#
        )
    };
    let (long, good) = (record(&"x".repeat(90_000)), record("Again"));
    let lines =
        [line(&long, long.len()), line(&good, good.len()), "{}".to_owned(), line("{", 70_000)].join("\n");
    sandbox.file("r.ndjson.zst", zstd(lines));
    let said = sandbox.run(&["preview", "r.ndjson.zst"]);
    assert_eq!(operations(&said), ["x".repeat(90_000), "Again".to_owned()]);
    assert_eq!(
        said.err,
        "warning: line 3 holds no rejected record\nwarning: record 3 of `logs/a.json` was too large to keep\n"
    );
    assert_eq!(said.status, 1);
}

#[test]
fn a_large_object_is_read_through_a_small_window() {
    let sandbox = Sandbox::new();
    let names: Vec<String> = (0..2_000).map(|number| format!("Call{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    sandbox.file("a.json.gz", gzip(delivered(&names)));
    assert_eq!(operations(&sandbox.run(&["preview", "-n", "2000", "a.json.gz"])), names);
    assert_eq!(
        operations(&sandbox.feed(&["preview", "-n", "2000", "-"], delivered(&names).as_bytes())),
        names
    );
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let sandbox = Sandbox::new();
    sandbox.file("a.json", delivered(&vec!["A"; 3_000]));
    let mut command = sandbox.command(&["preview", "-n", "3000", "a.json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let sandbox = Sandbox::new();
    let plain = sandbox.run(&["preview", "nowhere"]).err;
    assert_eq!(plain, "error: cannot read `nowhere`: No such file or directory (os error 2)\n");
    let coloured =
        "\u{1b}[1;31merror:\u{1b}[0m cannot read `nowhere`: No such file or directory (os error 2)\n";
    assert_eq!(sandbox.run(&["preview", "nowhere", "--color", "always"]).err, coloured);
    let with = |name: &str| {
        let mut command = sandbox.command(&["preview", "nowhere"]);
        command.env(name, "1");
        Said::of(command).err
    };
    assert_eq!(with("CLICOLOR_FORCE"), coloured);
    assert_eq!(with("NO_COLOR"), plain);
}

#[test]
fn what_is_empty_in_the_source_is_shown_as_such() {
    let sandbox = Sandbox::new();
    let record = RECORD.replace(r#""readOnly":true"#, r#""tlsDetails":{},"addendum":{"a":{}},"x":null"#);
    sandbox.file("a.json", record);
    let said = sandbox.run(&["preview", "--unmapped", "json", "a.json"]);
    let unmapped = &said.json()[0]["unmapped"];
    assert_eq!((&unmapped["tlsDetails"], &unmapped["addendum"]["a"]), (&json!({}), &json!({})));
}
