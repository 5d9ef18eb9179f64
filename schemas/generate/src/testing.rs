//! A small checkout for tests.

use crate::checkout::Checkout;

/// A checkout of version 9.9.9 with a dictionary, two categories and no items, and `files` over it.
pub(crate) fn checkout(files: &[(&str, &str)]) -> Checkout {
    let base = [
        ("version.json", r#"{"version": "9.9.9"}"#),
        (
            "categories.json",
            r#"{"attributes": {"system": {"uid": 1, "caption": "System Activity"},
                "iam": {"uid": 3, "caption": "Identity"}}}"#,
        ),
        (
            "dictionary.json",
            r#"{
                "attributes": {
                    "activity_id": {"caption": "Activity ID", "type": "integer_t", "sibling": "activity_name"},
                    "category_uid": {"caption": "Category ID", "type": "integer_t"},
                    "class_uid": {"caption": "Class ID", "type": "integer_t"},
                    "type_uid": {"caption": "Type ID", "type": "long_t"},
                    "ip": {"caption": "IP", "type": "ip_t"},
                    "name": {"caption": "Name", "type": "string_t"},
                    "parent": {"caption": "Parent", "type": "process"},
                    "path": {"caption": "Path", "type": "string_t"},
                    "pid": {"caption": "Process ID", "type": "integer_t", "observable": 15},
                    "time": {"caption": "Time", "type": "timestamp_t", "@deprecated": {"since": "1.2.0"}},
                    "type_id": {"caption": "Type ID", "type": "integer_t", "enum": {"0": {"caption": "Unknown"}}},
                    "uid": {"caption": "Unique ID", "type": "string_t"},
                    "users": {"caption": "Users", "type": "user", "is_array": true}
                },
                "types": {"attributes": {
                    "datetime_t": {"caption": "Datetime", "type": "string_t"},
                    "integer_t": {"caption": "Integer"},
                    "ip_t": {"caption": "IP Address", "type": "string_t", "max_len": 40, "observable": 2},
                    "long_t": {"caption": "Long"},
                    "string_t": {"caption": "String"},
                    "timestamp_t": {"caption": "Timestamp", "type": "long_t"}
                }}
            }"#,
        ),
    ];
    Checkout::from_files(base.iter().chain(files).copied())
}
