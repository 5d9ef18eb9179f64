//! Which files are merged.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use object_store::path::Path as StorePath;

use super::CompactOptions;
use super::read::{Footer, Kind};
use super::record::Compaction;
use crate::error::LakeError;
use crate::lake::Lake;
use crate::manifest::FileRecord;
use crate::recover::LakeState;
use crate::store::Folder;

/// Files that are merged into one: of one table, Region, account and day, and of one kind.
#[derive(Debug)]
pub struct Merge {
    /// The folder that they lie in.
    pub folder: String,
    pub(crate) kind: Kind,
    /// In the order of their paths.
    pub(crate) files: Vec<Live>,
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
}

impl Lake {
    /// What there is to merge among the files that are `wanted`: in each folder those that are smaller than half of the target,
    /// in the order of their times, as many at a time as make up the target; and with `dedup` all that hold duplicates.
    ///
    /// # Errors
    /// The lake cannot be read. Files that cannot are part of the plan.
    pub fn plan_compaction(
        &self,
        state: &LakeState,
        options: &CompactOptions,
        wanted: impl Fn(&FileRecord) -> bool,
    ) -> Result<CompactionPlan, LakeError> {
        let mut plan = CompactionPlan::default();
        for (folder, files) in folders(state, wanted) {
            let small = files.iter().filter(|(record, _)| options.is_small(record)).count();
            if small < 2 && !options.dedup {
                continue;
            }
            let mut live = Vec::new();
            for (record, owner) in files {
                if options.dedup || options.is_small(record) {
                    live.extend(self.look_at(record, owner, &mut plan)?);
                }
            }
            let mut live = self.keep_traced(live, &mut plan)?;
            if options.dedup {
                self.find_duplicates(&mut live, options.memory_bytes)?;
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
                }));
            }
        }
        Ok(plan)
    }

    fn look_at(
        &self,
        record: &FileRecord,
        owner: Owner,
        plan: &mut CompactionPlan,
    ) -> Result<Option<Live>, LakeError> {
        match self.local(&record.path).and_then(|path| Footer::read(&path)) {
            Ok(footer) if footer.rows == record.rows => Ok(Some(Live {
                record: record.clone(),
                owner,
                footer,
                skip: Vec::new(),
                kept_by: BTreeSet::new(),
            })),
            Ok(footer) => {
                let detail = format!("it has {} rows, its manifest says {}", footer.rows, record.rows);
                plan.unreadable.push(LakeError::Unreadable { path: record.path.clone(), detail });
                Ok(None)
            }
            Err(LakeError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                plan.missing += 1;
                Ok(None)
            }
            Err(error @ (LakeError::Unreadable { .. } | LakeError::Schema { .. })) => {
                plan.unreadable.push(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Where a file of the lake can be opened. No path of a manifest leads out of the lake.
    pub(crate) fn local(&self, path: &str) -> Result<PathBuf, LakeError> {
        local(&self.out, path)
    }
}

/// Where a file can be opened that is in a folder of this machine.
pub(super) fn local(folder: &Folder, path: &str) -> Result<PathBuf, LakeError> {
    let dir = folder.dir().ok_or_else(|| LakeError::Remote { lake: folder.name().to_owned() })?;
    Ok(dir.join(StorePath::from(path).as_ref()))
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

/// Cuts files into those that are merged into one. One file alone is merged only to rid it of duplicates.
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
    merges.retain(|merge| merge.len() > 1 || merge.iter().any(|file| !file.skip.is_empty()));
    for merge in &mut merges {
        merge.sort_by(|a, b| a.record.path.cmp(&b.record.path));
    }
    merges
}
