//! Recognising query logs.

use ocsf_aws_common::{LogKey, file_name};
use ocsf_core::{Cursor, Look, Sample, Verdict};

use crate::public::Public;

/// Whether an object holds Resolver query logs, by the members of its first JSON object; the key alone is a weaker sign.
pub fn sniff_resolver(sample: &Sample<'_>) -> Verdict {
    let head = sample.text();
    let text = json(&head);
    let names = names(text);
    let has = |name: &str| names.iter().any(|known| known == name);
    let of_key = LogKey::parse(sample.name).service == Some("vpcdnsquerylogs")
        || file_name(sample.name).contains("_vpcdnsquerylogs_");
    let (confidence, reason) = match () {
        () if has("query_name") && SIGNS.iter().filter(|name| has(name)).count() >= 3 => {
            (0.97, "members `query_name`, `query_type`, `vpc_id` and others")
        }
        () if is_wrapping(&names) && MEMBERS.iter().all(|name| has_inside(text, name)) => {
            (0.95, "log events with members `query_name`, `query_timestamp` and `rcode`")
        }
        () if of_key && text.starts_with(['{', '[']) => (0.6, "key of Resolver query logs"),
        () => return Verdict::No,
    };
    Verdict::Source { confidence, reason: reason.into() }
}

/// Whether an object holds public DNS query logs, by its lines.
pub fn sniff_public(sample: &Sample<'_>) -> Verdict {
    let look = Look::at::<Public>(sample);
    let queries: usize = look.forms.iter().sum();
    let (confidence, reason) = match () {
        () if queries > look.others => (0.95, "lines of a version, a time and the id of a hosted zone"),
        () if queries > 0 => (0.5, "some lines of a version, a time and the id of a hosted zone"),
        () => return Verdict::No,
    };
    Verdict::Source { confidence, reason: reason.into() }
}

/// Members beside the name that tell a record from those of other logs.
const SIGNS: [&str; 7] =
    ["query_timestamp", "query_type", "query_class", "rcode", "vpc_id", "srcaddr", "account_id"];

/// Members that a wrapped record has.
const MEMBERS: [&str; 3] = ["query_name", "query_timestamp", "rcode"];

/// The text from its first JSON value on, behind a byte order mark and the time stamp of an export.
fn json(head: &str) -> &str {
    let text = head.trim_start_matches('\u{FEFF}').trim_start();
    match text.split_once(' ') {
        Some((stamp, rest)) if stamp.len() <= 40 && stamp.as_bytes().get(10) == Some(&b'T') => {
            rest.trim_start()
        }
        _ => text,
    }
}

/// Names of the members of the first object, as far as the text goes.
fn names(text: &str) -> Vec<String> {
    let mut cursor = Cursor::new(text, false);
    cursor.eat(b'[');
    let mut names = Vec::new();
    if !cursor.eat(b'{') {
        return names;
    }
    while let Ok(key) = cursor.key() {
        names.push(key.text().into_owned());
        if cursor.skip_value().is_err() || !cursor.eat(b',') {
            break;
        }
    }
    names
}

/// A subscription, or a log event as tools print it. Documents of other products have names such as `@timestamp`.
fn is_wrapping(names: &[String]) -> bool {
    names.iter().any(|name| matches!(name.as_str(), "logEvents" | "events"))
        || (names.iter().any(|name| name == "message") && !names.iter().any(|name| name.starts_with('@')))
}

/// A member of that name, in an object or in a text that holds one.
fn has_inside(text: &str, name: &str) -> bool {
    text.contains(&format!("\"{name}\"")) || text.contains(&format!("\\\"{name}\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"version":"1.100000","account_id":"111122223333","region":"eu-west-1","vpc_id":"vpc-0aa1","query_timestamp":"2026-01-02T03:04:05Z","query_name":"www.example.com.","query_type":"A","query_class":"IN","rcode":"NOERROR","answers":[],"srcaddr":"10.0.4.9"}"#;
    const LINE: &str =
        "1.0 2026-01-02T03:04:05.678Z ZEXAMPLE1 www.example.com A NOERROR UDP FRA50 192.0.2.53 -";

    /// Confidence in percent of both sources.
    fn check(name: &str, head: &str, complete: bool) -> [i32; 2] {
        [sniff_resolver, sniff_public].map(|sniff| {
            match sniff(&Sample { name, head: head.as_bytes(), complete }) {
                Verdict::Source { confidence, reason } if !reason.is_empty() => {
                    (confidence * 100.0).round() as i32
                }
                _ => 0,
            }
        })
    }

    #[test]
    fn resolver_records_in_every_form() {
        let message = format!("{RECORD:?}");
        for head in [
            RECORD.to_owned(),
            format!("\u{FEFF}\n{RECORD}\n{RECORD}\n"),
            format!("[{RECORD},{RECORD}]"),
            format!("2026-01-02T03:04:06.000Z {RECORD}\n"),
            format!(
                "{{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{{\"id\":\"1\",\"message\":{message}}}]}}"
            ),
            format!("{{\"timestamp\":1767225600000,\"message\":{message}}}"),
        ] {
            let [resolver, public] = check("x", &head, true);
            assert!(resolver >= 95 && public == 0, "{head}: {resolver} {public}");
        }
        // A sample may end inside a record, or inside a wrapping.
        assert_eq!(check("x", &RECORD[..230], false), [97, 0]);
        let torn =
            format!("{{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{{\"message\":{message}}},{{\"mess");
        assert_eq!(check("x", &torn, false), [95, 0]);
    }

    #[test]
    fn public_lines_in_every_form() {
        for head in [
            LINE.to_owned(),
            format!("{LINE}\r\n{LINE} later\n"),
            format!("2026-01-02T03:04:06.000Z {LINE}\n"),
            format!("{{\"owner\":\"111122223333\",\"logEvents\":[{{\"message\":\"{LINE}\"}}]}}"),
            format!("{{\"message\":\"{LINE}\"}}"),
        ] {
            assert_eq!(check("x", &head, true), [0, 95], "{head}");
        }
        assert_eq!(check("x", &format!("junk\n{LINE}\nmore junk\n"), true), [0, 50]);
    }

    #[test]
    fn keys_are_weaker_signs() {
        let key = "AWSLogs/111122223333/vpcdnsquerylogs/vpc-0aa1/2026/01/02/vpc-0aa1_vpcdnsquerylogs_111122223333_20260102T0305Z_0a1b2c3d.log.gz";
        assert_eq!(check(key, r#"{"other":1}"#, true), [60, 0]);
        assert_eq!(check(file_name(key), "{}", true), [60, 0]);
        assert_eq!(check(key, "PAR1", true), [0, 0]);
    }

    #[test]
    fn other_objects_are_left_to_others() {
        for head in [
            "",
            "{",
            "[]",
            "2 111122223333 eni-0aa1 192.0.2.1 10.0.0.1 1 2 6 1 40 1767225600 1767225655 ACCEPT OK",
            r#"{"Records":[{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventName":"ListBuckets"}]}"#,
            r#"{"version":2,"account_id":"111122223333","vpc_id":"vpc-0aa1","srcaddr":"192.0.2.1","start":1767225600}"#,
            r#"{"@timestamp":"t","aws":{"route53":{"query_name":"a.","rcode":"NOERROR"}},"event":{"original":"query_timestamp"}}"#,
            r#"{"@timestamp":"t","message":"{\"query_name\":\"a.\",\"query_timestamp\":\"t\",\"rcode\":\"NOERROR\"}"}"#,
            r#"{"message":"something else"}"#,
        ] {
            assert_eq!(check("x", head, true), [0, 0], "{head}");
        }
    }
}
