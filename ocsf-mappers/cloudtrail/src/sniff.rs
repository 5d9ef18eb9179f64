//! Recognising CloudTrail objects.

use ocsf_aws_common::{LogKey, file_name};
use ocsf_core::{Sample, Verdict};

/// Whether an object holds CloudTrail records, by its content; the key alone is a weaker sign.
pub fn sniff(sample: &Sample<'_>) -> Verdict {
    let head = sample.text();
    let text = head.trim_start_matches('\u{FEFF}').trim_start();
    let service = LogKey::parse(sample.name).service.unwrap_or_default();

    if service == "CloudTrail" && is_delivered(text) {
        return source(0.97, MEMBERS);
    }
    if text.contains("\"digestS3Object\"") && text.contains("\"digestStartTime\"") {
        return skip("cloudtrail-digest", "member `digestS3Object`");
    }
    if service == "CloudTrail-Digest" {
        return skip("cloudtrail-digest", "key of a digest");
    }
    if service == "CloudTrail-Lake" {
        return skip("cloudtrail-lake-result", "key of a CloudTrail Lake query result");
    }
    if file_name(sample.name) == "aws-logs-write-test" {
        return skip("write-test", "name of a delivery test");
    }
    if sample.complete && is_empty(text) {
        return skip("empty", "an envelope without records");
    }
    if is_notification(text) {
        return skip("notification", "S3, SNS or SQS notice");
    }
    let is_json = text.starts_with(['{', '[']) || is_stamped(text);
    let has = |name: &str| text.contains(&format!("\"{name}\"")) || text.contains(&format!("\\\"{name}\\\""));
    if is_json && is_of_another_product(text) {
        return Verdict::No;
    }
    let record = has("eventSource")
        && has("eventName")
        && (has("eventVersion") || has("eventTime") && has("awsRegion"));
    let insight = has("insightDetails") && has("eventVersion");
    let aggregated = has("AwsAggregatedEvent") && has("timeWindow");
    let (confidence, reason) = match () {
        () if is_json && (record || insight) => (0.97, MEMBERS),
        () if is_json && aggregated => (0.95, "event type `AwsAggregatedEvent`"),
        () if is_json && has("CloudTrailEvent") => (0.95, "member `CloudTrailEvent`"),
        () if is_json && text.contains("\"Records\"") && service.starts_with("CloudTrail") => {
            (0.9, "key of CloudTrail and member `Records`")
        }
        () if is_json && service.starts_with("CloudTrail") => (0.6, "key of CloudTrail"),
        () => return Verdict::No,
    };
    source(confidence, reason)
}

const MEMBERS: &str = "members `eventSource`, `eventName`, `eventVersion`";

/// So begins what CloudTrail delivers, and little else, which is not searched for then.
fn is_delivered(text: &str) -> bool {
    let Some(record) = text.strip_prefix("{\"Records\":[{\"eventVersion\":") else { return false };
    let source = record.split_once("\"eventSource\":\"");
    source.is_some_and(|(_, source)| !source.starts_with("aws:") && source.contains("\"eventName\":"))
}

fn source(confidence: f32, reason: &str) -> Verdict {
    Verdict::Source { confidence, reason: reason.into() }
}

fn skip(kind: &'static str, reason: &str) -> Verdict {
    Verdict::Skip { kind, reason: reason.into() }
}

/// What tools write when they find no event.
fn is_empty(text: &str) -> bool {
    let blankless: String = text.chars().filter(|char| !char.is_ascii_whitespace()).take(20).collect();
    [r#"{"Records":[]}"#, r#"{"Events":[]}"#, "[]"].contains(&blankless.as_str())
}

/// Notices have a Region-less service such as `aws:s3` as their source, and nothing else in the object does otherwise.
fn is_notification(text: &str) -> bool {
    let sources = |name: &'static str| {
        text.split(name).skip(1).map(|rest| rest.trim_start_matches([' ', ':', '"', '\\', '\t']))
    };
    let mut all = sources("\"eventSource\"").chain(sources("\"EventSource\"")).peekable();
    all.peek().is_some() && all.all(|source| source.starts_with("aws:"))
}

/// Documents of other products that carry a CloudTrail record in a field of their own.
fn is_of_another_product(text: &str) -> bool {
    let has = |name: &str| text.contains(&format!("\"{name}\""));
    (has("@timestamp") && (has("ecs") || has("attributes") || has("event")))
        || (has("trigger_rules") && has("description") && has("data"))
        || (has("invokingEvent") && has("configRuleName"))
}

/// A time stamp and a blank before JSON: a CloudWatch Logs export.
fn is_stamped(text: &str) -> bool {
    let Some((stamp, rest)) = text.split_once(' ') else { return false };
    stamp.len() <= 40 && stamp.as_bytes().get(10) == Some(&b'T') && rest.starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, head: &str) -> Verdict {
        sniff(&Sample { name, head: head.as_bytes(), complete: true })
    }

    fn is_source(verdict: &Verdict) -> bool {
        matches!(verdict, Verdict::Source { confidence, .. } if *confidence > 0.9)
    }

    #[test]
    fn content_decides() {
        let record = r#"{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventName":"ListBuckets"}"#;
        assert!(is_source(&check("x", record)));
        assert!(is_source(&check("x", &format!("{{\"Records\":[{record}]}}"))));
        assert!(is_source(&check("x", &format!("2024-01-01T00:00:00.000Z {record}"))));
        assert!(is_source(&check(
            "x",
            &format!("{{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{{\"message\":{record:?}}}]}}")
        )));
        assert_eq!(check("x", "version account-id eni"), Verdict::No);
        assert_eq!(
            check(
                "x",
                r#"{"@timestamp":"t","ecs":{},"event":{"original":"eventVersion eventSource eventName"}}"#
            ),
            Verdict::No
        );
    }

    #[test]
    fn what_holds_no_events_is_skipped() {
        let digest =
            r#"{"awsAccountId":"111122223333","digestStartTime":"t","digestS3Object":"o","logFiles":[]}"#;
        assert!(matches!(check("x", digest), Verdict::Skip { kind: "cloudtrail-digest", .. }));
        for nothing in ["{\"Records\":[]}", "\u{FEFF}{\n  \"Events\": []\n}\n", "[ ]"] {
            assert!(matches!(check("x", nothing), Verdict::Skip { kind: "empty", .. }), "{nothing}");
        }
        assert_eq!(check("x", "{\"Records\":[],\"a\":1}"), Verdict::No);
        let notice = r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{}}]}"#;
        assert!(matches!(check("x", notice), Verdict::Skip { kind: "notification", .. }));
    }
}
