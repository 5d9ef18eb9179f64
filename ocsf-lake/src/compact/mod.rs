//! Small files merged into large ones, with proof that nothing changed.

mod copy;
mod digest;
mod duplicates;
mod exchange;
mod fault;
mod fetch;
mod footer;
mod plan;
mod publish;
mod read;
mod record;
mod settle;
mod traced;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use object_store::Error;
use ocsf_core::{MapperInfo, TableInfo};

pub use plan::{CompactionPlan, Merge};
pub(crate) use record::compaction_path;
pub use record::{Compaction, Phase};

use crate::error::LakeError;
use crate::fingerprint::short_name;
use crate::group::{GroupWriter, StagedGroup};
use crate::lake::{Lake, trace_path};
use crate::manifest::{FileRecord, MANIFEST_VERSION, MERGED};
use crate::options::FileOptions;
use crate::store::OnDisk;
use copy::{Origins, Reading};
use digest::{RowsDigest, row_hashes};
use fault::{Fault, guarded};
use fetch::together;
use footer::Footer;
use plan::Owner;
use read::{batches, columns, times, unreadable};

/// A row group ends when its rows had this many bytes in the files that are merged.
const ROW_GROUP_BYTES: u64 = 8 << 20;

/// How files are merged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompactOptions {
    /// Bytes that a merged file has, about. Default 128 MiB. Files of half as many are merged.
    pub target_bytes: u64,
    /// Memory for events. Default 256 MiB.
    pub memory_bytes: usize,
    /// zstd level of the new files, 1 to 22. Default 1.
    pub zstd_level: i32,
    /// Drop events whose time and `metadata.uid` another of the same table, Region, account and day has. Default false.
    pub dedup: bool,
}

impl Default for CompactOptions {
    fn default() -> Self {
        Self { target_bytes: 128 << 20, memory_bytes: 256 << 20, zstd_level: 1, dedup: false }
    }
}

impl CompactOptions {
    fn is_small(&self, file: &FileRecord) -> bool {
        file.bytes < self.target_bytes / 2
    }
}

