use arrow::array::{AsArray, StringArray};

use super::map::{KEYS_PER_RECORD, MIN_KEYS};
use super::*;
use crate::record::Origin;
use crate::scan::{Cursor, FieldTree, Value};

crate::fields! { FIELDS: TIME = "eventTime", NAME = "user.name", KIND = "user.kind" }

fn rest_of(text: &str, check: impl Fn(&Rest<'_, '_>)) {
    let arena = Bump::new();
    let secrets = Secrets::new(&["token"]);
    let tree = FieldTree::new(FIELDS);
    let mut values = vec![Value::Absent; FIELDS.len()];
    let mut left = Vec::new();
    let mut cursor = Cursor::new(text, true).with_secrets(secrets);
    tree.read(&mut cursor, &arena, &mut values, &mut left).unwrap();
    let taken = TIME.bit();
    check(&Rest {
        names: FIELDS,
        fields: Fields::of(&values, &Origin::default(), &arena),
        taken,
        members: &left,
        lists: &[],
        secrets,
        arena: &arena,
        record_bytes: text.len(),
    });
}

fn map(text: &str) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    let found = std::cell::RefCell::new(&mut entries);
    rest_of(text, |rest| {
        let mut builder = MapBuilder::default();
        builder.append(rest);
        let array = builder.finish(false);
        let map = array.as_map();
        let (keys, values): (&StringArray, &StringArray) = (map.keys().as_string(), map.values().as_string());
        found.borrow_mut().extend(
            keys.iter()
                .zip(values.iter())
                .map(|(key, value)| (key.unwrap().to_owned(), value.unwrap().to_owned())),
        );
    });
    entries
}

fn check(text: &str, expected: &[(&str, &str)]) {
    let found = map(text);
    let found: Vec<_> = found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn maps_have_dotted_keys_and_text_values() {
    check(
        r#"{"eventTime":"t","user":{"name":"n","kind":null,"x":{"y":1.50}},"ok":true}"#,
        &[("user.name", "n"), ("user.x.y", "1.50"), ("ok", "true")],
    );
    check(r#"{"a":"","b":{},"c":[],"d":null,"e":{"f":{}}}"#, &[]);
}

#[test]
fn lists_are_joined_or_json() {
    check(r#"{"a":["x","y",3,null]}"#, &[("a[]", "x,y,3")]);
    check(r#"{"a":["x,1","y"]}"#, &[("a[]", r#"["x,1","y"]"#)]);
    check(r#"{"a":[{"b": 1},{"b":[2]}]}"#, &[("a[]", r#"[{"b":1},{"b":[2]}]"#)]);
}

/// Some megabytes of such records took gigabytes of keys.
#[test]
fn keys_are_bounded_by_the_record() {
    let name = "k".repeat(500);
    let chain = format!(r#"{{"v":1,"{name}":"#).repeat(800) + "{\"token\":2}" + &"}".repeat(800);
    let wide: Vec<String> = (0..20_000).map(|n| format!(r#""{n}":1"#)).collect();
    let wide = format!(r#"{{"{name}":{{"{name}":{{{}}}}}}}"#, wide.join(","));
    for text in [chain, wide] {
        let found = map(&text);
        let keys: usize = found.iter().map(|(key, _)| key.len()).sum();
        assert!(keys < MIN_KEYS + KEYS_PER_RECORD * text.len(), "{keys} bytes of keys for {}", text.len());
        let (_, last) = found.last().unwrap();
        assert!(last.starts_with('{') && !last.contains("\"token\":2"));
    }
}

#[test]
fn secrets_are_hidden() {
    check(
        r#"{"token":"x","a":{"Token":{"b":1}},"l":[{"token":"y"}]}"#,
        &[("token", "REDACTED"), ("a.Token", "REDACTED"), ("l[]", r#"[{"token":"REDACTED"}]"#)],
    );
}

#[test]
fn json_keeps_the_shape_and_tells_null_from_empty() {
    rest_of(r#"{"eventTime":"t","user":{"kind":null,"x":{"y": 1}},"e":"","l":[ ],"token":"s"}"#, |rest| {
        let mut out = String::new();
        assert!(push_object(rest, &mut out));
        assert_eq!(out, r#"{"user":{"kind":null,"x":{"y":1}},"e":"","l":[],"token":"REDACTED"}"#);
    });
    // An empty object that has fields used to vanish.
    for (text, expected) in [
        (r#"{"user":{ },"o":{}}"#, r#"{"user":{},"o":{}}"#),
        (r#"{"user":{},"user":{"kind":"k"}}"#, r#"{"user":{"kind":"k"}}"#),
        (r#"{"user":{"kind":"k"},"user":{}}"#, r#"{"user":{}}"#),
        // A name may be empty; what is not mapped is an object all the same.
        (r#"{"":"deploy"}"#, r#"{"":"deploy"}"#),
    ] {
        rest_of(text, |rest| {
            let mut out = String::new();
            assert!(push_object(rest, &mut out));
            assert_eq!(out, expected, "{text}");
        });
    }
}
