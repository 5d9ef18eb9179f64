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
        if let Some(first) = group.places.first() {
            let _ = writeln!(text, "  first in {}", quote_text(&first.to_string()));
        }
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
