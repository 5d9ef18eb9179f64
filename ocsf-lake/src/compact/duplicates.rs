//! Events that are in a table and day more than once, by their id.

use std::collections::HashSet;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use super::digest::both;
use super::fetch::together;
use super::plan::Live;
use super::read::{batches, times, unreadable};
use crate::error::LakeError;
use crate::lake::Lake;

/// Memory that a remembered id takes, with room to grow.
const ID_BYTES: usize = 48;

/// The columns that tell events apart.
const COLUMNS: [&str; 2] = ["time", "metadata.uid"];

impl Lake {
    /// Marks the rows of `files`, which are all of one folder, whose time and `metadata.uid` an earlier row has: of an earlier
    /// file, or further up in the same. Of more ids than fit into memory, a part is looked at at a time.
    pub(crate) fn find_duplicates(&self, files: &mut [Live], memory_bytes: usize) -> Result<(), LakeError> {
        let rows: u64 = files.iter().map(|file| file.record.rows).sum();
        let room = (memory_bytes / ID_BYTES).max(1024) as u64;
        let passes = u128::from(rows.div_ceil(room).max(1));
        for pass in 0..passes {
            let mut seen = HashSet::new();
            let staging = self.staging.group()?;
            for lot in files.chunk_by_mut(together()) {
                let brought = self.bring(lot.iter().map(|file| &file.record), &staging)?;
                for (file, from) in lot.iter_mut().zip(&brought) {
                    let mut before = 0;
                    for batch in batches(from, None, Some(&COLUMNS))? {
                        let batch = batch.map_err(|error| unreadable(&from.name, &error))?;
                        let ids = ids(&batch, &times(from, &batch)?)?;
                        for (row, id) in (before..).zip(ids) {
                            if id.is_some_and(|id| id % passes == pass && !seen.insert(id)) {
                                file.skip.push(row);
                            }
                        }
                        before += batch.num_rows() as u64;
                    }
                }
            }
        }
        for file in files {
            file.skip.sort_unstable();
        }
        Ok(())
    }
}

/// What tells each event from others; none for those that have no id.
fn ids(batch: &RecordBatch, times: &[i64]) -> Result<Vec<Option<u128>>, LakeError> {
    let metadata = batch.column_by_name("metadata").and_then(|column| column.as_struct_opt());
    let Some(uids) = metadata.and_then(|metadata| metadata.column_by_name("uid")) else {
        return Ok(vec![None; times.len()]);
    };
    let uids = cast(uids, &DataType::Utf8)?;
    let uids = uids.as_string::<i32>();
    Ok(uids.iter().zip(times).map(|(uid, time)| uid.map(|uid| both(&(uid, time)))).collect())
}
