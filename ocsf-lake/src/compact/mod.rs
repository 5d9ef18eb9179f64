//! Small files merged into large ones, with proof that nothing changed.

mod copy;
mod digest;
mod duplicates;
mod plan;
mod publish;
mod read;
mod record;
mod traced;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use ocsf_core::{MapperInfo, TableInfo};
use sha2::{Digest, Sha256};

pub use plan::{CompactionPlan, Merge};
pub use record::{Compaction, Phase};

use crate::error::LakeError;
use crate::fingerprint::hex;
use crate::group::{GroupWriter, StagedGroup};
use crate::lake::{Lake, trace_path};
use crate::manifest::{FileRecord, GROUP_NAME, MANIFEST_VERSION, MERGED};
use crate::options::FileOptions;
use copy::{Origins, Reading};
use digest::{RowsDigest, row_hashes};
use plan::Owner;
use read::{Footer, batches, columns, times, unreadable};

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
    /// Merges files into one, which takes their place. `None` when `stop` said so before anything was published.
    ///
    /// The new file is read back, and compared with the old ones by number of rows and by a hash over all columns of all rows
    /// (without those that are dropped as duplicates), before any of them goes.
    ///
    /// # Errors
    /// A file cannot be read or written, or the new one does not hold what the old ones held. Then these stay.
    pub fn merge(
        &self,
        merge: &Merge,
        options: &CompactOptions,
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<Compaction>, LakeError> {
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
        for file in &merge.files {
            let reading = Reading { lake: self, file, origins: &origins, stop };
            if !reading.copy(&mut group, table, &schema, &merge.folder, &mut was)? {
                return Ok(None);
            }
        }
        let staged = group.finish()?;
        let compaction = describe(merge, options, &origins, &staged)?;
        let is = match staged.files.as_slice() {
            [] => RowsDigest::default(),
            [file] => digest_of(&file.staged)?,
            _ => {
                let detail = format!("`{}` holds rows of other days", merge.folder);
                return Err(LakeError::NotTheSame { detail });
            }
        };
        if is != was {
            let detail = format!("{} rows of `{}` became {}", was.rows, merge.folder, is.rows);
            return Err(LakeError::NotTheSame { detail });
        }
        self.publish_compaction(&staged, compaction).map(Some)
    }
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
        compaction: name,
    })
}

/// Follows from the files that are merged, and from what changes bytes.
fn name_of(merge: &Merge, options: &CompactOptions) -> String {
    let mut digest = Sha256::new();
    let mut add = |text: &str| {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    };
    add("compaction");
    add(&options.zstd_level.to_string());
    for file in &merge.files {
        add(&file.record.path);
        add(&file.record.bytes.to_string());
        add(&file.skip.len().to_string());
    }
    let mut name = hex(&digest.finalize());
    name.truncate(GROUP_NAME);
    name
}

/// What a file holds, read back from disk. Its rows are in the order of their times.
fn digest_of(path: &Path) -> Result<RowsDigest, LakeError> {
    let mut digest = RowsDigest::default();
    let mut last = i64::MIN;
    for batch in batches(path, None, None)? {
        let batch = batch.map_err(|error| unreadable(path, &error))?;
        digest.add(&row_hashes(&batch)?);
        for time in times(path, &batch)? {
            if time < last {
                return Err(LakeError::NotTheSame { detail: "its rows are not in order".into() });
            }
            last = time;
        }
    }
    Ok(digest)
}
