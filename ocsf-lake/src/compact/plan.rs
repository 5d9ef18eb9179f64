//! Which files are merged.

use std::collections::{BTreeMap, BTreeSet};

use object_store::path::Path as StorePath;

use super::CompactOptions;
use super::fault::Fault;
use super::footer::{Footer, Kind, Shared};
use super::record::Compaction;
use crate::error::LakeError;
use crate::lake::Lake;
use crate::manifest::FileRecord;
use crate::recover::LakeState;

/// Files that are merged into one: of one table, Region, account and day, and of one kind.
#[derive(Debug)]
pub struct Merge {
    /// The folder that they lie in.
    pub folder: String,
    pub(crate) kind: Kind,
    /// In the order of their paths.
    pub(crate) files: Vec<Live>,
    /// Files that were not there any more when they were to be merged.
    pub missing: u64,
    /// Files that could not be read when they were to be merged, and why. They stay as they are.
    pub unreadable: Vec<LakeError>,
}

/// A file that holds events.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    pub(crate) record: FileRecord,
    pub(crate) owner: Owner,
    pub(crate) footer: Footer,
    /// Rows that are duplicates of others, in order.
    pub(crate) skip: Vec<u64>,
    /// Groups whose files hold what these are duplicates of.
    pub(crate) kept_by: BTreeSet<String>,
}

/// Who wrote a file.
#[derive(Debug, Clone)]
pub(crate) enum Owner {
    Group(String),
    Compaction(Box<Compaction>),
}

impl Owner {
    /// The groups whose events are in its files.
    pub(crate) fn groups(&self) -> Vec<&str> {
        match self {
            Self::Group(group) => vec![group],
            Self::Compaction(earlier) => earlier.replaces.keys().map(String::as_str).collect(),
        }
    }
}

/// What there is to merge.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct CompactionPlan {
    /// Files to be merged, in the order of their folders.
    pub merges: Vec<Merge>,
    /// Files that manifests list and that are not there any more, such as those of days that somebody removed.
    pub missing: u64,
    /// Files that cannot be read, and why. They stay as they are.
    pub unreadable: Vec<LakeError>,
}

impl Merge {
    /// Default name of the table.
    pub fn table(&self) -> &str {
        &self.kind.table
    }

    /// Files that are merged.
    pub fn files(&self) -> impl Iterator<Item = &FileRecord> {
        self.files.iter().map(|file| &file.record)
    }

    /// Rows that go because they are duplicates.
    pub fn duplicates(&self) -> u64 {
        self.files.iter().map(|file| file.skip.len() as u64).sum()
    }

    /// Whether there is anything to merge: files may have been left out.
    pub fn is_needed(&self) -> bool {
        are_merged(&self.files)
    }

    /// Leaves out a file.
    pub(super) fn leave_out(&mut self, number: usize, fault: Fault) {
        fault.tell(&mut self.missing, &mut self.unreadable);
        let file = self.files.remove(number);
        let groups = file.owner.groups();
        // What others lose as duplicates may be its events.
        if self.files.iter().any(|other| other.kept_by.iter().any(|group| groups.contains(&group.as_str()))) {
            self.files.clear();
        }
    }
}

impl CompactionPlan {
    pub(super) fn leave_out(&mut self, fault: Fault) {
        fault.tell(&mut self.missing, &mut self.unreadable);
    }
}

