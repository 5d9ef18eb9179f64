//! A report for programs.

use serde_json::json;

use super::Report;

pub(super) fn render(report: &Report) -> String {
    let findings: Vec<_> = report
        .groups
        .iter()
        .map(|group| {
            json!({
                "code": group.rule.code,
                "level": group.level,
                "subject": group.subject,
                "message": group.message,
                "count": group.count,
                "places": group.places,
            })
        })
        .collect();
    let report = json!({
        "report_version": 1,
        "command": report.command,
        "files": report.files,
        "bytes": report.bytes,
        "events": report.events,
        "errors": report.errors,
        "warnings": report.warnings,
        "not_listed": report.more,
        "findings": findings,
    });
    format!("{report}\n")
}