impl Lake {
    /// Merges files into one, which takes their place. Files that cannot be read, or are not there any more, are left out of
    /// `merge`, which tells them. `None` when [nothing is left to merge](Merge::is_needed), when `stop` said so before anything
    /// was published, or when in a bucket another run merged or removed one of the files meanwhile.
    ///
    /// The new file is read back, and compared with the old ones by number of rows and by a hash over all columns of all rows
    /// (without those that are dropped as duplicates), before any of them goes. In a bucket what was compared is compared again,
    /// by its hash, with what the bucket then holds.
    ///
    /// # Errors
    /// The lake cannot be read or written, or the new file does not hold what the old ones held. Then these stay.
    pub fn merge(
        &self,
        merge: &mut Merge,
        options: &CompactOptions,
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<Compaction>, LakeError> {
        while merge.is_needed() {
            match self.try_merge(merge, options, stop)? {
                Tried::Done(compaction) => return Ok(compaction),
                Tried::Faulty(number, fault) => merge.leave_out(number, fault),
            }
        }
        Ok(None)
    }

    fn try_merge(
        &self,
        merge: &Merge,
        options: &CompactOptions,
        stop: &dyn Fn() -> bool,
    ) -> Result<Tried, LakeError> {
        let origins = Origins::of(merge);
        let files = FileOptions {
            zstd_level: options.zstd_level,
            row_group_bytes: ROW_GROUP_BYTES,
            file_bytes: u64::MAX,
            trace: true,
            ..FileOptions::default()
        };
        let memory = options.memory_bytes / 2;
        let mut group =
            GroupWriter::new(Arc::new(files), self.staging.group()?, self.temp_dir.clone(), memory);
        for (path, (number, ..)) in &origins.files {
            group.object(*number, path, 0, 0);
        }
        let footers: Vec<&Footer> = merge.files.iter().map(|file| &file.footer).collect();
        let (schema, searched) = columns(&footers);
        let kind = &merge.kind;
        // A process knows few tables, and their names for as long as it lives.
        let name: &'static str = String::leak(kind.table.clone());
        let mapper: &'static str = String::leak(kind.mapper.clone());
        let mut table =
            TableInfo::new(name, kind.class_uid, &kind.class_name, &kind.version, Arc::clone(&schema));
        table.lookup_paths = searched;
        let table = group.table(&table, &MapperInfo::new(mapper, mapper, kind.mapping_version))?;
        let mut was = RowsDigest::default();
        let mut first = 0;
        for lot in merge.files.chunk_by(together()) {
            let staging = self.staging.group()?;
            let brought = match self.bring(lot.iter().map(|file| &file.record), &staging) {
                // Another run has merged or removed it.
                Err(LakeError::Store { source: Error::NotFound { .. }, .. }) => return Ok(Tried::Done(None)),
                Err(error @ LakeError::Unreadable { .. }) => {
                    let (at, fault) = self.to_blame(lot, &staging)?.ok_or(error)?;
                    return Ok(Tried::Faulty(first + at, fault));
                }
                brought => brought?,
            };
            for ((file, from), number) in lot.iter().zip(&brought).zip(first..) {
                let trace = match self.bring_trace(file, &staging) {
                    // It goes after its file.
                    Err(_) if !self.is_ours_alone() && self.is_gone(file)? => return Ok(Tried::Done(None)),
                    trace => trace?,
                };
                let reading = Reading { file, from, trace: trace.as_ref(), origins: &origins, stop };
                let copy = || reading.copy(&mut group, table, &schema, &merge.folder, &mut was);
                match guarded(&from.name, copy) {
                    Ok(true) => {}
                    Ok(false) => return Ok(Tried::Done(None)),
                    Err(error) => {
                        let fault = self.fault_of(&file.record.path, error)?;
                        return Ok(Tried::Faulty(number, fault));
                    }
                }
            }
            first += lot.len();
        }
        let staged = group.finish()?;
        let compaction = describe(merge, options, &origins, &staged)?;
        let is = match staged.files.as_slice() {
            [] => RowsDigest::default(),
            [file] => digest_of(&OnDisk::local(file.staged.clone()))?,
            _ => {
                let detail = format!("`{}` holds rows of other days", merge.folder);
                return Err(LakeError::NotTheSame { detail });
            }
        };
        if is != was {
            let detail = format!("{} rows of `{}` became {}", was.rows, merge.folder, is.rows);
            return Err(LakeError::NotTheSame { detail });
        }
        if self.is_ours_alone() {
            return Ok(Tried::Done(Some(self.publish_compaction(&staged, compaction)?)));
        }
        let deduplicated = (merge.duplicates() > 0).then_some(merge.folder.as_str());
        Ok(Tried::Done(self.exchange(&staged, compaction, deduplicated)?))
    }
}

/// How it went to merge files.
enum Tried {
    Done(Option<Compaction>),
    /// The file of that number cannot be merged.
    Faulty(usize, Fault),
}

/// What is kept of a merge.
fn describe(
    merge: &Merge,
    options: &CompactOptions,
    origins: &Origins<'_>,
    staged: &StagedGroup,
) -> Result<Compaction, LakeError> {
    let name = name_of(merge, options);
    let files = staged.files.iter().map(|file| {
        if !merge.folder.ends_with(&file.partition.to_string()) {
            let detail = format!("`{}` holds rows of {}", merge.folder, file.partition);
            return Err(LakeError::NotTheSame { detail });
        }
        Ok(FileRecord {
            path: format!("{}/{name}-{MERGED}.parquet", merge.folder),
            table: file.table.to_owned(),
            class_uid: file.class_uid,
            schema: file.schema.clone(),
            rows: file.rows,
            bytes: file.bytes,
            min_time: file.min_time,
            max_time: file.max_time,
        })
    });
    let files = files.collect::<Result<_, _>>()?;
    let mut replaces: BTreeMap<String, Vec<FileRecord>> = BTreeMap::new();
    for (_, group, file) in origins.files.values() {
        replaces.entry((*group).to_owned()).or_default().push((*file).clone());
    }
    let earlier = merge.files.iter().filter_map(|file| match &file.owner {
        Owner::Compaction(earlier) => Some(&**earlier),
        Owner::Group(_) => None,
    });
    let here = merge.files.iter().flat_map(|file| &file.kept_by);
    let before = earlier.clone().flat_map(|earlier| &earlier.kept_by);
    let others = |group: &&String| !replaces.contains_key(*group);
    let kept_by: BTreeSet<String> = here.chain(before).filter(others).cloned().collect();
    Ok(Compaction {
        manifest_version: MANIFEST_VERSION,
        phase: Phase::Done,
        files,
        replaces,
        duplicates: merge.duplicates() + earlier.clone().map(|earlier| earlier.duplicates).sum::<u64>(),
        kept_by,
        trace: trace_path(&name).to_string(),
        merged: merge.files().map(|file| file.path.clone()).collect(),
        supersedes: earlier.map(|earlier| earlier.compaction.clone()).collect(),
        content: None,
        compaction: name,
    })
}

/// Follows from the files that are merged, and from what changes bytes.
fn name_of(merge: &Merge, options: &CompactOptions) -> String {
    let files = merge.files.iter().flat_map(|file| {
        [file.record.path.clone(), file.record.bytes.to_string(), file.skip.len().to_string()]
    });
    let first = ["compaction".to_owned(), options.zstd_level.to_string()];
    short_name(first.into_iter().chain(files))
}

/// What a file holds, read back from disk. Its rows are in the order of their times.
fn digest_of(file: &OnDisk) -> Result<RowsDigest, LakeError> {
    let mut digest = RowsDigest::default();
    let mut last = i64::MIN;
    for batch in batches(file, None, None)? {
        let batch = batch.map_err(|error| unreadable(&file.name, &error))?;
        digest.add(&row_hashes(&batch)?);
        for time in times(file, &batch)? {
            if time < last {
                return Err(LakeError::NotTheSame { detail: "its rows are not in order".into() });
            }
            last = time;
        }
    }
    Ok(digest)
}
