//! What a run of `convert` did: for people as a table, for programs as one JSON object.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use ocsf_core::schema::Schema;
use serde::Serialize;

use crate::pipeline::{Fate, InputOutcome, Outcome, Published, Verdict};
use crate::table::Table;
use crate::term::quote_text;
use crate::units::{human_count, human_size, human_things};

/// Version of the JSON form.
const REPORT_VERSION: u32 = 1;

/// Everything that is known of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    #[serde(rename = "report_version")]
    form: u32,
    tool: &'static str,
    ocsf_version: String,
    dry_run: bool,
    pub(crate) verdict: &'static str,
    seconds: f64,
    pub(crate) inputs: Inputs,
    records: Records,
    tables: Vec<TableLine>,
    rejects: Vec<RejectLine>,
    issues: Vec<IssueLine>,
    files: Vec<FileLine>,
    reject_files: Vec<String>,
    groups: u64,
    /// Paths of the inputs by key: what people can open.
    #[serde(skip)]
    paths: BTreeMap<String, String>,
}

/// Inputs by what became of them. Their sum is what was found.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Inputs {
    found: u64,
    converted: u64,
    /// Covered by an earlier run.
    covered: u64,
    /// Known to hold no events, by kind.
    skipped: BTreeMap<String, u64>,
    /// Covered by an earlier run with other content: not converted.
    pub(crate) changed: Vec<String>,
    pub(crate) unrecognised: Vec<Trouble>,
    pub(crate) failed: Vec<Trouble>,
    /// Converted, though something was wrong with their bytes.
    pub(crate) damaged: Vec<Trouble>,
    stored_bytes: u64,
    bytes: u64,
    by_source: BTreeMap<&'static str, u64>,
}

/// An input with a reason.
#[derive(Debug, Serialize)]
pub(crate) struct Trouble {
    pub(crate) input: String,
    pub(crate) why: String,
}

#[derive(Debug, Serialize)]
struct Records {
    #[serde(rename = "records")]
    seen: u64,
    events: u64,
    rejects: u64,
    skipped: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Serialize)]
struct TableLine {
    table: String,
    class_uid: i32,
    class_name: String,
    events: u64,
    files: u64,
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct RejectLine {
    code: String,
    count: u64,
    object: String,
    record: u64,
    byte: u64,
    line: u64,
    detail: String,
}

#[derive(Debug, Serialize)]
struct IssueLine {
    code: &'static str,
    path: String,
    count: u64,
    object: String,
    record: u64,
    byte: u64,
    line: u64,
}

#[derive(Debug, Serialize)]
struct FileLine {
    path: String,
    table: String,
    rows: u64,
    bytes: u64,
    min_time: i64,
    max_time: i64,
}

/// What a report is made of, besides the outcome.
#[derive(Debug)]
pub(crate) struct RunFacts<'a> {
    pub(crate) ocsf_version: &'a str,
    pub(crate) dry_run: bool,
    pub(crate) verdict: Verdict,
    pub(crate) elapsed: Duration,
    pub(crate) covered: u64,
    pub(crate) changed: Vec<String>,
    /// Parts of directories that could not be looked at.
    pub(crate) problems: Vec<Trouble>,
}

impl Report {
    pub(crate) fn new(facts: RunFacts<'_>, outcome: &Outcome, published: &Published) -> Self {
        let RunFacts { ocsf_version, dry_run, verdict, elapsed, covered, changed, problems } = facts;
        let mut inputs = Inputs {
            found: covered + (changed.len() + outcome.inputs.len()) as u64,
            covered,
            changed,
            failed: problems,
            stored_bytes: outcome.stored_bytes,
            bytes: outcome.bytes,
            ..Inputs::default()
        };
        for input in &outcome.inputs {
            inputs.add(input);
        }
        inputs.sort();
        Self {
            form: REPORT_VERSION,
            tool: concat!("ocsf ", env!("CARGO_PKG_VERSION")),
            ocsf_version: ocsf_version.to_owned(),
            dry_run,
            verdict: verdict.as_str(),
            seconds: elapsed.as_secs_f64(),
            inputs,
            records: Records {
                seen: outcome.counts.records,
                events: outcome.counts.events,
                rejects: outcome.counts.rejects,
                skipped: outcome.counts.skipped.clone(),
            },
            tables: tables(ocsf_version, published),
            rejects: rejects(outcome),
            issues: issues(outcome),
            files: files(published),
            reject_files: published.reject_files.clone(),
            groups: published.groups,
            paths: outcome.inputs.iter().map(|input| (input.key.clone(), input.name.clone())).collect(),
        }
    }

