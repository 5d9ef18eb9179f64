//! A report as JUnit XML, the form that most build servers show.

use std::fmt::Write as _;

use super::{FailOn, Report};

pub(super) fn render(report: &Report, fail_on: FailOn) -> String {
    let failures = report.groups.iter().filter(|group| fail_on.fails(group.level)).count();
    let tests = report.groups.len().max(1);
    let name = format!("ocsf {}", report.command);
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(xml, "<testsuites tests=\"{tests}\" failures=\"{failures}\">");
    let _ = writeln!(xml, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\">");
    for group in &report.groups {
        let case = format!("{} {}", group.rule.code, group.subject);
        let _ = writeln!(xml, "    <testcase classname=\"{name}\" name=\"{}\">", escape(case.trim_end()));
        let places: Vec<String> = group.places.iter().map(ToString::to_string).collect();
        let body = escape(&format!("{} x {}, first at {}", group.level, group.count, places.join(", ")));
        if fail_on.fails(group.level) {
            let (code, message) = (group.rule.code, escape(&group.message));
            let _ = writeln!(xml, "      <failure type=\"{code}\" message=\"{message}\">{body}</failure>");
        } else {
            let _ = writeln!(xml, "      <system-out>{}: {body}</system-out>", escape(&group.message));
        }
        xml.push_str("    </testcase>\n");
    }
    if report.groups.is_empty() {
        let _ = writeln!(xml, "    <testcase classname=\"{name}\" name=\"all rules\"/>");
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

/// Text for an attribute or an element: markup escaped, and what XML 1.0 cannot hold replaced.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, char| {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\t' | '\n' | '\r' => safe.push(' '),
            char if char.is_control() || ('\u{FFFE}'..='\u{FFFF}').contains(&char) => safe.push('\u{FFFD}'),
            char => safe.push(char),
        }
        safe
    })
}
