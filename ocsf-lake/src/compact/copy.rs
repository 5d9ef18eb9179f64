//! The rows of merged files on their way into the new one.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Int64Type, SchemaRef};
use ocsf_core::{EventBatch, PartitionKey, RowKeys};

use super::digest::{RowsDigest, row_hashes};
use super::plan::{Live, Merge, Owner};
use super::read::{batches, times, unreadable};
use crate::error::LakeError;
use crate::group::{GroupWriter, TableHandle};
use crate::manifest::FileRecord;
use crate::partition::UNKNOWN;
use crate::store::OnDisk;

/// Where the rows of merged files come from: files of groups, in the order of their paths.
pub(super) struct Origins<'m> {
    pub(super) files: BTreeMap<&'m str, (u32, &'m str, &'m FileRecord)>,
}

impl<'m> Origins<'m> {
    pub(super) fn of(merge: &'m Merge) -> Self {
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
pub(super) struct Reading<'a> {
    pub(super) file: &'a Live,
    pub(super) from: &'a OnDisk,
    /// What tells where the rows of a merged file come from.
    pub(super) trace: Option<&'a OnDisk>,
    pub(super) origins: &'a Origins<'a>,
    pub(super) stop: &'a dyn Fn() -> bool,
}

impl Reading<'_> {
    /// Copies the rows of the file that stay, and adds them to `digest`. False when it was stopped.
    pub(super) fn copy(
        &self,
        group: &mut GroupWriter,
        table: TableHandle,
        schema: &SchemaRef,
        folder: &str,
        digest: &mut RowsDigest,
    ) -> Result<bool, LakeError> {
        let (from, manifest) = (self.from, &self.file.record);
        let partitions: Arc<[PartitionKey]> = Arc::new([partition_of(folder)]);
        let bytes = (self.file.footer.page_bytes / manifest.rows.max(1)).clamp(1, u64::from(u32::MAX));
        let mut trace = self.trace()?;
        let mut skip = self.file.skip.iter().copied().peekable();
        let mut before = 0_u64;
        for batch in batches(from, Some(schema), None)? {
            if (self.stop)() {
                return Ok(false);
            }
            let mut batch = batch.map_err(|error| unreadable(&from.name, &error))?;
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
            digest.add(&row_hashes(&batch)?);
            let rows = batch.num_rows();
            let times = times(from, &batch)?;
            if !times.iter().all(|time| (manifest.min_time..=manifest.max_time).contains(time)) {
                let detail = "it has times that its manifest does not".to_owned();
                return Err(LakeError::Unreadable { path: manifest.path.clone(), detail });
            }
            let keys = RowKeys {
                time: times.into(),
                partition: vec![0; rows].into(),
                partitions: Arc::clone(&partitions),
                object: object.into(),
                record: record.into(),
                byte: vec![0; rows].into(),
                bytes: vec![bytes as u32; rows].into(),
            };
            group.write(table, &EventBatch { table: 0, batch, keys })?;
        }
        if before != manifest.rows {
            let detail = format!("it has {before} rows, its manifest says {}", manifest.rows);
            return Err(LakeError::Unreadable { path: manifest.path.clone(), detail });
        }
        Ok(true)
    }

    /// Tells where the rows of a merged file come from, in the same batches as the file itself.
    fn trace(
        &self,
    ) -> Result<Option<impl Iterator<Item = Result<RecordBatch, LakeError>> + use<>>, LakeError> {
        let Some(from) = self.trace else { return Ok(None) };
        let name = from.name.clone();
        let batches = batches(from, None, None)?;
        Ok(Some(batches.map(move |batch| batch.map_err(|error| unreadable(&name, &error)))))
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
        let lost = || LakeError::Unreadable {
            path: self.file.record.path.clone(),
            detail: "its trace does not tell where its rows come from".into(),
        };
        let batch = trace.next().ok_or_else(lost)??;
        let column =
            |name: &str| batch.column_by_name(name).filter(|column| column.len() == rows).ok_or_else(lost);
        let objects: ArrayRef = cast(column("object")?, &DataType::Utf8).map_err(|_| lost())?;
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