impl Lake {
    /// What there is to merge among the files that are `wanted`: in each folder those that are smaller than half of the target,
    /// in the order of their times, as many at a time as make up the target; and with `dedup` all that hold duplicates. In a
    /// bucket, files of groups that another run is still publishing are left out. Nothing when `stop` said so meanwhile.
    ///
    /// # Errors
    /// The lake cannot be read. Files that cannot are part of the plan.
    pub fn plan_compaction(
        &self,
        state: &LakeState,
        options: &CompactOptions,
        wanted: impl Fn(&FileRecord) -> bool,
        stop: &dyn Fn() -> bool,
    ) -> Result<CompactionPlan, LakeError> {
        self.clear_turn()?;
        let mut plan = CompactionPlan::default();
        let mut shared = Shared::default();
        let on_their_way = self.on_their_way()?;
        let is_whole = |owner: &Owner| match owner {
            Owner::Group(group) => !on_their_way.contains(group),
            Owner::Compaction(_) => true,
        };
        for (folder, mut files) in folders(state, wanted) {
            files.retain(|(_, owner)| is_whole(owner));
            let small = files.iter().filter(|(record, _)| options.is_small(record)).count();
            if small < 2 && !options.dedup {
                continue;
            }
            let files: Vec<_> =
                files.into_iter().filter(|(record, _)| options.dedup || options.is_small(record)).collect();
            let live = self.look_at(files, &mut shared, &mut plan)?;
            let mut live = self.keep_traced(live, &mut plan)?;
            if options.dedup {
                live = self.find_duplicates(live, options.memory_bytes, &mut plan, stop)?;
            }
            if stop() {
                return Ok(CompactionPlan::default());
            }
            let mut kinds: BTreeMap<Kind, Vec<Live>> = BTreeMap::new();
            for file in
                live.into_iter().filter(|file| options.is_small(&file.record) || !file.skip.is_empty())
            {
                kinds.entry(file.footer.kind.clone()).or_default().push(file);
            }
            for (kind, files) in kinds {
                plan.merges.extend(cut(files, options.target_bytes).into_iter().map(|files| Merge {
                    folder: folder.to_owned(),
                    kind: kind.clone(),
                    files,
                    missing: 0,
                    unreadable: Vec::new(),
                }));
            }
        }
        Ok(plan)
    }

    /// The files that can be merged.
    fn look_at(
        &self,
        files: Vec<(&FileRecord, Owner)>,
        shared: &mut Shared,
        plan: &mut CompactionPlan,
    ) -> Result<Vec<Live>, LakeError> {
        let places: Vec<_> =
            files.iter().map(|(file, _)| (StorePath::from(file.path.as_str()), file.bytes)).collect();
        let mut live = Vec::new();
        for ((record, owner), footer) in files.into_iter().zip(Footer::read_each(&self.out, &places, shared))
        {
            match footer {
                Ok(footer) if footer.rows == record.rows => {
                    live.push(Live {
                        record: record.clone(),
                        owner,
                        footer,
                        skip: Vec::new(),
                        kept_by: BTreeSet::new(),
                    });
                }
                Ok(footer) => {
                    let detail = format!("it has {} rows, its manifest says {}", footer.rows, record.rows);
                    plan.unreadable.push(LakeError::Unreadable { path: record.path.clone(), detail });
                }
                Err(error) => plan.leave_out(self.fault_of(&record.path, error)?),
            }
        }
        Ok(live)
    }
}

/// Files that are wanted, by folder, in the order of their paths.
fn folders(
    state: &LakeState,
    wanted: impl Fn(&FileRecord) -> bool,
) -> BTreeMap<&str, Vec<(&FileRecord, Owner)>> {
    let mut owners: BTreeMap<&str, Owner> = BTreeMap::new();
    for group in &state.groups {
        let owner = || Owner::Group(group.group.clone());
        owners.extend(group.files.iter().map(|file| (file.path.as_str(), owner())));
    }
    for compaction in &state.compactions {
        let owner = || Owner::Compaction(Box::new(compaction.clone()));
        owners.extend(compaction.files.iter().map(|file| (file.path.as_str(), owner())));
    }
    let mut folders: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for file in state.files().filter(|file| wanted(file)) {
        let Some((folder, _)) = file.path.rsplit_once('/') else { continue };
        let Some(owner) = owners.remove(file.path.as_str()) else { continue };
        folders.entry(folder).or_default().push((file, owner));
    }
    for files in folders.values_mut() {
        files.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
    }
    folders
}

/// Cuts files into those that are merged into one.
fn cut(mut files: Vec<Live>, target_bytes: u64) -> Vec<Vec<Live>> {
    files.sort_by(|a, b| (a.record.min_time, &a.record.path).cmp(&(b.record.min_time, &b.record.path)));
    let mut merges: Vec<Vec<Live>> = Vec::new();
    let mut bytes = 0;
    for file in files {
        bytes += file.record.bytes;
        match merges.last_mut() {
            Some(merge) if bytes <= target_bytes => merge.push(file),
            _ => {
                bytes = file.record.bytes;
                merges.push(vec![file]);
            }
        }
    }
    merges.retain(|merge| are_merged(merge));
    for merge in &mut merges {
        merge.sort_by(|a, b| a.record.path.cmp(&b.record.path));
    }
    merges
}

/// One file alone is merged only to rid it of duplicates.
fn are_merged(files: &[Live]) -> bool {
    files.len() > 1 || files.iter().any(|file| !file.skip.is_empty())
}
