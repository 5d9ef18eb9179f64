//! Publishes finished groups, and judges the run before the last of them.

use std::collections::{BTreeSet, VecDeque};

use ocsf_lake::{FileRecord, Folder, Lake, LakeState, Location, Manifest, Stores};

use super::outcome::{Fate, Outcome};
use super::plan::PartOfFile;
use super::stop::Stop;
use super::worker::{Finished, REJECTS};
use crate::error::CliError;
use crate::term::quote_text;
use crate::units::RejectLimit;

/// What is made of finished groups.
#[derive(Debug)]
pub(crate) struct Publisher<'a> {
    pub(crate) lake: &'a Lake,
    pub(crate) limit: RejectLimit,
    /// Nothing is published before the end, and nothing at all when a record has no partition.
    pub(crate) strict_partitions: bool,
    /// Nothing is published before the end, and groups that cover the same inputs go just before.
    pub(crate) overwrite: bool,
    /// Groups that go.
    pub(crate) replaced: Vec<Manifest>,
    /// What the lake held before, when some of it may go.
    pub(crate) before: LakeState,
    /// Groups of streams, known by their content alone.
    pub(crate) streams: Vec<Manifest>,
    /// Streams that the lake holds already.
    pub(crate) covered: u64,
    /// Nothing is published.
    pub(crate) dry_run: bool,
    /// Where files of rejects go, when not into the lake.
    pub(crate) rejects_to: Option<(Location, Stores)>,
    pub(crate) outcome: Outcome,
    pub(crate) published: Published,
    held: VecDeque<Finished>,
}

/// Groups and files that were published, or would have been.
#[derive(Debug, Default)]
pub(crate) struct Published {
    pub(crate) groups: u64,
    pub(crate) files: Vec<FileRecord>,
    pub(crate) reject_files: Vec<String>,
}

/// The judgement on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Good,
    TooManyRejects,
    UnknownPartitions,
    Interrupted,
}

impl Verdict {
    /// Its stable word in reports.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::TooManyRejects => "too-many-rejects",
            Self::UnknownPartitions => "unknown-partitions",
            Self::Interrupted => "interrupted",
        }
    }
}

impl<'a> Publisher<'a> {
    pub(crate) fn new(lake: &'a Lake, limit: RejectLimit) -> Self {
        Self {
            lake,
            limit,
            strict_partitions: false,
            overwrite: false,
            replaced: Vec::new(),
            before: LakeState::default(),
            streams: Vec::new(),
            covered: 0,
            dry_run: false,
            rejects_to: None,
            outcome: Outcome::default(),
            published: Published::default(),
            held: VecDeque::new(),
        }
    }

    /// Takes a finished group. The newest is held back, so that something is left to judge at the end.
    pub(crate) fn add(&mut self, mut finished: Finished) -> Result<(), CliError> {
        let same = self.streams.iter().filter(|manifest| manifest.inputs == finished.record.inputs);
        let same: Vec<Manifest> = same.cloned().collect();
        if self.overwrite {
            self.replaced.extend(same);
        } else if !same.is_empty() {
            self.covered += 1;
            return Ok(());
        }
        self.outcome.add(std::mem::take(&mut finished.outcome));
        self.held.push_back(finished);
        if !self.strict_partitions
            && !self.overwrite
            && self.held.len() > 1
            && let Some(oldest) = self.held.pop_front()
        {
            self.publish(oldest)?;
        }
        Ok(())
    }

    /// Judges the run and publishes what is held, or drops it.
    ///
    /// # Panics
    /// Records are not accounted for, or the files do not hold all events: a mistake of this program.
    pub(crate) fn finish(&mut self, stop: &Stop) -> Result<Verdict, CliError> {
        let verdict = self.judge(stop);
        assert!(self.outcome.counts.balances(), "records are not accounted for: {:?}", self.outcome.counts);
        let held = std::mem::take(&mut self.held);
        if verdict == Verdict::Good {
            self.remove_replaced()?;
            for finished in held {
                self.publish(finished)?;
            }
            if !self.dry_run {
                self.lake.settle()?;
            }
        }
        let rows: u64 = self.published.files.iter().map(|file| file.rows).sum();
        assert!(
            verdict != Verdict::Good || rows == self.outcome.counts.events,
            "the files hold {rows} events"
        );
        self.published.files.sort_by(|a, b| a.path.cmp(&b.path));
        self.published.reject_files.sort();
        Ok(verdict)
    }

