//! Small files merged into large ones, with proof that nothing changed.

mod digest;
mod duplicates;
mod plan;
mod publish;
mod read;
mod record;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Int64Type};
use ocsf_core::{EventBatch, MapperInfo, PartitionKey, RowKeys, TableInfo};
use sha2::{Digest, Sha256};

pub use plan::{CompactionPlan, Merge};
pub use record::{Compaction, Phase};

use crate::error::LakeError;
use crate::fingerprint::hex;
use crate::group::{GroupWriter, StagedGroup, TableHandle};
use crate::lake::{Lake, trace_path};
use crate::manifest::{FileRecord, GROUP_NAME, MANIFEST_VERSION};
use crate::options::FileOptions;
use crate::partition::UNKNOWN;
use digest::{RowsDigest, row_hashes};
use plan::{Live, Owner};
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

/// Where the rows of merged files come from: files of groups, in the order of their paths.
struct Origins<'m> {
    files: BTreeMap<&'m str, (u32, &'m str, &'m FileRecord)>,
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
        let mut files = FileOptions::default();
        files.zstd_level = options.zstd_level;
        files.row_group_bytes = ROW_GROUP_BYTES;
        files.file_bytes = u64::MAX;
        files.trace = true;
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
            let mut reading = Reading { lake: self, file, origins: &origins, stop };
            if !reading.copy(&mut group, table, &schema, &merge.folder, &mut was)? {
                return Ok(None);
            }
        }
        let staged = group.finish()?;
        let compaction = self.describe_merge(merge, options, &origins, &staged)?;
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

    fn describe_merge(
        &self,
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
                path: format!("{}/{name}-{}.parquet", merge.folder, file.part),
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
        Ok(Compaction {
            manifest_version: MANIFEST_VERSION,
            phase: Phase::Done,
            files,
            replaces,
            duplicates: merge.duplicates() + earlier.clone().map(|earlier| earlier.duplicates).sum::<u64>(),
            trace: trace_path(&name).to_string(),
            merged: merge.files().map(|file| file.path.clone()).collect(),
            supersedes: earlier.map(|earlier| earlier.compaction.clone()).collect(),
            compaction: name,
        })
    }
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

impl<'m> Origins<'m> {
    fn of(merge: &'m Merge) -> Self {
        let mut files: BTreeMap<&str, (u32, &str, &FileRecord)> = BTreeMap::new();
        for file in &merge.files {
            match &file.owner {
                Owner::Group(group) => {
                    files.insert(&file.record.path, (0, group, &file.record));
                }
                Owner::Compaction(earlier) => {
                    for (group, replaced) in &earlier.replaces {
                        files.extend(
                            replaced.iter().map(|file| (file.path.as_str(), (0, group.as_str(), file))),
                        );
                    }
                }
            }
        }
        for (number, (of_file, ..)) in (0..).zip(files.values_mut()) {
            *of_file = number;
        }
        Self { files }
    }

    fn number(&self, path: &str) -> Option<u32> {
        self.files.get(path).map(|(number, ..)| *number)
    }
}

/// A file while its rows are copied.
struct Reading<'a> {
    lake: &'a Lake,
    file: &'a Live,
    origins: &'a Origins<'a>,
    stop: &'a dyn Fn() -> bool,
}

