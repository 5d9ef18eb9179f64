//! One broken rule at a time, in JSON.

use std::collections::BTreeSet;

use ocsf_validate::{Code, Json, Options, Validator};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{event, found, with};

#[test]
fn every_rule_finds_what_it_is_for() {
    let observable = |change: Value| {
        let mut observable = event()["observables"][0].clone();
        observable.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        with("/observables", json!([observable]))
    };
    let long = "1".repeat(50);
    let cases = [
        (with("/metadata/version", json!("0.9.0")), "version_unknown", "metadata.version"),
        (with("/class_uid", json!(123)), "class_uid_unknown", "class_uid"),
        (with("/time", Value::Null), "attribute_required_missing", "time"),
        (with("/api/operation", Value::Null), "attribute_required_missing", "api.operation"),
        (with("/api/what", json!(1)), "attribute_unknown", "api.what"),
        (with("/metadata/profiles", json!(["cloud"])), "attribute_profile_not_declared", "time_dt"),
        (
            with("/metadata/profiles", json!(["cloud", "datetime", "x"])),
            "profile_unknown",
            "metadata.profiles[2]",
        ),
        (
            with("/metadata/profiles", json!(["cloud", "datetime", "load_balancer"])),
            "profile_not_supported_by_class",
            "metadata.profiles[2]",
        ),
        (with("/api/operation", json!({})), "attribute_wrong_type", "api.operation"),
        (with("/api/operation", json!(["x"])), "attribute_wrong_type", "api.operation"),
        (with("/observables", json!({"name": "x"})), "attribute_wrong_type", "observables"),
        (with("/api", json!("ListBuckets")), "attribute_wrong_type", "api"),
        (with("/time", json!("2026-01-01")), "attribute_wrong_type", "time"),
        (with("/time_dt", json!("yesterday")), "attribute_wrong_type", "time_dt"),
        (with("/severity_id", json!(77)), "attribute_enum_value_unknown", "severity_id"),
        (with("/severity_id", Value::Null), "enum_sibling_without_id", "severity_id"),
        (with("/severity", json!("High")), "attribute_enum_sibling_incorrect", "severity"),
        (with("/status", json!("Other")), "attribute_enum_sibling_suspicious_other", "status"),
        (with("/class_name", json!("API activity")), "name_incorrect", "class_name"),
        (with("/category_uid", json!(4)), "category_uid_incorrect", "category_uid"),
        (with("/type_uid", json!(600_301)), "type_uid_incorrect", "type_uid"),
        (with("/time", json!(1_767_225_600)), "timestamp_unit_suspicious", "time"),
        (with("/time", json!(1_767_225_600_002_i64)), "datetime_disagrees", "time_dt"),
        (with("/time_dt", json!("2026-01-01T00:00:00")), "datetime_not_rfc3339", "time_dt"),
        (with("/time_dt", json!("2026-01-01 00:00:00Z")), "datetime_not_rfc3339", "time_dt"),
        (with("/src_endpoint/port", json!(-1)), "attribute_value_exceeds_range", "src_endpoint.port"),
        (
            with("/api/response/code", json!(1_u64 << 40)),
            "attribute_value_exceeds_range",
            "api.response.code",
        ),
        (with("/src_endpoint/mac", json!(long)), "attribute_value_exceeds_max_len", "src_endpoint.mac"),
        (with("/src_endpoint/mac", json!("x")), "attribute_value_regex_not_matched", "src_endpoint.mac"),
        (with("/src_endpoint", json!({"port": 443})), "constraint_failed", "src_endpoint"),
        (
            observable(json!({"name": "src_endpoint.x"})),
            "observable_name_invalid_reference",
            "observables[0].name",
        ),
        (
            observable(json!({"name": "src_endpoint.mac"})),
            "observable_value_not_in_event",
            "observables[0].name",
        ),
        (observable(json!({"value": "192.0.2.2"})), "observable_value_not_in_event", "observables[0].value"),
        (
            observable(json!({"type_id": 1, "type": "Hostname"})),
            "observable_type_mismatch",
            "observables[0].type_id",
        ),
        (with("/message", json!("")), "null_or_empty", "message"),
        (with("/message", json!("-")), "placeholder_value", "message"),
        (with("/actor/user/account_uid", json!("1")), "attribute_unknown", "actor.user.account_uid"),
    ];
    for (event, code, path) in cases {
        let found = found(&event);
        let expected = (Code::parse(code).unwrap(), path.to_owned());
        assert!(found.contains(&expected), "{expected:?} is not among {found:?}");
    }
}

#[test]
fn null_is_written_out_and_still_missing() {
    let mut event = event();
    event["time"] = Value::Null;
    let codes: BTreeSet<_> = found(&event).into_iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, BTreeSet::from(["attribute_required_missing", "null_or_empty"]));
}

#[test]
fn what_is_deprecated_is_told() {
    let mut event = event();
    event["metadata"]["version"] = json!("1.8.0");
    event["cloud"]["account"] = json!({"uid": "111122223333", "type_id": 10, "type": "AWS Account"});
    event["cloud"]["org"] = json!({"name": "x", "ou_name": "y"});
    event["api"]["response"]["flags"] = json!(["x"]);
    event["message"] = json!("x");
    event["http_request"] = json!({"url": {"url_string": "/", "categories": ["x"]}, "args": "x"});
    let codes: BTreeSet<_> = found(&event).into_iter().map(|(code, _)| code.as_str()).collect();
    assert!(!codes.contains("version_unknown"), "{codes:?}");
}

#[test]
fn an_event_that_is_none_is_told_once() {
    for text in ["7", "[]", "null", "\"x\""] {
        let json = Json::parse(text.as_bytes()).unwrap();
        let mut codes = Vec::new();
        Validator::new(Options::default()).check(&json, &mut |finding| codes.push(finding.code));
        assert_eq!(codes, [Code::NotAnObject], "{text}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map("[a-z_]{1,8}", inner, 0..6)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    /// Whatever stands at an attribute, the check of the event goes on to its end.
    #[test]
    fn no_value_stops_the_check(value in any_json(), at in 0_usize..24) {
        let mut event = event();
        let names: Vec<String> = event.as_object().unwrap().keys().cloned().collect();
        event[&names[at % names.len()]] = value;
        found(&event);
    }

    #[test]
    fn arbitrary_bytes_are_json_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(json) = Json::parse(&bytes) {
            Validator::new(Options::default()).check(&json, &mut |_| ());
        }
    }
}
