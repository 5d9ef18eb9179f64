//! A report as SARIF 2.1.0, the form that code scanning takes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{At, Group, Place, Report};

pub(super) fn render(report: &Report) -> String {
    let rules: BTreeMap<_, _> =
        report.groups.iter().map(|group| (group.rule.code, group.rule.meaning)).collect();
    let rules: Vec<_> = rules
        .into_iter()
        .map(|(code, meaning)| json!({"id": code, "shortDescription": {"text": meaning}}))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": format!("ocsf {}", report.command),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "results": report.groups.iter().map(result).collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

fn result(group: &Group) -> Value {
    let message = match group.subject.as_str() {
        "" => group.message.clone(),
        subject => format!("{subject}: {}", group.message),
    };
    json!({
        "ruleId": group.rule.code,
        "level": group.level,
        "message": {"text": message},
        "occurrenceCount": group.count,
        "locations": group.places.iter().map(|place| location(place, &group.subject)).collect::<Vec<_>>(),
    })
}

/// Text has lines; rows and events are named by their place in a list.
fn location(place: &Place, subject: &str) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(&place.file)}});
    let within = match place.at {
        At::Line(line) => {
            physical["region"] = json!({"startLine": line});
            String::new()
        }
        At::Row(row) => format!("[{row}]"),
        At::Event(event) => format!("[{}]", event.saturating_sub(1)),
        At::File {} => String::new(),
    };
    let dot = if within.is_empty() || subject.is_empty() { "" } else { "." };
    json!({
        "physicalLocation": physical,
        "logicalLocations": [{"fullyQualifiedName": format!("{within}{dot}{subject}")}],
    })
}

/// A path as a relative reference: what has a meaning in one, and is none of a path, is escaped.
fn uri(path: &str) -> String {
    path.bytes().fold(String::with_capacity(path.len()), |mut uri, byte| {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b'=' | b'+' | b',' | b'@' => uri.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => uri.push(byte.into()),
            byte => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
        uri
    })
}