    fn judge(&self, stop: &Stop) -> Verdict {
        if stop.interrupts() {
            return Verdict::Interrupted;
        }
        let counts = &self.outcome.counts;
        let over = match self.limit {
            RejectLimit::Records(max) => stop.too_many_rejects() || counts.rejects > max,
            RejectLimit::Percent(max) => counts.rejects as f64 * 100.0 > max * counts.records as f64,
        };
        if over {
            return Verdict::TooManyRejects;
        }
        let unknown = self.outcome.issues.iter().any(|(code, ..)| code == "unknown-partition");
        if self.strict_partitions && unknown { Verdict::UnknownPartitions } else { Verdict::Good }
    }

    /// Removes the groups that are made again. Killed from here on, the next run converts their inputs.
    fn remove_replaced(&mut self) -> Result<(), CliError> {
        let replaced = std::mem::take(&mut self.replaced);
        for input in &self.outcome.inputs {
            let why = match input.fate {
                Fate::Failed(_) => "it cannot be read any more",
                Fate::Unrecognised(_) | Fate::Ambiguous(_) => "it is not known any more what it is",
                Fate::Converted(_) | Fate::Retried | Fate::Skipped(_) => continue,
            };
            let mut covered = replaced.iter().flat_map(|manifest| &manifest.inputs);
            if covered.any(|there| there.key == input.key) {
                return Err(CliError::unpublished(format!(
                    "cannot replace what was made of `{}`",
                    quote_text(&input.name)
                ))
                .because(format!("{why}, so its events would be lost"))
                .hint("make it readable, or leave out `--overwrite`"));
            }
        }
        self.refuse_merged(&replaced)?;
        if !self.dry_run {
            let groups: Vec<String> = replaced.into_iter().map(|manifest| manifest.group).collect();
            if !groups.is_empty() {
                self.lake.remove(&groups)?;
            }
        }
        Ok(())
    }

    /// Streams are known when they were read: only now it shows that others were merged with them, and would go too.
    fn refuse_merged(&self, replaced: &[Manifest]) -> Result<(), PartOfFile> {
        let names: BTreeSet<&str> = replaced.iter().map(|manifest| manifest.group.as_str()).collect();
        for manifest in replaced {
            let together = self.before.groups_with([manifest.group.as_str()]);
            let stays = |other: &&Manifest| {
                together.contains(other.group.as_str()) && !names.contains(other.group.as_str())
            };
            if let Some(other) = self.before.groups.iter().find(stays) {
                let key = |manifest: &Manifest| {
                    manifest.inputs.first().map(|input| input.key.clone()).unwrap_or_default()
                };
                return Err(PartOfFile { given: key(manifest), missing: key(other), merged: true });
            }
        }
        Ok(())
    }

    fn publish(&mut self, finished: Finished) -> Result<(), CliError> {
        let Finished { staged, mut record, .. } = finished;
        if record.inputs.is_empty() {
            return Ok(());
        }
        let manifest = if self.dry_run {
            self.lake.preview(&staged, &record)
        } else {
            if let Some((place, stores)) = &self.rejects_to
                && !record.side_files.is_empty()
            {
                record.side_files.clear();
                let name = self.lake.group_name(&record.inputs, &record.mappings);
                let name = format!("{name}{}", REJECTS.1);
                Folder::open(place, stores)?.place(&staged.staging_dir().join(REJECTS.0), &name)?;
                self.published.reject_files.push(place.join(&name).to_string());
            }
            match self.lake.publish(staged, record)? {
                Some(manifest) => manifest,
                None => return Ok(()),
            }
        };
        self.published.groups += 1;
        self.published.files.extend(manifest.files);
        self.published.reject_files.extend(manifest.side_files);
        Ok(())
    }
}
