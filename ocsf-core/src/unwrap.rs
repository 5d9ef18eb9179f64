//! Wrappings that records reach users in: CloudWatch Logs, EventBridge, LookupEvents, notices.

use bumpalo::Bump;

use crate::frame::Format;
use crate::scan::{Json, Value, items, lookup, members};

/// What a JSON object that is no record turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unwrapped<'b> {
    /// Texts with records inside.
    Records(Vec<&'b str>),
    /// A notice or a summary: rightly no event, counted under this reason.
    Skip(&'static str),
    /// Not even a record: a control message.
    Nothing,
    /// Nothing known.
    No,
}

/// Opens a wrapping. `raw` is one JSON object that was scanned before.
pub(crate) fn unwrap<'b>(raw: &'b str, arena: &'b Bump, format: Format) -> Unwrapped<'b> {
    let json = Json { raw, blanks: true, secret: false };
    let found: Vec<(&str, Value<'b>)> = members(json, arena).collect();
    let get = |name: &str| {
        let member = found.iter().rfind(|(key, _)| *key == name);
        member.map_or(Value::Absent, |(_, value)| *value)
    };
    let text = |name: &str| get(name).text();
    let list = |name: &str| match get(name) {
        Value::Json(json) if json.is_array() => Some(json),
        _ => None,
    };

    if let Some(events) = list("logEvents") {
        if text("messageType") == Some("CONTROL_MESSAGE") {
            return Unwrapped::Nothing;
        }
        let message = |event| match event {
            Value::Json(event) => lookup(event, "message", arena),
            _ => Value::Absent,
        };
        return inner(items(events, arena).map(message));
    }
    let event = get("CloudTrailEvent");
    if event != Value::Absent {
        return inner([event].into_iter());
    }
    if get("detail-type") != Value::Absent && get("detail") != Value::Absent {
        return inner([get("detail")].into_iter());
    }
    let Format::Json(envelope) = format;
    if let Some(records) = envelope.arrays.iter().find_map(|name| list(name)) {
        let notice = |record| matches!(record, Value::Json(record) if is_notice(record, arena));
        return if !records.is_empty() && items(records, arena).all(notice) {
            Unwrapped::Skip("notification")
        } else {
            inner(items(records, arena))
        };
    }
    let is_topic = text("Type") == Some("Notification") && get("TopicArn") != Value::Absent;
    if is_topic || is_notice(json, arena) {
        return Unwrapped::Skip("notification");
    }
    let message = get("message");
    if message != Value::Absent && found.iter().all(|(name, _)| MESSAGE_KEYS.contains(name)) {
        return inner([message].into_iter());
    }
    Unwrapped::No
}

/// Notices name a Region-less service such as `aws:s3` as their source.
fn is_notice<'b>(json: Json<'b>, arena: &'b Bump) -> bool {
    let from = ["eventSource", "EventSource"].into_iter().find_map(|name| lookup(json, name, arena).text());
    from.is_some_and(|from| from.starts_with("aws:"))
}

/// Members of a log event as CloudWatch Logs tools print it.
const MESSAGE_KEYS: [&str; 8] =
    ["message", "timestamp", "ingestionTime", "id", "eventId", "logStreamName", "logGroupName", "logStream"];

/// Documents inside: texts that hold JSON, and objects. A text that holds none is kept, to be rejected with its place.
fn inner<'b>(values: impl Iterator<Item = Value<'b>>) -> Unwrapped<'b> {
    let document = |value: Value<'b>| match value {
        Value::Absent => None,
        Value::Null => Some("null"),
        Value::Str(text) => Some(text),
        Value::Json(json) => Some(json.raw),
        value => value.text(),
    };
    let documents: Vec<&str> = values.filter_map(document).collect();
    if documents.is_empty() { Unwrapped::Nothing } else { Unwrapped::Records(documents) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Envelope;

    fn check(raw: &str, expected: &Unwrapped<'_>) {
        let format = Format::Json(Envelope { arrays: &["Records"], beside: &[] });
        assert_eq!(unwrap(raw, &Bump::new(), format), *expected, "{raw}");
    }

    #[test]
    fn wrappings_give_what_is_inside() {
        let records = |texts: &[&'static str]| Unwrapped::Records(texts.to_vec());
        check(
            r#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":"{\"a\":1}"},{"id":"2","message":"x"}]}"#,
            &records(&[r#"{"a":1}"#, "x"]),
        );
        check(r#"{"EventId":"e","CloudTrailEvent":"{\"a\":1}"}"#, &records(&[r#"{"a":1}"#]));
        check(r#"{"timestamp":1,"message":"{\"a\":1}"}"#, &records(&[r#"{"a":1}"#]));
        // Numbers and half characters stay as they were written.
        check(
            r#"{"detail-type":"t","detail":{"a": 1.50, "b": 123456789012345678901234567890, "c": "\ud83d"}}"#,
            &records(&[r#"{"a": 1.50, "b": 123456789012345678901234567890, "c": "\ud83d"}"#]),
        );
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