    /// Path of an object, as far as it is one of the inputs.
    fn path<'a>(&'a self, object: &'a str) -> Cow<'a, str> {
        quote_text(self.paths.get(object).map_or(object, String::as_str))
    }

    /// Groups that were published.
    pub(crate) fn groups(&self) -> u64 {
        self.groups
    }

    /// True when every input became events or is rightly none.
    pub(crate) fn is_complete(&self) -> bool {
        let Inputs { changed, unrecognised, failed, damaged, .. } = &self.inputs;
        changed.is_empty() && unrecognised.is_empty() && failed.is_empty() && damaged.is_empty()
    }

    /// Records rejected, and the most common reason.
    pub(crate) fn rejected(&self) -> Option<String> {
        let most = self.rejects.iter().max_by_key(|line| line.count)?;
        let RejectLine { code, count, object, record, byte, line, detail } = most;
        Some(format!(
            "{} rejected (most: {} x {code}, first in `{}` record {record}{}: {})",
            human_things(self.records.rejects, "record"),
            human_count(*count),
            self.path(object),
            place(*line, *byte),
            quote_text(detail),
        ))
    }

    /// Number of records whose account or Region nothing tells, and the first of them.
    pub(crate) fn unknown_partitions(&self) -> Option<String> {
        let mut lines = self.issues.iter().filter(|line| line.code == "unknown-partition").peekable();
        let first = lines.peek()?;
        let place = format!("first in `{}` record {}", self.path(&first.object), first.record);
        let count: u64 = lines.map(|line| line.count).sum();
        Some(format!("{} of no known account or Region, {place}", human_things(count, "event")))
    }

    /// Other values that could not be used as intended, counted.
    pub(crate) fn other_issues(&self) -> Vec<String> {
        let others = self.issues.iter().filter(|line| line.code != "unknown-partition");
        others
            .map(|line| {
                let path = if line.path.is_empty() { String::new() } else { format!(" `{}`", line.path) };
                format!(
                    "{} x {}{path}, first in `{}` record {}{}",
                    human_count(line.count),
                    line.code,
                    self.path(&line.object),
                    line.record,
                    place(line.line, line.byte)
                )
            })
            .collect()
    }

    /// The summary: a headline, one line a table, the balance.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::new();
        let speed = self.inputs.bytes as f64 / self.seconds.max(0.001);
        let done = match self.verdict {
            "good" if self.dry_run => "Would convert",
            "good" => "Converted",
            // What was not published is accounted for all the same.
            _ => "Read",
        };
        let _ = writeln!(
            text,
            "{done} {}, {} ({} stored), in {:.1}s ({}/s)",
            human_things(self.inputs.converted, "file"),
            human_size(self.inputs.bytes),
            human_size(self.inputs.stored_bytes),
            self.seconds,
            human_size(speed as u64),
        );
        if !self.tables.is_empty() {
            text.push('\n');
            text.push_str(&self.table());
        }
        let skipped = self.inputs.skipped.iter().map(|(kind, n)| format!("{} {kind}", human_count(*n)));
        let skipped: Vec<_> = skipped.collect();
        let mut files = Vec::new();
        if self.inputs.covered > 0 {
            files.push(format!("{} converted before", human_count(self.inputs.covered)));
        }
        if !skipped.is_empty() {
            files.push(format!("skipped {}", skipped.join(", ")));
        }
        if !files.is_empty() {
            let _ = writeln!(text, "\nother files: {}", files.join(" · "));
        }
        let Records { seen, events, rejects, skipped } = &self.records;
        let total: u64 = skipped.values().sum();
        let _ = write!(
            text,
            "\naccounted: {} events + {} rejected + {} skipped = {} records",
            human_count(*events),
            human_count(*rejects),
            human_count(total),
            human_count(*seen),
        );
        if total > 0 {
            let reasons: Vec<_> =
                skipped.iter().map(|(reason, n)| format!("{} {reason}", human_count(*n))).collect();
            let _ = write!(text, "\nskipped: {}", reasons.join(", "));
        }
        text
    }

    fn table(&self) -> String {
        let mut table = Table::new(&["table", "class", "events", "files", "parquet"]).right(&[2, 3, 4]);
        for line in &self.tables {
            table.row([
                line.table.clone(),
                line.class_name.clone(),
                human_count(line.events),
                human_count(line.files),
                human_size(line.bytes),
            ]);
        }
        table.render(2)
    }
}

