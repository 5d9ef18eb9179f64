//! `ocsf convert`: what it writes, what it says, how it exits.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{envelope, record};
use crate::{Sandbox, gzip};

/// A folder with two good files.
fn logs() -> Sandbox {
    let place = Sandbox::new();
    place.file("logs/a.json.gz", gzip(envelope(0..50)));
    place.file("logs/b.json", envelope(50..80));
    place
}

#[test]
fn a_folder_becomes_a_lake() {
    let place = logs();
    let (ran, report) = place.report("logs --out lake");
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert_eq!(report["records"], json!({"records": 80, "events": 80, "rejects": 0, "skipped": {}}));
    assert_eq!(report["inputs"]["converted"], 2);
    let files: Vec<String> = place.tree("lake/ext").into_keys().collect();
    assert_eq!(files.len(), 1);
    let folder = "ct-api-activity/region=us-east-1/accountId=111122223333/eventDay=20240501/";
    assert!(files[0].starts_with(folder), "{files:?}");
    assert!(place.path("lake/_ocsf/lake.json").exists());
    assert!(!place.path("lake/_rejects").exists());
}

#[test]
fn a_second_run_converts_what_is_new_and_nothing_else() {
    let place = logs();
    place.report("logs --out lake");
    let before = place.tree("lake");
    let (ran, report) = place.report("logs --out lake");
    assert_eq!(ran.status, 0);
    assert_eq!((&report["inputs"]["covered"], &report["records"]["events"]), (&json!(2), &json!(0)));
    assert!(before == place.tree("lake"));
    place.file("logs/c.json", envelope(80..90));
    let (_, report) = place.report("logs --out lake");
    assert_eq!((&report["inputs"]["covered"], &report["records"]["events"]), (&json!(2), &json!(10)));
    assert_eq!(place.tree("lake/ext").len(), 2);
}

#[test]
fn threads_memory_and_the_order_of_inputs_do_not_show() {
    let place = Sandbox::new();
    for file in 0..12u32 {
        place.file(format!("logs/{file:02}.json.gz"), gzip(envelope((0..700).map(|n| n * 97 + file))));
    }
    let groups = "--group-bytes 20KB";
    place.report(&format!("logs --out one -j 1 {groups}"));
    place.report(&format!("logs --out two -j 4 --memory 1MiB {groups}"));
    let listed: Vec<String> = (0..12).rev().map(|file| format!("logs/{file:02}.json.gz")).collect();
    place.report(&format!("{} --out three -j 2 {groups}", listed.join(" ")));
    let one = place.tree("one");
    assert!(one.len() > 20);
    assert!(one == place.tree("two"));
    assert!(one == place.tree("three"));
}

#[test]
fn a_changed_input_is_reported_and_replaced_on_demand() {
    let place = logs();
    place.report("logs --out lake");
    place.file("logs/b.json", envelope(50..60));
    let (ran, report) = place.report("logs --out lake");
    assert_eq!((ran.status, &report["inputs"]["changed"]), (1, &json!(["logs/b.json"])));
    assert!(ran.err.contains("1 file changed") && ran.err.contains("--overwrite"), "{}", ran.err);
    let (ran, report) = place.report("logs --out lake --overwrite");
    assert_eq!((ran.status, &report["records"]["events"]), (0, &json!(60)));
    assert_eq!(place.tree("lake/ext").len(), 1);
    assert_eq!(place.tree("lake/_ocsf/manifest").len(), 1);
}

#[test]
fn a_run_that_fails_replaces_nothing() {
    let place = logs();
    place.report("logs --out lake");
    let before = place.tree("lake");
    place.file("logs/b.json", "{\"Records\":[1,2,3]}".repeat(30));
    let ran = place.call("convert logs --out lake --overwrite --source cloudtrail");
    assert_eq!(ran.status, 3);
    assert!(ran.err.contains("nothing was published"), "{}", ran.err);
    assert!(before == place.tree("lake"));
}

