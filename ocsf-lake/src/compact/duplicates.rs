//! Events that are in a table and day more than once, by their id.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use super::digest::both;
use super::fault::Fault;
use super::plan::{CompactionPlan, Live};
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
    /// part is looked at at a time. Files that cannot be read are left out, and told in the plan.
    pub(super) fn find_duplicates(
        &self,
        mut files: Vec<Live>,
        memory_bytes: usize,
        plan: &mut CompactionPlan,
        stop: &dyn Fn() -> bool,
    ) -> Result<Vec<Live>, LakeError> {
        loop {
            let mut faults = self.mark_duplicates(&mut files, memory_bytes, stop)?;
            if faults.is_empty() || stop() {
                return Ok(files);
            }
            // What was found beside them does not hold without them.
            let numbered = (0..).zip(files);
            let kept = numbered.filter_map(|(number, file)| match faults.remove(&number) {
                Some(fault) => {
                    plan.leave_out(fault);
                    None
                }
                None => Some(Live { skip: Vec::new(), kept_by: BTreeSet::new(), ..file }),
            });
            files = kept.collect();
        }
    }

    /// Returns what is wrong with files, by their numbers.
    fn mark_duplicates(
        &self,
        files: &mut [Live],
        memory_bytes: usize,
        stop: &dyn Fn() -> bool,
    ) -> Result<BTreeMap<u32, Fault>, LakeError> {
        let rows: u64 = files.iter().map(|file| file.record.rows).sum();
        let room = (memory_bytes / ID_BYTES).max(1024) as u64;
        let passes = u128::from(rows.div_ceil(room).max(1));
        let mut kept_by: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for pass in 0..passes {
            let mut seen: HashMap<Id, u32> = HashMap::new();
            let faults = self.read_each(files, stop, |number, file, from| {
                let mut before = 0;
                for batch in batches(from, None, Some(&COLUMNS))? {
                    let batch = batch.map_err(|error| unreadable(&from.name, &error))?;
                    let ids = ids(&batch, &times(from, &batch)?);
                    let ids = ids.map_err(|error| unreadable(&from.name, &error))?;
                    for (row, id) in (before..).zip(ids) {
                        let Some(id) = id.filter(|id| id % passes == pass) else { continue };
                        match seen.entry(id.to_ne_bytes()) {
                            Entry::Vacant(first) => _ = first.insert(number),
                            Entry::Occupied(first) => {
                                file.skip.push(row);
                                kept_by.entry(number).or_default().insert(*first.get());
                            }
                        }
                    }
                    before += batch.num_rows() as u64;
                }
                Ok(())
            })?;
            if !faults.is_empty() {
                return Ok(faults);
            }
        }
        let keepers: BTreeSet<u32> = kept_by.values().flatten().copied().collect();
        let faults = self.read_keepers(files, &keepers, stop)?;
        let groups: Vec<Vec<String>> =
            files.iter().map(|file| file.owner.groups().into_iter().map(str::to_owned).collect()).collect();
        for (file, number) in files.iter_mut().zip(0_u32..) {
            file.skip.sort_unstable();
            let kept_by = kept_by.remove(&number).into_iter().flatten();
            file.kept_by =
                kept_by.filter_map(|number| groups.get(number as usize)).flatten().cloned().collect();
        }
        Ok(faults)
    }

    /// What is wrong with the files that hold what others lose: nothing may go for an event that is not whole.
    fn read_keepers(
        &self,
        files: &[Live],
        keepers: &BTreeSet<u32>,
        stop: &dyn Fn() -> bool,
    ) -> Result<BTreeMap<u32, Fault>, LakeError> {
        let mut kept: Vec<Live> =
            keepers.iter().filter_map(|number| files.get(*number as usize)).cloned().collect();
        let mut faults = self.read_each(&mut kept, stop, |_, _, from| {
            for batch in batches(from, None, None)? {
                batch.map_err(|error| unreadable(&from.name, &error))?;
            }
            Ok(())
        })?;
        let numbered = (0_u32..).zip(keepers);
        Ok(numbered.filter_map(|(at, number)| Some((*number, faults.remove(&at)?))).collect())
    }
}

/// What tells each event from others; none for those that have no id.
fn ids(batch: &RecordBatch, times: &[i64]) -> Result<Vec<Option<u128>>, ArrowError> {
    let metadata = batch.column_by_name("metadata").and_then(|column| column.as_struct_opt());
    let Some(uids) = metadata.and_then(|metadata| metadata.column_by_name("uid")) else {
        return Ok(vec![None; times.len()]);
    };
    let uids = cast(uids, &DataType::Utf8)?;
    let uids = uids.as_string::<i32>();
    Ok(uids.iter().zip(times).map(|(uid, time)| uid.map(|uid| both(&(uid, time)))).collect())
}
