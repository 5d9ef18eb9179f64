//! Events that come more than once, told by their id while they pass in order.

use std::collections::HashSet;
use std::sync::Arc;

use crate::leaf_rows::LeafRows;
use crate::parquet_file::TableFormat;
use crate::rows::{Row, RowKey, gather};

/// The column with the id of an event.
const ID: &str = "metadata.uid";

/// Most ids that are remembered of one partition and time; of more, only those that are equal to one of these are known.
const MAX_IDS: usize = 1 << 20;

/// Drops rows of a table whose partition, time and id an earlier row has. Since rows come in the order of their times, only
/// the ids of one time are held.
#[derive(Debug)]
pub(crate) struct Dedup {
    /// Number of the column with the id; a table without one has no duplicates.
    leaf: Option<usize>,
    last: Option<(u32, i64)>,
    seen: HashSet<Box<[u8]>>,
    dropped: u64,
}

impl Dedup {
    pub(crate) fn new(format: &TableFormat, is_wanted: bool) -> Self {
        let leaf = format.columns.iter().position(|column| column.column.path().string() == ID);
        Self { leaf: leaf.filter(|_| is_wanted), last: None, seen: HashSet::new(), dropped: 0 }
    }

    /// Drops duplicates from `rows`, and what they hold from `leaves`.
    pub(crate) fn apply(&mut self, rows: &mut Vec<Row>, leaves: &mut Vec<Arc<LeafRows>>) {
        let Some(ids) = self.leaf.and_then(|leaf| leaves.get(leaf)) else { return };
        let mut kept = Vec::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            if self.is_new(row.key, ids.text(at)) {
                kept.push(Row::new(row.key, row.bytes, 0, at as u32));
            }
        }
        if kept.len() < rows.len() {
            self.dropped += (rows.len() - kept.len()) as u64;
            *leaves = gather(&[leaves], &kept);
            *rows = kept;
        }
    }

    fn is_new(&mut self, key: RowKey, id: Option<&[u8]>) -> bool {
        let at = Some((key.partition, key.time));
        if self.last != at {
            self.last = at;
            self.seen.clear();
        }
        match id {
            Some(id) if self.seen.contains(id) => false,
            Some(id) if self.seen.len() < MAX_IDS => self.seen.insert(id.into()),
            _ => true,
        }
    }

    /// Rows that were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }
}