#[test]
fn what_is_not_recognised_any_more_is_not_replaced() {
    let place = logs();
    place.report("logs --out lake");
    let before = place.tree("lake");
    place.file("logs/b.json", "no log at all\n".repeat(30));
    let ran = place.call("convert logs --out lake --overwrite");
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert!(ran.err.contains("cannot replace what was made of `logs/b.json`"), "{}", ran.err);
    assert!(before == place.tree("lake"));
}

#[test]
fn copies_with_one_key_are_one_input() {
    let place = Sandbox::new();
    let key = "AWSLogs/111122223333/CloudTrail/eu-west-1/2024/05/01/a.json";
    for folder in ["logs", "copies"] {
        place.file(format!("{folder}/{key}"), envelope(0..10));
    }
    for groups in ["32MiB", "1B"] {
        let (_, report) = place.report(&format!("logs copies --out lake{groups} --group-bytes {groups}"));
        assert_eq!((&report["records"]["events"], &report["inputs"]["covered"]), (&json!(10), &json!(1)));
    }
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_any_more_is_not_replaced() {
    let place = logs();
    place.report("logs --out lake");
    let before = place.tree("lake");
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o000);
    fs::set_permissions(place.path("logs/b.json"), closed).unwrap();
    // Whoever may read everything cannot see this.
    if fs::File::open(place.path("logs/b.json")).is_err() {
        let ran = place.call("convert logs --out lake --overwrite");
        assert_eq!(ran.status, 3, "{}", ran.err);
        assert!(ran.err.contains("cannot replace what was made of `logs/b.json`"), "{}", ran.err);
        assert!(before == place.tree("lake"));
    }
}

#[test]
fn overwriting_a_part_of_a_group_is_refused() {
    let place = logs();
    place.report("logs --out lake");
    let before = place.tree("lake");
    let ran = place.call("convert logs/b.json --out lake --overwrite");
    assert_eq!(ran.status, 3);
    assert!(ran.err.contains("logs/a.json.gz"), "{}", ran.err);
    assert!(before == place.tree("lake"));
}

#[test]
fn rejected_records_are_kept_and_can_be_read_again() {
    let place = Sandbox::new();
    let good: Vec<String> = (0..30).map(|n| record(n).to_string()).collect();
    place.file("logs/a.json", format!("{}\n{{\"eventTime\": broken\n", good.join("\n")));
    let (ran, report) = place.report("logs --out lake");
    assert_eq!(ran.status, 0);
    assert_eq!((&report["records"]["events"], &report["records"]["rejects"]), (&json!(30), &json!(1)));
    assert!(ran.err.contains("1 record rejected") && ran.err.contains("line 31"), "{}", ran.err);
    let rejects = place.tree("lake/_rejects");
    assert_eq!(rejects.len(), 1);
    let text = zstd::decode_all(rejects.values().next().unwrap().as_slice()).unwrap();
    let line: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(
        (&line["object"], &line["record"], &line["line"]),
        (&json!("logs/a.json"), &json!(30), &json!(31))
    );

    // Repaired by hand, the same record becomes an event.
    let repaired =
        json!({"raw_b64": base64(&record(30).to_string()), "raw_len": record(30).to_string().len()});
    let mut line = line;
    line.as_object_mut().unwrap().extend(repaired.as_object().unwrap().clone());
    place.file("again/rejects.ndjson", line.to_string());
    let (ran, report) = place.report("again --out lake");
    assert_eq!((ran.status, &report["records"]["events"]), (0, &json!(1)), "{}", ran.err);
}

