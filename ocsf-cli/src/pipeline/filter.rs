//! Events that the user does not want: outside the asked times, of other classes.

use arrow::array::BooleanArray;
use arrow::buffer::ScalarBuffer;
use arrow::compute::filter_record_batch;
use ocsf_core::{Counts, EventBatch, RowKeys, TableInfo};

/// What is kept. Everything by default.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// First time that is kept, milliseconds since the epoch.
    pub(crate) since: Option<i64>,
    /// First time that is not kept any more.
    pub(crate) until: Option<i64>,
    /// Classes that are kept; all when empty.
    pub(crate) classes: Vec<i32>,
    /// The only table that is kept, by its default name; all when `None`.
    pub(crate) table: Option<String>,
}

/// Reason of events outside the asked times.
const OUTSIDE_TIMES: &str = "outside-times";

/// Reason of events of classes that were not asked for.
const OTHER_CLASS: &str = "other-class";

/// Reason of events whose table is not the one that the output is for.
const OTHER_TABLE: &str = "other-table";

impl Filter {
    /// Drops what is not kept from `batch`, and counts it as skipped. `None` when nothing is left.
    pub(crate) fn apply(
        &self,
        batch: EventBatch,
        table: &TableInfo,
        counts: &mut Counts,
    ) -> Option<EventBatch> {
        let rows = batch.num_rows();
        if !self.classes.is_empty() && !self.classes.contains(&table.class_uid) {
            skip(counts, OTHER_CLASS, rows);
            return None;
        }
        if self.table.as_deref().is_some_and(|only| only != table.name) {
            skip(counts, OTHER_TABLE, rows);
            return None;
        }
        let (since, until) = (self.since.unwrap_or(i64::MIN), self.until.unwrap_or(i64::MAX));
        let wanted = |time: &i64| (since..until).contains(time);
        if batch.keys.time.iter().all(wanted) {
            return Some(batch);
        }
        let keep: Vec<bool> = batch.keys.time.iter().map(wanted).collect();
        let kept = keep_rows(batch, &keep);
        skip(counts, OUTSIDE_TIMES, rows - kept.num_rows());
        (kept.num_rows() > 0).then_some(kept)
    }
}

fn skip(counts: &mut Counts, reason: &'static str, rows: usize) {
    counts.events -= rows as u64;
    *counts.skipped.entry(reason).or_default() += rows as u64;
}

fn keep_rows(batch: EventBatch, keep: &[bool]) -> EventBatch {
    fn kept<T: Copy + arrow::datatypes::ArrowNativeType>(
        values: &ScalarBuffer<T>,
        keep: &[bool],
    ) -> ScalarBuffer<T> {
        values.iter().zip(keep).filter(|(_, keep)| **keep).map(|(value, _)| *value).collect()
    }
    let EventBatch { table, batch, keys } = batch;
    let mask = BooleanArray::from(keep.to_vec());
    let Ok(filtered) = filter_record_batch(&batch, &mask) else {
        unreachable!("a mask has as many rows as its batch")
    };
    let keys = RowKeys {
        time: kept(&keys.time, keep),
        partition: kept(&keys.partition, keep),
        partitions: keys.partitions,
        object: kept(&keys.object, keep),
        record: kept(&keys.record, keep),
        byte: kept(&keys.byte, keep),
        bytes: kept(&keys.bytes, keep),
    };
    EventBatch { table, batch: filtered, keys }
}
