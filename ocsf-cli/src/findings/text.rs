//! A report for people.

use std::fmt::Write as _;

use super::Report;
use crate::term::quote_text;
use crate::units::{human_count, human_size, human_things};

pub(super) fn render(report: &Report) -> String {
    let mut text = String::new();
    for group in &report.groups {
        let subject = if group.subject.is_empty() { String::new() } else { format!("  {}", group.subject) };
        let _ = writeln!(
            text,
            "{}: {}{}  x {}",
            group.level,
            group.rule.code,
            quote_text(&subject),
            human_count(group.count)
        );
        let _ = writeln!(text, "  {}", quote_text(&group.message));
        let more = if group.count > group.places.len() as u64 { ", ..." } else { "" };
        let places: Vec<String> =
            group.places.iter().map(|place| quote_text(&place.to_string()).into_owned()).collect();
        let _ = writeln!(text, "  at {}{more}", places.join(", "));
    }
    if report.more > 0 {
        let _ = writeln!(text, "and {} of more kinds", human_things(report.more, "finding"));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let events = report.events.map(|events| format!("{} in ", human_things(events, "event")));
    let _ = writeln!(
        text,
        "checked {}{} ({}): {}, {}",
        events.unwrap_or_default(),
        human_things(report.files, "file"),
        human_size(report.bytes),
        human_things(report.errors, "error"),
        human_things(report.warnings, "warning"),
    );
    text
}