#[test]
fn large_rejects_can_be_read_again() {
    let place = Sandbox::new();
    let mut large = record(1);
    large["eventTime"] = Value::Null;
    large["requestParameters"] = json!({"body": "x".repeat(3 << 20)});
    place.file("logs/a.json", large.to_string());
    let (_, report) = place.report("logs --out lake --max-rejects 1");
    let again = format!("lake/{} --out lake --max-rejects 1", report["reject_files"][0].as_str().unwrap());
    let (ran, report) = place.report(&again);
    assert_eq!((ran.status, &report["records"]["rejects"]), (0, &json!(1)), "{}", ran.err);
    assert_eq!(report["inputs"]["damaged"], json!([]));
}

#[test]
fn rejects_keep_what_their_header_and_their_wrapping_said() {
    let place = Sandbox::new();
    let message = |line: &str| json!({"id": "1", "timestamp": 1_767_225_600_000_i64, "message": line});
    let wrapped = json!({
        "messageType": "DATA_MESSAGE", "owner": "444455556666", "logGroup": "flows", "logStream": "eni-0aa1-all",
        "logEvents": [message("192.0.2.3 10.0.0.1 60")],
    });
    place.file(
        "logs/a.log",
        "srcaddr dstaddr start\n192.0.2.1 10.0.0.1 -\nSTART DSTADDR SRCADDR\n- 10.0.0.1 192.0.2.2\n",
    );
    place.file("logs/b.json", wrapped.to_string());
    place.report("logs --out lake --source vpc-flow --max-rejects 9");
    let rejects = place.tree("lake/_rejects");
    let text = zstd::decode_all(rejects.values().next().unwrap().as_slice()).unwrap();
    let mut lines: Vec<Value> =
        serde_json::Deserializer::from_slice(&text).into_iter().map(Result::unwrap).collect();
    assert_eq!(lines.len(), 3);
    // Of the first two somebody finds out the time, of the third the format.
    for (line, raw) in
        lines.iter_mut().zip(["192.0.2.1 10.0.0.1 1767225600", "1767225600 10.0.0.1 192.0.2.2"])
    {
        line["raw_b64"] = json!(base64(raw));
        line["raw_len"] = json!(raw.len());
    }
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    place.file("again.ndjson", lines.join("\n"));
    let previewed = place.run(&["preview", "again.ndjson", "--vpc-format", "srcaddr dstaddr bytes"]).json();
    let found: Vec<_> = previewed
        .iter()
        .map(|event| (&event["src_endpoint"]["ip"], &event["time"], &event["cloud"]["account"]["uid"]))
        .collect();
    let time = json!(1_767_225_600_000_i64);
    assert_eq!(
        found,
        [
            (&json!("192.0.2.1"), &time, &Value::Null),
            (&json!("192.0.2.2"), &time, &Value::Null),
            (&json!("192.0.2.3"), &time, &json!("444455556666"))
        ]
    );
    let (ran, report) = place.report("again.ndjson --out lake2 --vpc-format srcaddr,dstaddr,bytes");
    assert_eq!((ran.status, &report["records"]["events"]), (0, &json!(3)), "{}", ran.err);
}

#[test]
fn flow_records_without_a_time_have_that_of_the_key() {
    let place = Sandbox::new();
    let folder = "logs/AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/01/02";
    let name = "111122223333_vpcflowlogs_eu-west-1_fl-0c0ffee0c0ffee001_20260102T0005Z_5e1f0a2b.log.gz";
    place.file(format!("{folder}/{name}"), gzip("srcaddr dstaddr bytes\n192.0.2.1 10.0.0.1 40\n"));
    let (ran, report) = place.report("logs --out lake");
    assert_eq!((ran.status, &report["records"]["events"]), (0, &json!(1)), "{}", ran.err);
    let file = place.tree("lake/ext").into_keys().next().unwrap();
    assert!(file.contains("region=eu-west-1/accountId=111122223333/eventDay=20260102/"), "{file}");
    assert!(report["issues"].to_string().contains("time-of-object"), "{}", report["issues"]);
}

