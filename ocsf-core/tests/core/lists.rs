//! Lists of objects, and what they leave.

use serde_json::{Value, json};

use super::{issues, mapped, options, record, vault};
use ocsf_core::Unmapped;
use ocsf_core::testing::map;

fn as_json(input: &str) -> Value {
    map(&mut vault(&options(|options| options.unmapped = Unmapped::Json)), input.as_bytes()).json()[0].take()
}

/// A fault in the second item of the only record used to be looked up in a second record.
#[test]
fn faults_of_items_belong_to_their_record() {
    let input = record(r#","items":[{"id":"a"},{"id":{"x":1}},{"kind":"k"}]"#);
    let mapped = mapped(&input);
    assert_eq!(mapped.json()[0]["resources"], json!([{"uid": "a"}]));
    assert_eq!(issues(&mapped), [("bad-value", "id", 1), ("item-dropped", "items", 2)]);
    assert_eq!(mapped.json()[0]["unmapped"], json!({"items[].id.x": "1", "items[].kind": "k"}));
}

#[test]
fn what_items_leave_is_joined_and_a_comma_makes_it_json() {
    let plain = mapped(record(r#","items":[{"id":"a","n":1},{"id":"b","n":2}]"#));
    assert_eq!(plain.json()[0]["unmapped"], json!({"items[].n": "1,2"}));
    let commas = mapped(record(r#","items":[{"id":"a","n":"1,5"},{"id":"b","n":"\"2\""}]"#));
    assert_eq!(commas.json()[0]["unmapped"], json!({"items[].n": r#"["1,5","\"2\""]"#}));
}

#[test]
fn elements_that_are_no_objects_are_left_over() {
    let input = record(r#","items":[{"id":"a"},7,["x"],{"id":"b","more":{"y":null,"z":0}}]"#);
    assert_eq!(
        mapped(&input).json()[0]["unmapped"],
        json!({"items[]": "7", "items[][]": "x", "items[].more.z": "0"})
    );
    assert_eq!(as_json(&input)["unmapped"], json!({"items": [7, ["x"], {"more": {"y": null, "z": 0}}]}));
}

#[test]
fn an_empty_list_is_kept_in_json_alone() {
    let input = record(r#","items":[]"#);
    assert_eq!(as_json(&input)["unmapped"], json!({"items": []}));
    assert_eq!(mapped(&input).json()[0].get("unmapped"), None);
}

/// Used to be compared one with another, all with all.
#[test]
fn many_members_and_items_are_read_in_linear_time() {
    let items: Vec<String> = (0..60_000).map(|i| format!(r#"{{"id":"i{i}","x{i}":{i}}}"#)).collect();
    let members: Vec<String> = (0..60_000).map(|i| format!(r#","m{i}":{i}"#)).collect();
    let mapped = mapped(record(&format!(r#","items":[{}]{}"#, items.join(","), members.concat())));
    let event = &mapped.json()[0];
    assert_eq!(event["resources"].as_array().unwrap().len(), 60_000);
    assert_eq!(event["unmapped"].as_object().unwrap().len(), 120_000);
    assert_eq!(event["observables"].as_array().unwrap().len(), 60_002);
}
