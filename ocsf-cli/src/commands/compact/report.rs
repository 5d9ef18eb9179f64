//! What a run of `compact` did: for people as a table, for programs as one JSON object.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ocsf_lake::{Compaction, Merge};
use serde::Serialize;

use crate::table::Table;
use crate::units::{human_count, human_size, human_things};

/// Version of the JSON form.
const REPORT_VERSION: u32 = 1;

/// Everything that is known of a run.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    #[serde(rename = "report_version")]
    pub(super) form: u32,
    pub(super) tool: &'static str,
    pub(super) dry_run: bool,
    pub(super) seconds: f64,
    pub(super) merges: Vec<Merged>,
    /// Files that were removed by others.
    pub(super) missing: u64,
    /// Merges that another run has made, or made impossible.
    pub(super) overtaken: u64,
    pub(super) unreadable: Vec<String>,
    /// Nobody knows then what else there is to merge.
    #[serde(skip)]
    pub(super) is_interrupted: bool,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            form: REPORT_VERSION,
            tool: concat!("ocsf ", env!("CARGO_PKG_VERSION")),
            dry_run: false,
            seconds: 0.0,
            merges: Vec::new(),
            missing: 0,
            overtaken: 0,
            unreadable: Vec::new(),
            is_interrupted: false,
        }
    }
}

/// Files that became one, or would.
#[derive(Debug, Serialize)]
pub(super) struct Merged {
    pub(super) folder: String,
    table: String,
    pub(super) files: Vec<String>,
    /// Events and bytes of these files.
    events: u64,
    bytes: u64,
    duplicates: u64,
    into: Option<NewFile>,
}

/// The new file.
#[derive(Debug, Serialize)]
struct NewFile {
    path: String,
    events: u64,
    bytes: u64,
}

impl Merged {
    pub(super) fn new(merge: &Merge, done: Option<&Compaction>) -> Self {
        let into = done.and_then(|done| done.files.first());
        Self {
            folder: merge.folder.clone(),
            table: merge.table().to_owned(),
            files: merge.files().map(|file| file.path.clone()).collect(),
            events: merge.files().map(|file| file.rows).sum(),
            bytes: merge.files().map(|file| file.bytes).sum(),
            duplicates: merge.duplicates(),
            into: into.map(|file| NewFile { path: file.path.clone(), events: file.rows, bytes: file.bytes }),
        }
    }
}

/// Merges of one table.
#[derive(Default)]
struct Line {
    folders: BTreeSet<String>,
    files: u64,
    into: u64,
    bytes: u64,
    bytes_after: u64,
    events: u64,
    duplicates: u64,
}

impl Report {
    pub(super) fn add_unreadable(&mut self, why: String) {
        self.unreadable.push(why);
    }

    /// A headline, one line a table, the proof.
    pub(super) fn summary(&self) -> String {
        let mut lines: BTreeMap<&str, Line> = BTreeMap::new();
        for merge in &self.merges {
            let line = lines.entry(&merge.table).or_default();
            line.folders.insert(merge.folder.clone());
            line.files += merge.files.len() as u64;
            line.into += 1;
            line.bytes += merge.bytes;
            line.bytes_after += merge.into.as_ref().map_or(0, |into| into.bytes);
            line.events += merge.events;
            line.duplicates += merge.duplicates;
        }
        if self.merges.is_empty() {
            return if self.is_interrupted { "Nothing merged" } else { "Nothing to merge" }.to_owned();
        }
        let sum = |of: fn(&Line) -> u64| lines.values().map(of).sum::<u64>();
        let (files, into) =
            (human_things(sum(|line| line.files), "file"), human_count(sum(|line| line.into)));
        let bytes = sum(|line| line.bytes);
        let speed = human_size((bytes as f64 / self.seconds.max(0.001)) as u64);
        let mut text = if self.dry_run {
            format!("Would merge {files} into {into}\n\n")
        } else {
            format!("Merged {files} into {into}, in {:.1}s ({speed}/s)\n\n", self.seconds)
        };
        let mut table = Table::new(&["table", "partitions", "files", "into", "parquet", "now", "events"])
            .right(&[1, 2, 3, 4, 5, 6]);
        for (name, line) in &lines {
            table.row([
                (*name).to_owned(),
                human_count(line.folders.len() as u64),
                human_count(line.files),
                human_count(line.into),
                human_size(line.bytes),
                if self.dry_run { "-".to_owned() } else { human_size(line.bytes_after) },
                human_count(line.events),
            ]);
        }
        text.push_str(&table.render(2));
        let (before, duplicates) = (sum(|line| line.events), sum(|line| line.duplicates));
        let compared = if self.dry_run { "" } else { ", compared by number and content" };
        let _ = write!(
            text,
            "\naccounted: {} events + {} duplicates = {} events before{compared}",
            human_count(before - duplicates),
            human_count(duplicates),
            human_count(before),
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_run_does_not_say_that_nothing_is_left() {
        let report = |is_interrupted| Report { is_interrupted, ..Report::default() };
        assert_eq!(report(false).summary(), "Nothing to merge");
        assert_eq!(report(true).summary(), "Nothing merged");
    }
}