#[test]
fn flows_of_networks_and_gateways_lie_in_one_folder() {
    let place = Sandbox::new();
    let vpc = "version account-id interface-id srcaddr dstaddr start log-status\n\
        2 111122223333 eni-0aa1 10.0.0.1 10.0.0.2 1767225600 OK\n2 111122223333 eni-0aa1 - - 1767225600 NODATA\n";
    let gateway = "ACCOUNT-ID TGW-ID TGW-ATTACHMENT-ID SRCADDR DSTADDR START LOG-STATUS\n\
        111122223333 tgw-0aa1 tgw-attach-0aa1 10.0.0.1 10.1.0.2 1767225600 OK\n\
        111122223333 tgw-0aa1 tgw-attach-0aa1 - - 1767225600 SKIPDATA\n";
    place.file("logs/a.log", vpc).file("logs/b.log", gateway).file("logs/c.log", [gateway, vpc].concat());
    let events = |report: &Value| -> Vec<(String, Value)> {
        let tables = report["tables"].as_array().unwrap();
        tables
            .iter()
            .map(|table| (table["table"].as_str().unwrap().to_owned(), table["events"].clone()))
            .collect()
    };
    let (ran, report) = place.report("logs --out lake");
    assert_eq!(
        events(&report),
        [("tgw-flow".into(), json!(2)), ("vpc-flow".into(), json!(2))],
        "{}",
        ran.err
    );
    assert_eq!(report["records"]["skipped"], json!({"nodata": 2, "skipdata": 2}));
    assert!(ran.err.contains("`--account` and `--region`"), "{}", ran.err);
    let (ran, report) = place.report("logs --out kept --ocsf 1.3.0 --keep-nodata --region eu-west-1");
    assert_eq!(
        events(&report),
        [("tgw-flow".into(), json!(4)), ("vpc-flow".into(), json!(4))],
        "{}",
        ran.err
    );
    let ran = place.call("convert logs --out none --keep-nodata");
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("`keep-nodata` needs OCSF 1.3.0 or later"), "{}", ran.err);
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(text)
}

#[test]
fn rejects_go_where_they_are_wanted() {
    let place = Sandbox::new();
    place.file("logs/a.json", format!("{}\nx\n", record(1)));
    let limit = "--max-rejects 1";
    place.report(&format!("logs --out one --rejects elsewhere {limit}"));
    assert_eq!((place.tree("elsewhere").len(), place.tree("one/_rejects").len()), (1, 0));
    place.report(&format!("logs --out two --rejects none {limit}"));
    assert_eq!(place.tree("two/_rejects").len(), 0);
}

#[test]
fn rejects_do_not_go_where_they_would_be_inputs() {
    let place = Sandbox::new();
    place.file("logs/a.json", format!("{}\nx\n", record(1)));
    for dir in ["logs/bad", "logs", "logs/../logs/b/c"] {
        let ran = place.call(&format!("convert logs --out one --rejects {dir} --max-rejects 1"));
        assert_eq!(ran.status, 2, "{}", ran.err);
        assert!(ran.err.contains("cannot put rejected records where inputs are"), "{}", ran.err);
    }
    for dir in ["logs/_rejects", "logs/lake/bad"] {
        let (ran, _) =
            place.report(&format!("logs --out logs/lake --rejects {dir} --max-rejects 1 --overwrite"));
        assert_eq!(ran.status, 0, "{}", ran.err);
    }
}

#[test]
fn too_many_rejects_publish_nothing() {
    let place = Sandbox::new();
    place.file("logs/a.json", format!("{}\nx\ny\n", record(1)));
    for limit in ["50%", "1", "0"] {
        let ran = place.call(&format!("convert logs --out lake --max-rejects {limit}"));
        assert_eq!(ran.status, 3, "{limit}: {}", ran.err);
        assert!(ran.err.starts_with("Read 1 file, "), "{}", ran.err);
        assert!(ran.err.contains("nothing was published"), "{}", ran.err);
        assert!(place.tree("lake").is_empty());
    }
    assert_eq!(place.call("convert logs --out lake --max-rejects 67%").status, 0);
}

