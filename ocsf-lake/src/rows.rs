//! Rows in the order of a lake: by partition, time, object, record.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::LakeError;
use crate::leaf_rows::{Gather, LeafRows};

/// Place of a row in the order. No two rows of a group are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowKey {
    /// Rank among the partitions of the group, or number of the partition where ranks are not known yet.
    pub(crate) partition: u32,
    pub(crate) time: i64,
    pub(crate) object: u32,
    pub(crate) record: u64,
}

/// A row of the ordered stream: its key, its logical size, and where its values are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) key: RowKey,
    pub(crate) bytes: u32,
    batch: u32,
    /// Row of `batch`.
    at: u32,
}

impl Row {
    pub(crate) fn new(key: RowKey, bytes: u32, batch: u32, at: u32) -> Self {
        Self { key, bytes, batch, at }
    }
}

/// Rows in order, and their values on demand.
pub(crate) trait OrderedRows {
    /// The key of the row that comes next.
    fn peek(&self) -> Option<RowKey>;

    fn next(&mut self) -> Result<Option<Row>, LakeError>;

    /// The leaves of all rows that came since the last call, in their order. Their places are void afterwards.
    fn gather(&mut self, rows: &[Row]) -> Vec<Arc<LeafRows>>;
}

/// Moves the next rows into `chunk`, which is emptied first: up to `max_rows`, up to `max_bytes` unless one row alone
/// has more, and of one partition when `one_partition`.
pub(crate) fn next_chunk(
    rows: &mut dyn OrderedRows,
    max_rows: usize,
    max_bytes: u64,
    one_partition: bool,
    chunk: &mut Vec<Row>,
) -> Result<(), LakeError> {
    chunk.clear();
    let mut bytes = 0;
    while chunk.len() < max_rows && bytes < max_bytes {
        let (Some(next), first) = (rows.peek(), chunk.first()) else { break };
        if one_partition && first.is_some_and(|first: &Row| first.key.partition != next.partition) {
            break;
        }
        let Some(row) = rows.next()? else { break };
        bytes += u64::from(row.bytes);
        chunk.push(row);
    }
    Ok(())
}

/// Rows that are all in memory.
#[derive(Debug)]
pub(crate) struct MemoryRows {
    rows: std::vec::IntoIter<Row>,
    batches: Vec<Vec<Arc<LeafRows>>>,
}

impl MemoryRows {
    /// `rank` maps the number of a partition to its rank.
    pub(crate) fn new(mut rows: Vec<Row>, batches: Vec<Vec<Arc<LeafRows>>>, rank: &[u32]) -> Self {
        for row in &mut rows {
            row.key.partition = rank.get(row.key.partition as usize).copied().unwrap_or(u32::MAX);
        }
        rows.sort_unstable_by_key(|row| row.key);
        Self { rows: rows.into_iter(), batches }
    }
}

impl OrderedRows for MemoryRows {
    fn peek(&self) -> Option<RowKey> {
        self.rows.as_slice().first().map(|row| row.key)
    }

    fn next(&mut self) -> Result<Option<Row>, LakeError> {
        Ok(self.rows.next())
    }

    fn gather(&mut self, rows: &[Row]) -> Vec<Arc<LeafRows>> {
        let batches: Vec<&[Arc<LeafRows>]> = self.batches.iter().map(Vec::as_slice).collect();
        gather(&batches, rows)
    }
}

/// The leaves of `rows` out of the batches that they name.
pub(crate) fn gather(batches: &[&[Arc<LeafRows>]], rows: &[Row]) -> Vec<Arc<LeafRows>> {
    // Only batches that rows come from decide whether a leaf is the same in all of them.
    let mut used: Vec<&[Arc<LeafRows>]> = Vec::new();
    let mut part = vec![None; batches.len()];
    let mut place = |row: &Row| {
        let number = part[row.batch as usize].get_or_insert_with(|| {
            used.push(batches[row.batch as usize]);
            used.len() as u32 - 1
        });
        (*number, row.at)
    };
    let places: Vec<(u32, u32)> = rows.iter().map(&mut place).collect();
    let mut gather = Gather::new(&places);
    let leaves = used.first().map_or(0, |leaves| leaves.len());
    let mut gathered: Vec<Arc<LeafRows>> = Vec::with_capacity(leaves);
    // Where each leaf of the first batch stands first.
    let mut firsts = HashMap::with_capacity(leaves);
    for leaf in 0..leaves {
        let of = *firsts.entry(used.first().map(|batch| Arc::as_ptr(&batch[leaf]))).or_insert(leaf);
        let is_twin = of < leaf && used.iter().all(|batch| Arc::ptr_eq(&batch[leaf], &batch[of]));
        let rows = if is_twin {
            Arc::clone(&gathered[of])
        } else {
            let parts: Vec<&LeafRows> = used.iter().map(|batch| &*batch[leaf]).collect();
            Arc::new(gather.rows(&parts))
        };
        gathered.push(rows);
    }
    gathered
}
