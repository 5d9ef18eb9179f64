//! Wrappings that records reach users in: CloudWatch Logs, EventBridge, LookupEvents, notices.

use bumpalo::Bump;

use crate::frame::Format;
use crate::partition::is_account_id;
use crate::scan::{Json, Value, items, lookup, members};
use crate::time::{is_plausible, parse_iso_ms};

/// What a JSON object that is no record turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unwrapped<'b> {
    /// It has records inside.
    Records(Wrapping<'b>),
    /// A notice or a summary: rightly no event, counted under this reason.
    Skip(&'static str),
    /// Not even a record: a control message.
    Nothing,
    /// Nothing known.
    No,
}

/// Records that came in one JSON object.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrapping<'b> {
    pub(crate) documents: Vec<Document<'b>>,
    /// Account of the log group.
    pub(crate) account: Option<&'b str>,
}

/// Text with records inside.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Document<'b> {
    pub(crate) text: &'b str,
    /// When it was logged, milliseconds since the epoch.
    pub(crate) time: Option<i64>,
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

    let message = |event| match event {
        Value::Json(event) => (lookup(event, "message", arena), time_of(lookup(event, "timestamp", arena))),
        _ => (Value::Absent, None),
    };
    if let Some(events) = list("logEvents") {
        if text("messageType") == Some("CONTROL_MESSAGE") {
            return Unwrapped::Nothing;
        }
        return inner(items(events, arena).map(message), text("owner"));
    }
    if let Some(events) = list("events") {
        let is_answer = found.iter().all(|(name, _)| ANSWER_KEYS.contains(name))
            && items(events, arena).all(|event| message(event).0 != Value::Absent);
        if is_answer {
            return inner(items(events, arena).map(message), None);
        }
    }
    let event = get("CloudTrailEvent");
    if event != Value::Absent {
        return inner([(event, None)].into_iter(), None);
    }
    if get("detail-type") != Value::Absent && get("detail") != Value::Absent {
        return inner([(get("detail"), None)].into_iter(), None);
    }
    let arrays = match format {
        Format::Json(envelope) => envelope.arrays,
        Format::Lines(_) => &[],
    };
    if let Some(records) = arrays.iter().find_map(|name| list(name)) {
        let notice = |record| matches!(record, Value::Json(record) if is_notice(record, arena));
        return if !records.is_empty() && items(records, arena).all(notice) {
            Unwrapped::Skip("notification")
        } else {
            inner(items(records, arena).map(|record| (record, None)), None)
        };
    }
    let is_topic = text("Type") == Some("Notification") && get("TopicArn") != Value::Absent;
    if is_topic || is_notice(json, arena) {
        return Unwrapped::Skip("notification");
    }
    let message = get("message");
    if message != Value::Absent && found.iter().all(|(name, _)| MESSAGE_KEYS.contains(name)) {
        return inner([(message, time_of(get("timestamp")))].into_iter(), None);
    }
    Unwrapped::No
}

/// Notices name a Region-less service such as `aws:s3` as their source.
fn is_notice<'b>(json: Json<'b>, arena: &'b Bump) -> bool {
    let from = ["eventSource", "EventSource"].into_iter().find_map(|name| lookup(json, name, arena).text());
    from.is_some_and(|from| from.starts_with("aws:"))
}

/// Members of what CloudWatch Logs answers when it is asked for log events.
const ANSWER_KEYS: [&str; 5] =
    ["events", "nextForwardToken", "nextBackwardToken", "nextToken", "searchedLogStreams"];

/// Members of a log event as CloudWatch Logs tools print it.
const MESSAGE_KEYS: [&str; 8] =
    ["message", "timestamp", "ingestionTime", "id", "eventId", "logStreamName", "logGroupName", "logStream"];

/// Documents inside: texts, and objects as text. A text that holds no record is kept, to be rejected with its place.
fn inner<'b>(
    values: impl Iterator<Item = (Value<'b>, Option<i64>)>,
    owner: Option<&'b str>,
) -> Unwrapped<'b> {
    let document = |(value, time): (Value<'b>, _)| {
        let text = match value {
            Value::Absent => return None,
            Value::Null => "null",
            Value::Str(text) => text,
            Value::Json(json) => json.raw,
            value => value.text()?,
        };
        Some(Document { text, time })
    };
    let documents: Vec<_> = values.filter_map(document).collect();
    let account = owner.filter(|owner| is_account_id(owner));
    if documents.is_empty() {
        Unwrapped::Nothing
    } else {
        Unwrapped::Records(Wrapping { documents, account })
    }
}

/// The time stamp of a log event: milliseconds, or ISO 8601 text.
fn time_of(stamp: Value<'_>) -> Option<i64> {
    let time = match stamp {
        Value::Number(number) => number.parse().ok(),
        value => value.text().and_then(parse_iso_ms),
    };
    time.filter(|time| is_plausible(*time))
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
        let records = |account, documents: &[(&'static str, Option<i64>)]| {
            let document = |(text, time): &(&'static str, _)| Document { text, time: *time };
            Unwrapped::Records(Wrapping { documents: documents.iter().map(document).collect(), account })
        };
        check(
            r#"{"messageType":"DATA_MESSAGE","owner":"111122223333","logEvents":[
                {"id":"1","timestamp":1714557600000,"message":"{\"a\":1}"},{"id":"2","message":"x"}]}"#,
            &records(Some("111122223333"), &[(r#"{"a":1}"#, Some(1_714_557_600_000)), ("x", None)]),
        );
        check(r#"{"EventId":"e","CloudTrailEvent":"{\"a\":1}"}"#, &records(None, &[(r#"{"a":1}"#, None)]));
        check(
            r#"{"timestamp":"2024-05-01T10:00:00Z","message":"{\"a\":1}"}"#,
            &records(None, &[(r#"{"a":1}"#, Some(1_714_557_600_000))]),
        );
        check(r#"{"timestamp":1,"message":"m"}"#, &records(None, &[("m", None)]));
        check(
            r#"{"events":[{"timestamp":1714557600000,"message":"m","ingestionTime":1}],"nextForwardToken":"f/1"}"#,
            &records(None, &[("m", Some(1_714_557_600_000))]),
        );
        // Numbers and half characters stay as they were written.
        check(
            r#"{"detail-type":"t","detail":{"a": 1.50, "b": 123456789012345678901234567890, "c": "\ud83d"}}"#,
            &records(None, &[(r#"{"a": 1.50, "b": 123456789012345678901234567890, "c": "\ud83d"}"#, None)]),
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
        check(r#"{"events":[{"message":"m"}],"host":"h"}"#, &Unwrapped::No);
        check(r#"{"events":[{"message":"m"},{"text":"t"}]}"#, &Unwrapped::No);
    }
}
