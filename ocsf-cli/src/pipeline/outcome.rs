//! What became of the inputs and records of a group, or of a whole run.

use std::collections::BTreeMap;

use ocsf_core::{Counts, Issues, Position, Reject};

/// What became of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Read as this source.
    Converted(&'static str),
    /// Rejected records of an earlier run, read again.
    Retried,
    /// Known to hold no events: its kind.
    Skipped(&'static str),
    /// Nothing that is read, and why.
    Unrecognised(String),
    /// Sources that it may be, as likely as each other.
    Ambiguous(Vec<&'static str>),
    /// It could not be opened, and why.
    Failed(String),
}

/// An input and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct InputOutcome {
    pub(crate) key: String,
    /// Path as the user knows it.
    pub(crate) name: String,
    pub(crate) fate: Fate,
    /// What ended the reading before the end, or was wrong with the bytes.
    pub(crate) fault: Option<String>,
}

/// Rejects of one code.
#[derive(Debug, Clone)]
pub(crate) struct RejectSummary {
    pub(crate) count: u64,
    /// The first of them, by object and record.
    pub(crate) first: Position,
    pub(crate) detail: String,
}

/// Counts of a group or a run.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) inputs: Vec<InputOutcome>,
    /// Bytes as stored, and decompressed.
    pub(crate) stored_bytes: u64,
    pub(crate) bytes: u64,
    pub(crate) counts: Counts,
    pub(crate) rejects: BTreeMap<String, RejectSummary>,
    pub(crate) issues: Issues,
}

impl Outcome {
    pub(crate) fn add_rejects(&mut self, rejects: &[Reject]) {
        for reject in rejects {
            let summary =
                RejectSummary { count: 1, first: reject.at.clone(), detail: reject.detail.to_string() };
            self.add_reject(reject.code.to_string(), summary);
        }
    }

    fn add_reject(&mut self, code: String, more: RejectSummary) {
        let Some(known) = self.rejects.get_mut(&code) else {
            self.rejects.insert(code, more);
            return;
        };
        let count = known.count + more.count;
        let place = |summary: &RejectSummary| (summary.first.object.clone(), summary.first.record);
        if place(&more) < place(known) {
            *known = more;
        }
        known.count = count;
    }

    /// Adds what became of another group.
    pub(crate) fn add(&mut self, other: Self) {
        self.inputs.extend(other.inputs);
        self.stored_bytes += other.stored_bytes;
        self.bytes += other.bytes;
        self.counts.add(&other.counts);
        for (code, summary) in other.rejects {
            self.add_reject(code, summary);
        }
        self.issues.merge(other.issues);
    }
}