impl Reading<'_> {
    /// Copies the rows of the file that stay, and adds them to `digest`. False when it was stopped.
    fn copy(
        &mut self,
        group: &mut GroupWriter,
        table: TableHandle,
        schema: &arrow::datatypes::SchemaRef,
        folder: &str,
        digest: &mut RowsDigest,
    ) -> Result<bool, LakeError> {
        let path = self.lake.local(&self.file.record.path);
        let partitions: Arc<[PartitionKey]> = Arc::new([partition_of(folder)]);
        let bytes =
            (self.file.footer.page_bytes / self.file.record.rows.max(1)).clamp(1, u64::from(u32::MAX));
        let mut trace = self.trace()?;
        let mut skip = self.file.skip.iter().copied().peekable();
        let mut before = 0_u64;
        for batch in batches(&path, Some(schema), None)? {
            if (self.stop)() {
                return Ok(false);
            }
            let mut batch = batch.map_err(|error| unreadable(&path, &error))?;
            let (mut object, mut record) = self.origins_of(before, batch.num_rows(), trace.as_mut())?;
            let rows = before..before + batch.num_rows() as u64;
            before = rows.end;
            let keep: Vec<bool> = rows.map(|row| skip.next_if_eq(&row).is_none()).collect();
            if keep.contains(&false) {
                batch = filter_record_batch(&batch, &BooleanArray::from(keep.clone()))?;
                let mut kept = keep.iter();
                object.retain(|_| kept.next().is_some_and(|keep| *keep));
                let mut kept = keep.iter();
                record.retain(|_| kept.next().is_some_and(|keep| *keep));
            }
            row_hashes(&batch)?.into_iter().for_each(|hash| digest.add(hash));
            let rows = batch.num_rows();
            let keys = RowKeys {
                time: times(&path, &batch)?.into(),
                partition: vec![0; rows].into(),
                partitions: Arc::clone(&partitions),
                object: object.into(),
                record: record.into(),
                byte: vec![0; rows].into(),
                bytes: vec![bytes as u32; rows].into(),
            };
            group.write(table, &EventBatch { table: 0, batch, keys })?;
        }
        if before != self.file.record.rows {
            let detail = format!("it has {before} rows, its manifest says {}", self.file.record.rows);
            return Err(LakeError::Unreadable { path: self.file.record.path.clone(), detail });
        }
        Ok(true)
    }

    /// Tells where the rows of a merged file come from, in the same batches as the file itself.
    fn trace(
        &self,
    ) -> Result<Option<impl Iterator<Item = Result<RecordBatch, LakeError>> + use<>>, LakeError> {
        let Owner::Compaction(earlier) = &self.file.owner else { return Ok(None) };
        let path = self.lake.state.dir.join(&earlier.trace);
        let batches = batches(&path, None, None)?;
        Ok(Some(batches.map(move |batch| batch.map_err(|error| unreadable(&path, &error)))))
    }

    /// File of a group, and row of it, that each of some rows is.
    fn origins_of(
        &self,
        first: u64,
        rows: usize,
        trace: Option<&mut impl Iterator<Item = Result<RecordBatch, LakeError>>>,
    ) -> Result<(Vec<u32>, Vec<u64>), LakeError> {
        let Some(trace) = trace else {
            let number = self.origins.number(&self.file.record.path).unwrap_or_default();
            return Ok((vec![number; rows], (first..first + rows as u64).collect()));
        };
        let lost = || LakeError::NotTheSame {
            detail: format!("nothing tells where the rows of `{}` come from", self.file.record.path),
        };
        let batch = trace.next().ok_or_else(lost)??;
        let column =
            |name: &str| batch.column_by_name(name).filter(|column| column.len() == rows).ok_or_else(lost);
        let objects: ArrayRef = cast(column("object")?, &DataType::Utf8)?;
        let numbers = objects.as_string::<i32>().iter().map(|path| self.origins.number(path?));
        let objects = numbers.collect::<Option<Vec<u32>>>().ok_or_else(lost)?;
        let records = column("record")?.as_primitive_opt::<Int64Type>().ok_or_else(lost)?;
        Ok((objects, records.values().iter().map(|record| record.unsigned_abs()).collect()))
    }
}

/// Region and account of a folder; the day follows from the times of its rows.
fn partition_of(folder: &str) -> PartitionKey {
    let value = |key: &str| {
        let value = folder.split('/').rev().find_map(|part| part.strip_prefix(key));
        value.filter(|value| *value != UNKNOWN).map(Into::into)
    };
    PartitionKey { account: value("accountId="), region: value("region=") }
}

/// What a file holds, read back from disk. Its rows are in the order of their times.
fn digest_of(path: &Path) -> Result<RowsDigest, LakeError> {
    let mut digest = RowsDigest::default();
    let mut last = i64::MIN;
    for batch in batches(path, None, None)? {
        let batch = batch.map_err(|error| unreadable(path, &error))?;
        row_hashes(&batch)?.into_iter().for_each(|hash| digest.add(hash));
        for time in times(path, &batch)? {
            if time < last {
                return Err(LakeError::NotTheSame { detail: "its rows are not in order".into() });
            }
            last = time;
        }
    }
    Ok(digest)
}
