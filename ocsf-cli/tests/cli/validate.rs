use serde_json::{Value, json};

use crate::Sandbox;
use crate::support::envelope;

/// A sandbox with a lake of three events.
fn lake() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("trail.json", envelope(0..3));
    assert_eq!(sandbox.call("convert trail.json --out lake -q").status, 0);
    sandbox
}

fn event() -> Value {
    json!({
        "class_uid": 6003, "category_uid": 6, "activity_id": 1, "type_uid": 600_301, "severity_id": 1,
        "time": 1_767_225_600_000_i64, "api": {"operation": "PutObject"}, "actor": {"user": {"uid": "1"}},
        "src_endpoint": {"ip": "192.0.2.1"},
        "metadata": {"version": "1.1.0", "product": {"name": "x", "vendor_name": "y"}},
    })
}

#[test]
fn a_lake_of_ours_is_valid() {
    let sandbox = lake();
    let said = sandbox.call("validate lake");
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    assert!(said.out.starts_with("checked 3 events in 1 file"), "{}", said.out);
    assert!(said.out.ends_with("0 errors, 0 warnings\n"), "{}", said.out);
}

#[test]
fn every_form_of_json_is_read_and_places_are_told() {
    let sandbox = Sandbox::new();
    let (good, mut bad) = (event(), event());
    bad["type_uid"] = json!(7);
    bad["severity"] = json!("High");
    let forms = [
        ("lines.ndjson", format!("{good}\n\n{bad}\n{{\"broken\": \n"), "line"),
        ("list.json", format!("[{good},\n{bad}]"), "event"),
        ("events.json", format!("{{\"events\": [{good}, {bad}]}}"), "event"),
        ("pretty.json", format!("{good:#}\n{bad:#}"), "event"),
    ];
    for (name, text, unit) in &forms {
        sandbox.file(name, text);
        let said = sandbox.call(&format!("validate {name} --format json --no-config"));
        let report: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(said.status, 1, "{name}");
        let codes: Vec<_> =
            report["findings"].as_array().unwrap().iter().map(|f| f["code"].clone()).collect();
        assert!(codes.contains(&json!("type_uid_incorrect")), "{name}: {codes:?}");
        assert_eq!(codes.contains(&json!("not_json")), *unit == "line", "{name}: {codes:?}");
        let place = &report["findings"][usize::from(*unit == "line")]["places"][0];
        assert_eq!((place["file"].as_str(), place[unit].as_u64().is_some()), (Some(*name), true), "{place}");
    }
    let said = sandbox.call("validate . --allow type_uid_incorrect,attribute_enum_value_unknown,not_json");
    assert!(said.out.contains("checked 9 events in 4 files"), "{}", said.out);
    assert_eq!(said.status, 0, "{}", said.out);
    let said = sandbox.call(
        "validate . --allow type_uid_incorrect,attribute_enum_value_unknown,not_json --fail-on warning",
    );
    assert_eq!(said.status, 1, "a wrong caption is a warning");
}

#[test]
fn a_byte_order_mark_and_nothing_at_all_are_no_findings() {
    let sandbox = Sandbox::new();
    sandbox.file("bom.json", format!("\u{feff}{}\r\n", event())).file("empty.json", "");
    let said = sandbox.call("validate bom.json");
    assert!(said.status == 0 && said.out.starts_with("checked 1 event in 1 file"), "{said}");
    let said = sandbox.call("validate empty.json");
    assert!(said.status == 0 && said.out.starts_with("checked 0 events in 1 file"), "{said}");
}

#[test]
fn findings_are_told_for_people() {
    let sandbox = Sandbox::new();
    let mut bad = event();
    bad["type_uid"] = json!("\u{1b}[31m");
    bad["severity"] = json!("High");
    sandbox.file("events.ndjson", format!("{}\n{bad}\n{bad}\n", event()));
    insta::assert_snapshot!("validate_text", sandbox.call("validate events.ndjson"));
}

#[test]
fn each_finding_is_a_line() {
    let sandbox = Sandbox::new();
    let mut bad = event();
    bad["type_uid"] = json!(7);
    sandbox.file("events.ndjson", format!("{bad}\n{bad}\n"));
    let said = sandbox.call("validate events.ndjson --each -");
    let lines: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_two: Vec<_> =
        lines.iter().filter(|line| line["line"] == 2).map(|line| line["code"].clone()).collect();
    assert_eq!(of_two, ["attribute_enum_value_unknown", "type_uid_incorrect"]);
    let refused = sandbox.call("validate events.ndjson --each ./events.ndjson");
    assert!(refused.status == 2 && refused.err.contains("would overwrite"), "{refused}");
    assert_eq!(sandbox.call("validate events.ndjson --each each.ndjson").status, 1);
    assert_eq!(std::fs::read_to_string(sandbox.path("each.ndjson")).unwrap(), said.out);
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_checked() {
    let sandbox = lake();
    let file = sandbox.tree("lake").into_iter().find(|(name, _)| name.ends_with(".parquet")).unwrap();
    sandbox.file("lake/cut.parquet", &file.1[..file.1.len() / 2]);
    let said = sandbox.call("validate lake");
    assert_eq!(said.status, 1);
    assert!(said.out.starts_with("error: not_readable"), "{}", said.out);
    assert!(
        said.out.contains("cut.parquet") && said.out.contains("checked 3 events in 2 files"),
        "{}",
        said.out
    );

    let said = sandbox.call("validate no-such-folder");
    assert_eq!(said.status, 2);
    assert!(said.err.contains("no-such-folder"), "{}", said.err);
    let said = sandbox.call("validate lake --allow no_such_rule");
    assert_eq!(said.status, 2);
}