impl Inputs {
    fn add(&mut self, outcome: &InputOutcome) {
        let trouble = |why: String| Trouble { input: outcome.name.clone(), why };
        match &outcome.fate {
            Fate::Converted(source) => {
                self.converted += 1;
                *self.by_source.entry(source).or_default() += 1;
            }
            Fate::Retried => {
                self.converted += 1;
                *self.by_source.entry("rejects").or_default() += 1;
            }
            Fate::Skipped(kind) => *self.skipped.entry((*kind).to_owned()).or_default() += 1,
            Fate::Unrecognised(why) => self.unrecognised.push(trouble(why.clone())),
            Fate::Ambiguous(sources) => {
                let why = format!("looks like {}: pass `--source` with one of them", sources.join(" or "));
                self.unrecognised.push(trouble(why));
            }
            Fate::Failed(why) => self.failed.push(trouble(why.clone())),
        }
        if let Some(fault) = &outcome.fault {
            self.damaged.push(trouble(fault.clone()));
        }
    }

    fn sort(&mut self) {
        for list in [&mut self.unrecognised, &mut self.failed, &mut self.damaged] {
            list.sort_by(|a, b| a.input.cmp(&b.input));
        }
    }
}

fn tables(version: &str, published: &Published) -> Vec<TableLine> {
    let schema = Schema::get(version).ok();
    let mut lines: BTreeMap<&str, TableLine> = BTreeMap::new();
    for file in &published.files {
        let line = lines.entry(&file.table).or_insert_with(|| TableLine {
            table: file.table.clone(),
            class_uid: file.class_uid,
            class_name: schema
                .and_then(|schema| schema.class(file.class_uid))
                .map_or_else(String::new, |(_, class)| class.caption.clone()),
            events: 0,
            files: 0,
            bytes: 0,
        });
        line.events += file.rows;
        line.files += 1;
        line.bytes += file.bytes;
    }
    lines.into_values().collect()
}

/// Where a record begins; rows of a Parquet file have no place in bytes.
fn place(line: u64, byte: u64) -> String {
    if line > 0 { format!(", line {line}, byte {byte}") } else { String::new() }
}

fn rejects(outcome: &Outcome) -> Vec<RejectLine> {
    let lines = outcome.rejects.iter().map(|(code, summary)| RejectLine {
        code: code.clone(),
        count: summary.count,
        object: summary.first.object.to_string(),
        record: summary.first.record,
        byte: summary.first.byte,
        line: summary.first.line,
        detail: summary.detail.clone(),
    });
    lines.collect()
}

fn issues(outcome: &Outcome) -> Vec<IssueLine> {
    let lines = outcome.issues.iter().map(|(code, path, issue)| IssueLine {
        code,
        path: path.to_owned(),
        count: issue.count,
        object: issue.first.object.to_string(),
        record: issue.first.record,
        byte: issue.first.byte,
        line: issue.first.line,
    });
    lines.collect()
}

fn files(published: &Published) -> Vec<FileLine> {
    let lines = published.files.iter().map(|file| FileLine {
        path: file.path.clone(),
        table: file.table.clone(),
        rows: file.rows,
        bytes: file.bytes,
        min_time: file.min_time,
        max_time: file.max_time,
    });
    lines.collect()
}
