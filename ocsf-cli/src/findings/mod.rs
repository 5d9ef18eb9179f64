//! What checks find, gathered in bounded memory, and the forms in which it is told.

mod json;
mod junit;
mod sarif;
mod text;

use std::collections::HashMap;
use std::fmt;

use clap::ValueEnum;
use serde::Serialize;

pub(crate) use ocsf_validate::Level;

/// A report has no more kinds of findings than this; more are counted together.
const MOST_GROUPS: usize = 10_000;

/// A report for programs names so many places of each kind.
const MOST_PLACES: usize = 5;

/// Forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FindingsFormat {
    /// Each kind of finding with its count and first place
    Text,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, for test reports
    Junit,
}

/// From which level on findings make a command fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors
    Error,
    /// Warnings too
    Warning,
}

impl FailOn {
    fn fails(self, level: Level) -> bool {
        self == Self::Warning || level == Level::Error
    }
}

/// A rule: a stable code and what its findings mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Rule {
    pub(crate) code: &'static str,
    pub(crate) meaning: &'static str,
}

/// One finding.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) rule: Rule,
    pub(crate) level: Level,
    /// What it is about: an attribute, a column; may be empty. Findings of one subject are told together.
    pub(crate) subject: String,
    pub(crate) message: String,
    pub(crate) place: Place,
}

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    pub(crate) file: String,
    #[serde(flatten)]
    pub(crate) at: At,
}

/// Where in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum At {
    /// A row of a Parquet file, from 0.
    Row(u64),
    /// A line of text, from 1.
    Line(u64),
    /// An event of a JSON document, from 1.
    Event(u64),
    /// The file as a whole.
    #[serde(untagged)]
    File {},
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            At::File {} => f.write_str(&self.file),
            At::Row(row) => write!(f, "{} row {row}", self.file),
            At::Line(line) => write!(f, "{} line {line}", self.file),
            At::Event(event) => write!(f, "{} event {event}", self.file),
        }
    }
}

/// Findings of one rule about one subject.
#[derive(Debug)]
struct Group {
    rule: Rule,
    level: Level,
    subject: String,
    /// Of the first.
    message: String,
    count: u64,
    /// Of the first few.
    places: Vec<Place>,
}

/// All that a check has found.
#[derive(Debug)]
pub(crate) struct Report {
    /// The command that checked, such as `validate`.
    command: &'static str,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Events, where they were looked at.
    pub(crate) events: Option<u64>,
    errors: u64,
    warnings: u64,
    groups: Vec<Group>,
    by_key: HashMap<(&'static str, Level, String), usize>,
    /// Findings that found no room in `groups`.
    more: u64,
}

impl Report {
    pub(crate) fn new(command: &'static str) -> Self {
        Self {
            command,
            files: 0,
            bytes: 0,
            events: None,
            errors: 0,
            warnings: 0,
            groups: Vec::new(),
            by_key: HashMap::new(),
            more: 0,
        }
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        match finding.level {
            Level::Error => self.errors += 1,
            Level::Warning => self.warnings += 1,
        }
        let key = (finding.rule.code, finding.level, without_indices(&finding.subject));
        if let Some(group) = self.by_key.get(&key).and_then(|at| self.groups.get_mut(*at)) {
            group.count += 1;
            if group.places.len() < MOST_PLACES && !group.places.contains(&finding.place) {
                group.places.push(finding.place);
            }
        } else if self.groups.len() < MOST_GROUPS {
            let group = Group {
                rule: finding.rule,
                level: finding.level,
                subject: key.2.clone(),
                message: finding.message,
                count: 1,
                places: vec![finding.place],
            };
            self.by_key.insert(key, self.groups.len());
            self.groups.push(group);
        } else {
            self.more += 1;
        }
    }

    /// True when something was found that `fail_on` names.
    pub(crate) fn fails(&self, fail_on: FailOn) -> bool {
        self.errors > 0 && fail_on.fails(Level::Error) || self.warnings > 0 && fail_on.fails(Level::Warning)
    }

    /// The report as text that ends with a line break.
    pub(crate) fn render(&mut self, format: FindingsFormat, fail_on: FailOn) -> String {
        // Errors first, then what is found most.
        self.groups.sort_by(|a, b| {
            (b.level, b.count, a.rule.code, &a.subject).cmp(&(a.level, a.count, b.rule.code, &b.subject))
        });
        self.by_key.clear();
        match format {
            FindingsFormat::Text => text::render(self),
            FindingsFormat::Json => json::render(self),
            FindingsFormat::Sarif => sarif::render(self),
            FindingsFormat::Junit => junit::render(self, fail_on),
        }
    }
}

/// `observables[2].name` as `observables[].name`.
fn without_indices(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, behind)) = rest.split_once('[') {
        text.push_str(before);
        text.push('[');
        rest = behind.trim_start_matches(|char: char| char.is_ascii_digit());
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule { code: "a_rule", meaning: "Something <is> wrong." };

    fn report() -> Report {
        let mut report = Report::new("validate");
        (report.files, report.bytes, report.events) = (2, 2_048, Some(1_234));
        for row in 0..9 {
            report.add(Finding {
                rule: RULE,
                level: Level::Error,
                subject: format!("observables[{row}].name"),
                message: "expected \"x\" & more".to_owned(),
                place: Place { file: "lake/a.parquet".to_owned(), at: At::Row(row) },
            });
        }
        report.add(Finding {
            rule: Rule { code: "other_rule", meaning: "Odd." },
            level: Level::Warning,
            subject: String::new(),
            message: "is odd".to_owned(),
            place: Place { file: "lake/b.parquet".to_owned(), at: At::File {} },
        });
        report
    }

    #[test]
    fn findings_of_one_kind_are_told_together_with_the_first_places() {
        let report = report();
        let kinds: Vec<_> = report.groups.iter().map(|group| (group.subject.as_str(), group.count)).collect();
        assert_eq!(kinds, [("observables[].name", 9), ("", 1)]);
        assert_eq!(report.groups[0].places.len(), MOST_PLACES);
    }

    #[test]
    fn too_many_kinds_are_still_counted() {
        let mut report = Report::new("lint");
        for at in 0..MOST_GROUPS + 5 {
            report.add(Finding {
                rule: RULE,
                level: Level::Warning,
                subject: format!("column_{at}x"),
                message: String::new(),
                place: Place { file: String::new(), at: At::File {} },
            });
        }
        assert_eq!((report.groups.len(), report.more), (MOST_GROUPS, 5));
        assert!(!report.fails(FailOn::Error) && report.fails(FailOn::Warning));
    }

    #[test]
    fn every_form_of_a_report() {
        for (name, format) in [
            ("text", FindingsFormat::Text),
            ("json", FindingsFormat::Json),
            ("sarif", FindingsFormat::Sarif),
            ("junit", FindingsFormat::Junit),
        ] {
            insta::assert_snapshot!(format!("report_{name}"), report().render(format, FailOn::Error));
        }
    }
}
