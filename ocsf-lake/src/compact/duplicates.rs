//! Events that are in a table and day more than once, by their id.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

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
const ID_BYTES: usize = 64;

/// As bytes, which leave no gap beside a number.
type Id = [u8; 16];

/// The columns that tell events apart.
const COLUMNS: [&str; 2] = ["time", "metadata.uid"];

impl Lake {
    /// Marks the rows of `files`, which are all of one folder, whose time and `metadata.uid` an earlier row has: of an earlier
    /// file, or further up in the same; and notes which groups these earlier files are of. Of more ids than fit into memory, a
    /// part is looked at at a time.
    pub(crate) fn find_duplicates(&self, files: &mut [Live], memory_bytes: usize) -> Result<(), LakeError> {
        let rows: u64 = files.iter().map(|file| file.record.rows).sum();
        let room = (memory_bytes / ID_BYTES).max(1024) as u64;
        let passes = u128::from(rows.div_ceil(room).max(1));
        let mut kept_by = vec![BTreeSet::new(); files.len()];
        for pass in 0..passes {
            let mut seen: HashMap<Id, u32> = HashMap::new();
            let mut each = (0..).zip(&mut kept_by);
            let staging = self.staging.group()?;
            for lot in files.chunk_by_mut(together()) {
                let brought = self.bring(lot.iter().map(|file| &file.record), &staging)?;
                // Last, as `zip` asks its left side first, and would lose a number of the next lot.
                for ((file, from), (number, kept_by)) in lot.iter_mut().zip(&brought).zip(each.by_ref()) {
                    let mut before = 0;
                    for batch in batches(from, None, Some(&COLUMNS))? {
                        let batch = batch.map_err(|error| unreadable(&from.name, &error))?;
                        let ids = ids(&batch, &times(from, &batch)?)?;
                        for (row, id) in (before..).zip(ids) {
                            let Some(id) = id.filter(|id| id % passes == pass) else { continue };
                            match seen.entry(id.to_ne_bytes()) {
                                Entry::Vacant(first) => _ = first.insert(number),
                                Entry::Occupied(first) => {
                                    file.skip.push(row);
                                    kept_by.insert(*first.get());
                                }
                            }
                        }
                        before += batch.num_rows() as u64;
                    }
                }
            }
        }
        let groups: Vec<Vec<String>> =
            files.iter().map(|file| file.owner.groups().into_iter().map(str::to_owned).collect()).collect();
        for (file, kept_by) in files.iter_mut().zip(kept_by) {
            file.skip.sort_unstable();
            let kept_by = kept_by.into_iter().filter_map(|number: u32| groups.get(number as usize));
            file.kept_by = kept_by.flatten().cloned().collect();
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