#[test]
fn what_is_no_log_is_told_and_the_rest_goes_on() {
    let place = logs();
    place.file("logs/notes.txt", "hello");
    place.file("logs/torn.json.gz", &gzip(envelope(100..200))[..900]);
    place.file(
        "logs/digest.json",
        r#"{"awsAccountId":"111122223333","digestStartTime":"t","digestS3Object":"o"}"#,
    );
    let (ran, report) = place.report("logs --out lake");
    assert_eq!(ran.status, 1);
    let inputs = &report["inputs"];
    assert_eq!(inputs["unrecognised"][0]["input"], "logs/notes.txt");
    assert_eq!(inputs["damaged"][0]["input"], "logs/torn.json.gz");
    assert_eq!(inputs["skipped"], json!({"cloudtrail-digest": 1}));
    assert!(report["records"]["events"].as_u64() > Some(80));
    for told in ["not recognised", "`logs/notes.txt`", "truncated", "hint: run `ocsf detect"] {
        assert!(ran.err.contains(told), "{told}: {}", ran.err);
    }
    // What is unrecognised is told again; what was converted, damaged or not, is not converted again.
    let (ran, report) = place.report("logs --out lake");
    assert_eq!((ran.status, &report["records"]["events"]), (1, &json!(0)));
}

#[test]
fn mistakes_on_the_command_line_exit_with_2() {
    let place = logs();
    for (args, told) in [
        ("convert nowhere --out lake", "nowhere"),
        ("convert logs", "--out"),
        ("convert logs --out lake --ocsf 9.9", "9.9"),
        ("convert logs --out lake --source cloudtrial", "did you mean `cloudtrail`"),
        ("convert logs --out ftp://bucket/prefix", "there are `s3://`"),
        ("convert logs --out lake --account 12", "twelve digits"),
        ("convert logs --out lake --source-name ct-api-activty=x", "did you mean `ct-api-activity`"),
        ("convert logs --out lake/ext/my-trail", "--source-name TABLE=my-trail"),
        ("convert logs --out lake --source-name ct-api-activity=../x", "is no source name"),
        (
            "convert logs --out lake --source-name ct-api-activity=a,ct-authentication=A",
            "both be written as `A`",
        ),
        ("convert logs --out lake --source-name ct-api-activity=ct-authentication", "one class"),
        ("convert logs --out lake --class api_activty", "did you mean `api_activity`"),
        ("convert logs --out lake --since 2024-05-02 --until 2024-05-02", "`--until`"),
    ] {
        let ran = place.call(args);
        assert_eq!(ran.status, 2, "{args}: {}", ran.err);
        assert!(ran.err.contains(told), "{args}: {}", ran.err);
    }
    assert!(!place.path("lake").exists());
}

#[test]
fn a_lake_keeps_its_options_and_other_folders_are_not_touched() {
    let place = logs();
    place.report("logs --out lake");
    let ran = place.call("convert logs --out lake --ocsf 1.3.0");
    assert_eq!(ran.status, 3);
    assert!(ran.err.contains("ocsf 1.1.0, now 1.3.0"), "{}", ran.err);
    place.file("mine/precious.txt", "x");
    let ran = place.call("convert logs --out mine");
    assert_eq!(ran.status, 3);
    assert!(ran.err.contains("precious.txt") && ran.err.contains("hint:"), "{}", ran.err);
    assert_eq!(place.tree("mine").len(), 1);
    let ran = place.call("convert logs --out mine/precious.txt");
    ran.check(3, "", "error: cannot create `mine/precious.txt`\n  File exists (os error 17)\n");
}

