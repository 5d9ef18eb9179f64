//! Wrappings that records reach users in: CloudWatch Logs, EventBridge, LookupEvents, notices.

use simd_json::prelude::*;
use simd_json::{BorrowedValue, to_borrowed_value};

use crate::frame::Format;
use crate::partition::is_account_id;
use crate::time::{is_plausible, parse_iso_ms};

/// What a JSON object that is no record turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unwrapped {
    /// It has records inside.
    Records(Wrapping),
    /// A notice or a summary: rightly no event, counted under this reason.
    Skip(&'static str),
    /// Not even a record: a control message.
    Nothing,
    /// Nothing known.
    No,
}

/// Records that came in one JSON object.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wrapping {
    pub(crate) documents: Vec<Document>,
    /// Account of the log group.
    pub(crate) account: Option<String>,
}

/// Text with records inside.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) text: String,
    /// When it was logged, milliseconds since the epoch.
    pub(crate) time: Option<i64>,
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
        let messages = events.iter().filter_map(|event| Some((event.get("message")?, time_of(event))));
        return inner(messages, text("owner"));
    }
    if let Some(event) = object.get("CloudTrailEvent") {
        return inner(std::iter::once((event, None)), None);
    }
    if object.contains_key("detail") && object.contains_key("detail-type") {
        return inner(object.get("detail").map(|detail| (detail, None)).into_iter(), None);
    }
    let arrays = match format {
        Format::Json(envelope) => envelope.arrays,
        Format::Lines(_) => &[],
    };
    for array in arrays {
        if let Some(records) = object.get(*array).and_then(|value| value.as_array()) {
            let notice = |record: &BorrowedValue<'_>| {
                let from = record.get("eventSource").or_else(|| record.get("EventSource"));
                from.and_then(|value| value.as_str()).is_some_and(|from| from.starts_with("aws:"))
            };
            return if !records.is_empty() && records.iter().all(notice) {
                Unwrapped::Skip("notification")
            } else {
                inner(records.iter().map(|record| (record, None)), None)
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
        return inner(std::iter::once((message, time_of(&value))), None);
    }
    Unwrapped::No
}

/// Members of a log event as CloudWatch Logs tools print it.
const MESSAGE_KEYS: [&str; 8] =
    ["message", "timestamp", "ingestionTime", "id", "eventId", "logStreamName", "logGroupName", "logStream"];

/// Documents inside: texts, and objects as text. A text that holds no record is kept, to be rejected with its place.
fn inner<'v>(
    values: impl Iterator<Item = (&'v BorrowedValue<'v>, Option<i64>)>,
    owner: Option<&str>,
) -> Unwrapped {
    let document = |(value, time): (&BorrowedValue<'_>, _)| Document {
        text: value.as_str().map_or_else(|| value.encode(), str::to_owned),
        time,
    };
    let documents: Vec<_> = values.map(document).collect();
    let account = owner.filter(|owner| is_account_id(owner)).map(str::to_owned);
    if documents.is_empty() {
        Unwrapped::Nothing
    } else {
        Unwrapped::Records(Wrapping { documents, account })
    }
}

/// The `timestamp` of a log event: milliseconds, or ISO 8601 text.
fn time_of(event: &BorrowedValue<'_>) -> Option<i64> {
    let stamp = event.get("timestamp")?;
    let time = stamp.as_i64().or_else(|| stamp.as_str().and_then(parse_iso_ms))?;
    is_plausible(time).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Envelope;

    fn check(raw: &str, expected: &Unwrapped) {
        let format = Format::Json(Envelope { arrays: &["Records"], beside: &[] });
        assert_eq!(unwrap(raw, format), *expected, "{raw}");
    }

    fn records(account: Option<&str>, documents: &[(&str, Option<i64>)]) -> Unwrapped {
        let document = |(text, time): &(&str, _)| Document { text: (*text).to_owned(), time: *time };
        let documents = documents.iter().map(document).collect();
        Unwrapped::Records(Wrapping { documents, account: account.map(str::to_owned) })
    }

    #[test]
    fn wrappings_give_what_is_inside() {
        check(
            r#"{"messageType":"DATA_MESSAGE","owner":"111122223333","logEvents":[
                {"id":"1","timestamp":1714557600000,"message":"{\"a\":1}"},{"id":"2","message":"x"}]}"#,
            &records(Some("111122223333"), &[(r#"{"a":1}"#, Some(1_714_557_600_000)), ("x", None)]),
        );
        check(r#"{"EventId":"e","CloudTrailEvent":"{\"a\":1}"}"#, &records(None, &[(r#"{"a":1}"#, None)]));
        check(r#"{"detail-type":"t","detail":{"a":1}}"#, &records(None, &[(r#"{"a":1}"#, None)]));
        check(
            r#"{"timestamp":"2024-05-01T10:00:00Z","message":"{\"a\":1}"}"#,
            &records(None, &[(r#"{"a":1}"#, Some(1_714_557_600_000))]),
        );
        check(r#"{"timestamp":1,"message":"m"}"#, &records(None, &[("m", None)]));
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
