//! The rules, each with an event that breaks it alone.
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod columns;
mod json;

use ocsf_validate::{Code, Finding, Json, Level, Options, Validator};
use serde_json::Value;

/// A valid event of API Activity.
fn event() -> Value {
    serde_json::json!({
        "activity_id": 2, "activity_name": "Read",
        "category_uid": 6, "category_name": "Application Activity",
        "class_uid": 6003, "class_name": "API Activity",
        "type_uid": 600_302, "type_name": "API Activity: Read",
        "severity_id": 1, "severity": "Informational",
        "status_id": 99, "status": "Throttled",
        "time": 1_767_225_600_000_i64, "time_dt": "2026-01-01T00:00:00Z",
        "actor": {"user": {"uid": "AIDA111122223333EXAMPLE", "type_id": 1, "type": "User"}},
        "api": {"operation": "ListBuckets", "response": {"code": 200}},
        "src_endpoint": {"ip": "192.0.2.1", "port": 443},
        "cloud": {"provider": "AWS"},
        "unmapped": {"any": {"thing": [1, "x"]}},
        "observables": [{"name": "src_endpoint.ip", "type_id": 2, "type": "IP Address", "value": "192.0.2.1"}],
        "metadata": {
            "version": "1.1.0", "profiles": ["cloud", "datetime"],
            "product": {"vendor_name": "AWS", "name": "CloudTrail"}
        },
    })
}

fn found_with(event: &Value, options: Options) -> Vec<Finding> {
    let text = event.to_string();
    let json = Json::parse(text.as_bytes()).unwrap();
    let mut found = Vec::new();
    Validator::new(options).check(&json, &mut |finding| found.push(finding));
    found
}

/// Codes and paths of what is found in `event`.
fn found(event: &Value) -> Vec<(Code, String)> {
    let all = found_with(event, Options::default());
    all.into_iter().map(|finding| (finding.code, finding.path)).collect()
}

/// The event with one value changed; JSON null takes it out.
fn with(pointer: &str, value: Value) -> Value {
    let mut event = event();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = event.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Value::Null => {
            parent.remove(name);
        }
        value => {
            parent.insert(name.to_owned(), value);
        }
    }
    event
}

#[test]
fn a_valid_event_has_no_findings() {
    assert_eq!(found(&event()), []);
}

#[test]
fn levels_and_rules_follow_the_options() {
    let wrong_caption = with("/activity_name", "Write".into());
    let levels = |options| -> Vec<Level> {
        found_with(&wrong_caption, options).into_iter().map(|finding| finding.level).collect()
    };
    assert_eq!(levels(Options::default()), [Level::Warning]);
    assert_eq!(levels(Options { strict: true, ..Options::default() }), [Level::Error]);
    let quiet = [Code::AttributeEnumSiblingIncorrect].into();
    assert_eq!(levels(Options { quiet, ..Options::default() }), []);

    let recommended = Options { recommended: true, ..Options::default() };
    let codes: Vec<_> = found_with(&event(), recommended).into_iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&Code::AttributeRecommendedMissing), "{codes:?}");
    let recommended = Options { recommended: true, ..Options::default() };
    let codes: Vec<_> = found_with(&with("/severity", Value::Null), recommended)
        .into_iter()
        .map(|finding| finding.code)
        .collect();
    assert!(codes.contains(&Code::EnumIdWithoutSibling), "{codes:?}");
}

#[test]
fn a_version_that_is_asked_for_counts() {
    let check = |version: &str| {
        let options = Options { version: Some(version.to_owned()), ..Options::default() };
        let found = found_with(&with("/metadata/version", "1.3.0".into()), options);
        found
            .into_iter()
            .map(|finding| finding.code)
            .filter(|code| code.as_str().starts_with("version"))
            .collect()
    };
    let none: Vec<Code> = check("1.3.0");
    assert_eq!(none, []);
    assert_eq!(check("1.1.0"), [Code::VersionIncompatibleLater]);
    assert_eq!(check("1.5.0"), [Code::VersionEarlier]);
}

#[test]
fn messages_say_what_was_expected_and_what_is_there() {
    let message = |event: &Value| {
        let found = found_with(event, Options::default());
        assert_eq!(found.len(), 1, "{found:?}");
        found.into_iter().map(|finding| finding.message).collect::<String>()
    };
    assert_eq!(
        message(&with("/class_name", "x".into())),
        "expected `API Activity` of class_uid 6003, got `x`"
    );
    assert_eq!(message(&with("/api/operation", 7.into())), "expected string_t, got an integer 7");
    assert_eq!(message(&with("/x", 7.into())), "api_activity has no such attribute in OCSF 1.1.0");
    assert_eq!(message(&with("/src_endpoint/port", 70_000.into())), "70000 is not in 0 to 65535 of port_t");
}