#[test]
fn a_damaged_state_is_told_with_the_way_out() {
    let place = logs();
    place.report("logs --out lake");
    let name = place.tree("lake/_ocsf/manifest").into_keys().next().unwrap();
    place.file(format!("lake/_ocsf/manifest/{name}"), "{");
    let ran = place.call("convert logs --out lake");
    assert_eq!(ran.status, 3);
    assert!(ran.err.contains(&name) && ran.err.contains("is damaged"), "{}", ran.err);
    assert!(ran.err.contains("with all files whose names begin with its own"), "{}", ran.err);
}

#[test]
fn a_state_serves_one_output() {
    let place = logs();
    assert_eq!(place.call("convert logs --out one --state state").status, 0);
    let ran = place.call("convert logs --out two --state state");
    assert_eq!(ran.status, 3);
    let lines: Vec<&str> = ran.err.lines().collect();
    let [why, _, hint] = lines.as_slice() else { panic!("{}", ran.err) };
    assert!(
        why.starts_with("error: `state` is the state of `/") && why.contains("/one`, not of `/"),
        "{why}"
    );
    assert!(why.contains("/two`, where `ext/ct-api-activity/"), "{why}");
    assert_eq!(
        *hint,
        "hint: each output needs a state of its own; if it is the same lake, which was moved, remove `_ocsf/output.json` of the state and run again"
    );
    let ran = place.call("compact two --state state");
    assert!(ran.status == 3 && ran.err.contains("is the state of"), "{}", ran.err);
    // A dry run to what is not there yet works elsewhere, and is judged the same.
    let ran = place.call("convert logs --out three --state state --dry-run");
    assert!(ran.status == 3 && ran.err.contains("/three`, where `ext/"), "{}", ran.err);
    fs::remove_dir_all(place.path("two")).unwrap();
    fs::rename(place.path("one"), place.path("two")).unwrap();
    let (ran, report) = place.report("logs --out two --state state");
    assert_eq!((ran.status, &report["inputs"]["covered"]), (0, &2.into()), "{}", ran.err);
}

#[test]
fn what_a_killed_run_left_among_rejects_elsewhere_goes() {
    let place = logs();
    let part = "bad/.0123456789abcdef0123456789abcdef.ndjson.zst.part";
    place.file(part, "half");
    place.file("bad/other.part", "");
    assert_eq!(place.call("convert logs --out lake --rejects bad").status, 0);
    assert!(place.path(part).exists(), "another run may be at it");
    let file = fs::File::options().write(true).open(place.path(part)).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(place.call("convert logs --out lake --rejects bad").status, 0);
    assert_eq!(place.tree("bad").into_keys().collect::<Vec<_>>(), ["other.part"]);
}

#[test]
fn times_and_classes_choose_events_and_the_rest_is_counted() {
    let place = Sandbox::new();
    place.file("logs/a.json", envelope([0, 3600, 7200]));
    let (_, report) = place.report("logs --out one --since 2024-05-02 --until 2024-05-03T00:00:00Z");
    assert_eq!(
        report["records"],
        json!({"records": 3, "events": 1, "rejects": 0, "skipped": {"outside-times": 2}})
    );
    let (_, report) = place.report("logs --out two --class authentication");
    assert_eq!(
        report["records"],
        json!({"records": 3, "events": 0, "rejects": 0, "skipped": {"other-class": 3}})
    );
    assert!(place.tree("two/ext").is_empty());
}

