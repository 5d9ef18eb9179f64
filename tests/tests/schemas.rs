//! The committed facts against the official schema they come from, and against facts compiled by others.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap hides what went wrong")]

use ocsf_schemas::{VERSIONS, json};
use ocsf_schemas_generate::{Checkout, compile};
use ocsf_tests::shared;
use serde_json::{Map, Value};

/// What the verified files hold beyond our facts.
const NOT_OURS: [&str; 4] = ["associations", "chain", "group", "own_profiles"];

#[test]
fn the_committed_facts_are_what_the_generator_writes() {
    let Some(shared) = shared() else {
        println!("skipped: no official schema to generate from");
        return;
    };
    for version in VERSIONS {
        let committed = json(version).unwrap();
        let checkout = Checkout::open(&shared.join(format!("ocsf/upstream/{version}.tar.gz"))).unwrap();
        let facts = compile(&checkout, checkout.commit().unwrap()).unwrap();
        assert_eq!(facts.version(), *version);
        let generated = facts.to_json().unwrap();
        let differing = committed.lines().zip(generated.lines()).find(|(old, new)| old != new);
        assert!(
            committed == generated,
            "{version} is stale, generate it again; first difference: {differing:?}"
        );
    }
}

#[test]
fn the_committed_facts_equal_the_verified_ones() {
    let Some(shared) = shared() else {
        println!("skipped: no verified facts to compare with");
        return;
    };
    for version in VERSIONS {
        let text = std::fs::read_to_string(shared.join(format!("ocsf/compiled/{version}.json"))).unwrap();
        let verified: Value = serde_json::from_str(&text).unwrap();
        let ours: Value = serde_json::from_str(json(version).unwrap()).unwrap();
        for member in ["version", "categories", "types", "profiles", "extensions", "observable_types"] {
            assert_eq!(ours[member], verified[member], "{version} {member}");
        }
        let mut attributes = 0;
        for kind in ["classes", "objects"] {
            for (name, item) in members(&verified[kind]) {
                let expected = facts_of(item);
                let own = members(&ours[kind][name]);
                attributes += members(&expected["attributes"]).len();
                for (attribute, facts) in members(&expected["attributes"]) {
                    assert_eq!(&own["attributes"][attribute], facts, "{version} {name}.{attribute}");
                }
                assert_eq!(own, &expected, "{version} {name}");
            }
        }
        assert!(attributes > 1000, "{version}: only {attributes} attributes were compared");
    }
}

fn members(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

/// A verified item without what is not ours.
fn facts_of(item: &Value) -> Map<String, Value> {
    let mut item = members(item).clone();
    item.retain(|key, _| !NOT_OURS.contains(&key.as_str()));
    for attribute in item["attributes"].as_object_mut().unwrap().values_mut() {
        attribute.as_object_mut().unwrap().retain(|key, _| !NOT_OURS.contains(&key.as_str()));
    }
    item
}
