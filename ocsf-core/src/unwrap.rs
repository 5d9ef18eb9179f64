//! Wrappings that records reach users in: CloudWatch Logs, EventBridge, LookupEvents, notices.

use simd_json::prelude::*;
use simd_json::{BorrowedValue, to_borrowed_value};

use crate::frame::Format;

/// What a JSON object that is no record turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unwrapped {
    /// Texts with records inside.
    Records(Vec<String>),
    /// A notice or a summary: rightly no event, counted under this reason.
    Skip(&'static str),
    /// Not even a record: a control message.
    Nothing,
    /// Nothing known.
    No,
}

/// Opens a wrapping. `raw` is one JSON object.
pub(crate) fn unwrap(raw: &str, format: Format) -> Unwrapped {
    let mut bytes = raw.as_bytes().to_vec();
    let Ok(value) = to_borrowed_value(&mut bytes) else { return Unwrapped::No };
    let Some(object) = value.as_object() else { return Unwrapped::No };
    let text = |name: &str| object.get(name).and_then(|value| value.as_str());

    if let Some(events) = object.get("logEvents").and_then(|value| value.as_array()) {
        if text("messageType") == Some("CONTROL_MESSAGE") {
            return Unwrapped::Nothing;
        }
        return inner(events.iter().filter_map(|event| event.get("message")));
    }
    if let Some(event) = object.get("CloudTrailEvent") {
        return inner(std::iter::once(event));
    }
    if object.contains_key("detail") && object.contains_key("detail-type") {
        return inner(object.get("detail").into_iter());
    }
    let Format::Json(envelope) = format;
    for array in envelope.arrays {
        if let Some(records) = object.get(*array).and_then(|value| value.as_array()) {
            let notice = |record: &BorrowedValue<'_>| {
                let from = record.get("eventSource").or_else(|| record.get("EventSource"));
                from.and_then(|value| value.as_str()).is_some_and(|from| from.starts_with("aws:"))
            };
            return if !records.is_empty() && records.iter().all(notice) {
                Unwrapped::Skip("notification")
            } else {
                inner(records.iter())
            };
        }
    }
    if text("eventSource").or_else(|| text("EventSource")).is_some_and(|from| from.starts_with("aws:")) {
        return Unwrapped::Skip("notification");
    }
    if text("Type") == Some("Notification") && object.contains_key("TopicArn") {
        return Unwrapped::Skip("notification");
    }
    if let Some(message) = object.get("message")
        && object.keys().all(|key| MESSAGE_KEYS.contains(&&**key))
    {
        return inner(std::iter::once(message));
    }
    Unwrapped::No
}

/// Members of a log event as CloudWatch Logs tools print it.
const MESSAGE_KEYS: [&str; 8] =
    ["message", "timestamp", "ingestionTime", "id", "eventId", "logStreamName", "logGroupName", "logStream"];

/// Documents inside: texts that hold JSON, and objects. A text that holds none is kept, to be rejected with its place.
fn inner<'v>(values: impl Iterator<Item = &'v BorrowedValue<'v>>) -> Unwrapped {
    let documents: Vec<String> =
        values.map(|value| value.as_str().map_or_else(|| value.encode(), str::to_owned)).collect();
    if documents.is_empty() { Unwrapped::Nothing } else { Unwrapped::Records(documents) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Envelope;

    fn check(raw: &str, expected: &Unwrapped) {
        let format = Format::Json(Envelope { arrays: &["Records"], beside: &[] });
        assert_eq!(unwrap(raw, format), *expected, "{raw}");
    }

    fn records(texts: &[&str]) -> Unwrapped {
        Unwrapped::Records(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn wrappings_give_what_is_inside() {
        check(
            r#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":"{\"a\":1}"},{"id":"2","message":"x"}]}"#,
            &records(&[r#"{"a":1}"#, "x"]),
        );
        check(r#"{"EventId":"e","CloudTrailEvent":"{\"a\":1}"}"#, &records(&[r#"{"a":1}"#]));
        check(r#"{"detail-type":"t","detail":{"a":1}}"#, &records(&[r#"{"a":1}"#]));
        check(r#"{"timestamp":1,"message":"{\"a\":1}"}"#, &records(&[r#"{"a":1}"#]));
    }

    #[test]
    fn notices_are_skipped_and_control_messages_are_nothing() {
        check(
            r#"{"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"CWL CONTROL MESSAGE"}]}"#,
            &Unwrapped::Nothing,
        );
        check(r#"{"eventSource":"aws:s3","s3":{}}"#, &Unwrapped::Skip("notification"));
        check(
            r#"{"Type":"Notification","TopicArn":"arn:aws:sns:us-east-1:111122223333:t","Message":"m"}"#,
            &Unwrapped::Skip("notification"),
        );
        check(r#"{"event":{"original":"{}"}}"#, &Unwrapped::No);
        check(r#"{"message":"m","host":"h"}"#, &Unwrapped::No);
    }
}