#[test]
fn partitions_come_from_the_record_then_the_key_then_the_flags() {
    let place = Sandbox::new();
    let bare = |number: u32| {
        let mut record = record(number);
        for name in ["awsRegion", "recipientAccountId", "userIdentity"] {
            record.as_object_mut().unwrap().remove(name);
        }
        record.to_string()
    };
    let key = "AWSLogs/444455556666/CloudTrail/eu-west-1/2024/05/01/x.json";
    place.file(format!("logs/{key}"), bare(0));
    place.file("logs/bare.json", bare(1));
    place.report("logs --out one");
    let folders: Vec<String> = place.tree("one/ext/ct-api-activity").into_keys().collect();
    assert!(folders[0].starts_with("region=eu-west-1/accountId=444455556666/"), "{folders:?}");
    assert!(folders[1].starts_with("region=unknown/accountId=unknown/"), "{folders:?}");
    place.report("logs --out two --account 777788889999 --region ap-south-1");
    let folders: Vec<String> = place.tree("two/ext/ct-api-activity").into_keys().collect();
    assert!(folders[0].starts_with("region=ap-south-1/accountId=777788889999/"), "{folders:?}");
    let ran = place.call("convert logs --out three --strict-partitions");
    assert_eq!(ran.status, 3);
    assert!(ran.err.contains("--account") && place.tree("three").is_empty(), "{}", ran.err);
    let (_, report) = place.report("logs --out four --lake-region us-west-2");
    assert!(report["files"][0]["path"].as_str().unwrap().contains("/region=us-west-2/"));
}

#[test]
fn the_location_of_a_custom_source_gets_its_class_only() {
    let place = Sandbox::new();
    let mut login = record(1);
    login["eventSource"] = json!("signin.amazonaws.com");
    login["eventName"] = json!("ConsoleLogin");
    place.file("logs/a.json", format!("{}\n{login}\nbroken\n", record(0)));
    let args =
        "logs --out bucket/ext/my-trail --state state --source-name ct-api-activity=my-trail --max-rejects 1";
    let (ran, report) = place.report(args);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(report["records"]["skipped"], json!({"other-table": 1}));
    let files: Vec<String> = place.tree("bucket").into_keys().collect();
    assert_eq!(files.len(), 1);
    assert!(files[0].starts_with("ext/my-trail/region=us-east-1/"), "{files:?}");
    assert!(place.path("state/_ocsf/lake.json").exists());
    // Another table has a state of its own.
    let ran = place.call("convert logs --out bucket/ext/ct-authentication --state state --source-name ct-api-activity=my-trail");
    assert_eq!(ran.status, 3);
    assert!(ran.err.contains("table ct-api-activity, now ct-authentication"), "{}", ran.err);
    fs::remove_dir(place.path("bucket/ext/ct-authentication")).unwrap();
    // Only events are written there.
    assert_eq!(place.tree("state/_rejects").len(), 1);
    let folders = fs::read_dir(place.path("bucket/ext/my-trail")).unwrap();
    assert_eq!(folders.count(), 1);
}

#[test]
fn a_dry_run_writes_nothing() {
    let place = logs();
    let (ran, report) = place.report("logs --out lake --dry-run");
    assert_eq!((ran.status, &report["records"]["events"]), (0, &json!(80)));
    assert_eq!(report["tables"][0]["events"], 80);
    assert!(!place.path("lake").exists());
    place.report("logs --out lake");
    let before = place.tree("lake");
    place.file("logs/c.json", envelope(90..95));
    let (_, report) = place.report("logs --out lake --dry-run");
    assert_eq!(report["records"]["events"], 5);
    assert!(before == place.tree("lake"));
}

