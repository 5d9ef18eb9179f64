//! Nothing is lost: every value of a record is in a column, or in `unmapped`, or a documented change of it is.

use std::collections::{HashMap, HashSet};

use ocsf_core::schema::VERSIONS;
use ocsf_core::testing::map;
use ocsf_core::{MapperOptions, Unmapped};
use serde_json::Value;

use super::{mapper, options, samples};

/// Values that columns hold in another form: times and truths.
const CHANGED: [&str; 4] = [
    "eventTime",
    "userIdentity.sessionContext.attributes.creationDate",
    "userIdentity.sessionContext.attributes.mfaAuthenticated",
    "additionalEventData.MFAUsed",
];

/// Path and text of every value that says something.
fn leaves(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => found.push((path.to_owned(), plain(text))),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, &format!("{path}[]"), found)),
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            let dot = if path.is_empty() { "" } else { "." };
            leaves(value, &format!("{path}{dot}{name}"), found);
        }),
        other => found.push((path.to_owned(), plain(&other.to_string()))),
    }
}

/// A fraction in one spelling: the source may write it in another than the reader of this test.
fn plain(text: &str) -> String {
    let fraction = text.parse::<f64>().ok().filter(|_| text.contains(['.', 'e']));
    fraction.map_or_else(|| text.to_owned(), |number| number.to_string())
}

fn leaves_of(value: &Value, path: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    leaves(value, path, &mut found);
    found
}

/// The records of the plain samples by event id.
fn records() -> HashMap<String, Value> {
    let plain = [
        "management.json",
        "data-events.json",
        "authentication.jsonl",
        "account-change.json",
        "insights.json",
    ];
    let mut records = HashMap::new();
    for (_, sample) in samples().into_iter().filter(|(name, _)| plain.contains(&name.as_str())) {
        for document in serde_json::Deserializer::from_slice(&sample).into_iter::<Value>() {
            let document = document.expect("JSON");
            let list = document.get("Records").or(Some(&document)).and_then(Value::as_array).cloned();
            for record in list.unwrap_or_else(|| vec![document]) {
                records.insert(record["eventID"].as_str().expect("an id").to_owned(), record);
            }
        }
    }
    assert!(records.len() > 40, "{}", records.len());
    records
}

/// What of a record its event does not say.
fn lost(record: &Value, event: &Value, json: bool) -> Vec<(String, String)> {
    let text_of = |pointer| event.pointer(pointer).and_then(Value::as_str);
    let mut kept: HashSet<(String, String)> = HashSet::new();
    for (pointer, field) in
        [("/api/request/data", "requestParameters"), ("/api/response/data", "responseElements")]
    {
        let payload = text_of(pointer).map(|text| serde_json::from_str(text).expect("JSON"));
        kept.extend(leaves_of(&payload.unwrap_or_default(), field));
    }
    let mut columns = event.clone();
    let unmapped = columns.as_object_mut().expect("an event").remove("unmapped").unwrap_or_default();
    columns.as_object_mut().expect("an event").remove("observables");
    let columns: HashSet<String> = leaves_of(&columns, "").into_iter().map(|(_, text)| text).collect();
    kept.extend(leaves_of(&unmapped, ""));

    let is_kept = |(path, text): &(String, String)| {
        // A map joins the values of a key, or has a list of objects as JSON under the key of the list.
        let joined = || {
            let mut entries = unmapped.as_object().into_iter().flatten();
            entries.any(|(key, value)| {
                let value = value.as_str().unwrap_or_default();
                let as_json = serde_json::to_string(text).unwrap_or_default();
                path.starts_with(key) && (value.contains(text) || value.contains(as_json.trim_matches('"')))
            })
        };
        columns.contains(text)
            || kept.contains(&(path.clone(), text.clone()))
            || kept.contains(&(path.clone(), "REDACTED".to_owned()))
            || CHANGED.contains(&path.as_str())
            || !json && joined()
    };
    let mut leaves = leaves_of(record, "");
    leaves.retain(|leaf| !is_kept(leaf));
    leaves
}

#[test]
fn every_value_has_a_place() {
    let records = records();
    for version in VERSIONS {
        for unmapped in [Unmapped::Map, Unmapped::Json] {
            let mut options: MapperOptions = options(version);
            options.unmapped = unmapped;
            let mut cloudtrail = mapper(&options);
            let mut seen = 0;
            for (_, sample) in samples() {
                for event in map(&mut cloudtrail, &sample).json() {
                    let Some(record) = event["metadata"]["uid"].as_str().and_then(|uid| records.get(uid))
                    else {
                        continue;
                    };
                    let lost = lost(record, &event, unmapped == Unmapped::Json);
                    assert!(lost.is_empty(), "{version} {unmapped}: {lost:?} of {record}\nin {event}");
                    seen += 1;
                }
            }
            assert!(seen >= records.len(), "{seen}");
        }
    }
}

#[test]
fn no_secret_of_the_samples_comes_through() {
    let secrets = ["c2Vzc2lvbi10b2tlbg==", "QVdTOnNlY3JldA==", "not so secret", "eyJ", "eyK", "eyL"];
    for unmapped in [Unmapped::Map, Unmapped::Json] {
        let mut options = MapperOptions::default();
        (options.unmapped, options.raw_data) = (unmapped, true);
        for (name, sample) in samples() {
            let mapped = map(&mut mapper(&options), &sample);
            for (_, event) in mapped.events.iter().flatten() {
                let found = secrets.iter().find(|secret| event.contains(**secret));
                assert_eq!(found, None, "{name}: {event}");
            }
        }
    }
}
