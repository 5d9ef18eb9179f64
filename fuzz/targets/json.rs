//! The scanner of JSON beside serde_json: what is JSON, and what its members and elements are.
#![no_main]

use bumpalo::Bump;
use ocsf_core::{Cursor, Json, ScanError, Value, items, members};
use serde_json::value::RawValue;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut cursor = Cursor::new(text, true);
    let passed = cursor.skip_value().and_then(|()| match cursor.peek() {
        None => Ok(()),
        Some(_) => Err(ScanError::Syntax(cursor.at())),
    });
    if matches!(passed, Err(ScanError::TooDeep(_))) {
        return;
    }
    let raw = serde_json::from_str::<&RawValue>(text);
    assert_eq!(passed.is_ok(), raw.is_ok(), "{passed:?}, {raw:?}");
    if let Ok(raw) = raw {
        inside(raw.get());
    }
});

/// Compares what is in an object or an array. `raw` is valid.
fn inside(raw: &str) {
    let arena = Bump::new();
    let json = Json { raw, blanks: true, secret: false };
    if raw.starts_with('{') {
        let mut object = serde_json::Deserializer::from_str(raw);
        let mut expected = Vec::new();
        let read = serde_json_members(&mut object, &mut expected);
        let found: Vec<_> = members(json, &arena).collect();
        // A key with half a surrogate is no text for serde_json.
        if read {
            assert_eq!(found.len(), expected.len());
            for ((key, value), (their_key, theirs)) in found.iter().zip(&expected) {
                assert_eq!(key, their_key);
                same(*value, theirs.get());
            }
        }
    } else if raw.starts_with('[') {
        let expected: Vec<&RawValue> = serde_json::from_str(raw).expect("it is JSON");
        let found: Vec<_> = items(json, &arena).collect();
        assert_eq!(found.len(), expected.len());
        for (value, theirs) in found.iter().zip(&expected) {
            same(*value, theirs.get());
        }
    }
}

fn same(value: Value<'_>, raw: &str) {
    match value {
        Value::Absent => panic!("a value that is absent"),
        Value::Null => assert_eq!(raw, "null"),
        Value::Bool(flag) => assert_eq!(raw, flag.to_string()),
        Value::Number(text) => assert_eq!(raw, text),
        Value::Str(text) => {
            assert!(raw.starts_with('"'));
            if let Ok(theirs) = serde_json::from_str::<String>(raw) {
                assert_eq!(text, theirs);
            }
        }
        Value::Json(json) => {
            assert_eq!(json.raw, raw);
            inside(raw);
        }
    }
}

/// The members of an object in order, duplicates too; false when a key is no text.
fn serde_json_members<'r>(
    from: &mut serde_json::Deserializer<serde_json::de::StrRead<'r>>,
    into: &mut Vec<(String, &'r RawValue)>,
) -> bool {
    use serde::de::{Deserializer, MapAccess, Visitor};
    struct Members<'v, 'r>(&'v mut Vec<(String, &'r RawValue)>);
    impl<'r> Visitor<'r> for Members<'_, 'r> {
        type Value = ();
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'r>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(member) = map.next_entry()? {
                self.0.push(member);
            }
            Ok(())
        }
    }
    from.deserialize_map(Members(into)).is_ok()
}