#[test]
fn standard_input_is_read() {
    let place = Sandbox::new();
    let mut child = place.command(&["convert", "-", "--out", "lake"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&gzip(envelope(0..10))).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(place.tree("lake/ext").len(), 1);
}

#[test]
fn a_stream_is_known_by_its_content() {
    let place = Sandbox::new();
    let feed = |events: std::ops::Range<u32>, more: &[&str]| {
        let args = [&["convert", "-", "--out", "lake", "--report", "json"], more].concat();
        let said = place.feed(&args, envelope(events).as_bytes());
        let report: Value = serde_json::from_str(&said.out).unwrap();
        (said.status, report["records"]["events"].clone(), report["inputs"]["covered"].clone())
    };
    assert_eq!(feed(0..10, &[]), (0, json!(10), json!(0)));
    assert_eq!(feed(10..30, &[]), (0, json!(20), json!(0)));
    assert_eq!(place.tree("lake/ext").len(), 2);
    let before = place.tree("lake");
    assert_eq!(feed(0..10, &[]), (0, json!(0), json!(1)));
    assert_eq!(feed(0..10, &["--account", "444455556666"]), (0, json!(0), json!(1)));
    assert!(before == place.tree("lake"));
    // What other streams gave stays.
    assert_eq!(feed(0..10, &["--overwrite"]), (0, json!(10), json!(0)));
    assert!(before == place.tree("lake"));
    assert_eq!(feed(0..10, &["--overwrite", "--account", "444455556666"]), (0, json!(10), json!(0)));
    assert_eq!(place.tree("lake/ext").len(), 2);
}

#[test]
fn the_summary_balances() {
    let place = logs();
    place.file("logs/c.json", format!("{}\nbroken\n", record(99)));
    let ran = place.call("convert logs --out lake");
    assert_eq!((ran.status, ran.out.as_str()), (0, ""));
    assert!(ran.err.starts_with("Converted 3 files, "), "{}", ran.err);
    assert!(ran.err.contains("accounted: 81 events + 1 rejected + 0 skipped = 82 records"), "{}", ran.err);
    let quiet = place.call("convert logs --out lake2 -q");
    assert!(quiet.err.starts_with("warning: 1 record rejected"), "{}", quiet.err);
}

/// Sends a signal to a run that is reading endless input. Its input ends when it does.
#[cfg(unix)]
fn interrupted(signal: &str) -> (Sandbox, Option<i32>) {
    let place = Sandbox::new();
    let mut child = place
        .command(&["convert", "-", "--out", "lake"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let line = format!("{}\n", record(1)).repeat(1000);
    let mut written = 0;
    while stdin.write_all(line.as_bytes()).is_ok() {
        written += 1;
        if written == 20 {
            // Its signal handlers are in place, since it reads.
            let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
            assert!(kill.success());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    (place, child.wait().unwrap().code())
}

#[cfg(unix)]
#[test]
fn signals_roll_back_what_is_not_published() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let (place, ended) = interrupted(signal);
        assert_eq!(ended, Some(code), "{signal}");
        assert!(place.tree("lake").is_empty(), "{signal}");
    }
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let place = logs();
    place.report("logs --out lake");
    place.file("lake/_ocsf/staging/run-dead/lock", "");
    place.file("lake/_ocsf/staging/run-dead/group-1/000000.part", "half");
    place.report("logs --out lake");
    assert!(!place.path("lake/_ocsf/staging").exists());
}

#[test]
fn options_of_single_sources_are_flags() {
    let place = Sandbox::new();
    let rows = "2 111122223333 eni-0aa1 192.0.2.1 198.51.100.1 1 2 6 1 40 1767225600 1767225655 ACCEPT OK\n\
                2 111122223333 eni-0aa1 - - - - - - - 1767225600 1767225655 - NODATA\n";
    place.file("logs/flow.log", rows);
    let (_, report) = place.report("logs --out one --ocsf 1.3.0");
    assert_eq!(
        (&report["records"]["events"], &report["records"]["skipped"]["nodata"]),
        (&json!(1), &json!(1))
    );
    let (_, report) = place.report("logs --out two --ocsf 1.3.0 --keep-nodata");
    assert_eq!(report["records"]["events"], 2);
    // Whether such rows are events is for a whole lake to say.
    let ran = place.call("convert logs --out one --ocsf 1.3.0 --keep-nodata");
    assert_eq!(ran.status, 3);
    assert!(ran.err.contains("keep-nodata none, now true"), "{}", ran.err);
    let ran = place.call("convert logs --out three --keep-nodata");
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("needs OCSF 1.3.0") && !place.path("three").exists(), "{}", ran.err);
}
