//! A table between two batches, and how it becomes one.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;

use super::raw::Raw;
use super::read::Head;
use crate::batch::{EventBatch, PartitionKey, RowKeys};
use crate::derive::observables::ObservablesBuilder;
use crate::derive::unmapped::{MapBuilder, Rest, push_object};
use crate::mapper::TableInfo;
use crate::options::{MapperOptions, Observables, Unmapped};
use crate::partition::Partitions;
use crate::record::{Origin, Place, Source};
use crate::scan::Json;
use crate::scan::emit::push_compact;
use crate::table::leaf::{Leaf, TextBuilder};
use crate::table::{Appended, TableRun};

/// A table with the rows since the last batch.
pub(super) struct OpenTable<S: Source> {
    pub(super) run: TableRun<S>,
    pub(super) time: usize,
    observables: ObservablesBuilder,
    unmapped: MapBuilder,
    texts: TextBuilder,
    raw: TextBuilder,
    partitions: Partitions,
    keys: Keys,
    /// Rows that turned out to be no events, in order.
    dropped: Vec<usize>,
}

#[derive(Debug, Default)]
struct Keys {
    time: Vec<i64>,
    partition: Vec<u32>,
    object: Vec<u32>,
    record: Vec<u64>,
    byte: Vec<u64>,
    bytes: Vec<u32>,
}

impl<S: Source> OpenTable<S> {
    pub(super) fn new(run: TableRun<S>, time: usize) -> Self {
        Self {
            run,
            time,
            observables: ObservablesBuilder::default(),
            unmapped: MapBuilder::default(),
            texts: TextBuilder::default(),
            raw: TextBuilder::default(),
            partitions: Partitions::default(),
            keys: Keys::default(),
            dropped: Vec::new(),
        }
    }

    /// Derives columns from the rows that were just appended.
    pub(super) fn observables(&mut self, appended: &Appended, options: &MapperOptions) {
        if options.observables != Observables::None {
            self.observables.append(&self.run, appended);
        }
    }

    /// Derives columns of a row from its record.
    pub(super) fn derived(&mut self, rest: &Rest<'_, '_>, raw: Raw<'_>, options: &MapperOptions) {
        match options.unmapped {
            Unmapped::Map => self.unmapped.append(rest),
            Unmapped::Json => self.texts.push_with(|text| push_object(rest, text)),
            Unmapped::None => {}
        }
        if options.raw_data {
            let raw = raw.text();
            self.raw.push_with(|text| {
                if raw.starts_with('{') {
                    push_compact(Json { raw: &raw, blanks: true, secret: true }, rest.secrets, text);
                } else {
                    text.push_str(&raw);
                }
                true
            });
        }
    }

    pub(super) fn keys(
        &mut self,
        head: &Head<'_>,
        place: Place<'_>,
        origin: &Origin<'_>,
        object: u32,
        bytes: u64,
    ) {
        self.keys.time.push(head.time);
        self.keys.partition.push(self.partitions.number(place, origin));
        self.keys.object.push(object);
        self.keys.record.push(head.record);
        self.keys.byte.push(bytes + head.at as u64);
        self.keys.bytes.push(u32::try_from(head.raw.len()).unwrap_or(u32::MAX));
    }

    fn last_partition(&self) -> Option<&PartitionKey> {
        self.keys.partition.last().and_then(|number| self.partitions.get(*number))
    }

    pub(super) fn last_partition_is_incomplete(&self) -> bool {
        self.last_partition().is_some_and(|key| key.account.is_none() || key.region.is_none())
    }

    pub(super) fn missing_partition(&self) -> &'static str {
        match self.last_partition() {
            Some(PartitionKey { account: None, region: None }) => "account and region",
            Some(PartitionKey { account: None, .. }) => "account",
            _ => "region",
        }
    }

    pub(super) fn drop_row(&mut self, at: usize) {
        self.dropped.push(at);
    }

    pub(super) fn bytes(&self) -> usize {
        let derived =
            self.observables.bytes() + self.unmapped.bytes() + self.texts.bytes() + self.raw.bytes();
        if self.run.len() == 0 {
            0
        } else {
            self.run.bytes() + derived + self.keys.time.len() * RowKeys::ROW_BYTES
        }
    }

    pub(super) fn finish(
        &mut self,
        table: usize,
        info: &TableInfo,
        options: &MapperOptions,
    ) -> Option<EventBatch> {
        if self.run.len() == 0 {
            return None;
        }
        let (_, mut arrays) = self.run.finish(options.dictionaries);
        if options.observables != Observables::None {
            arrays.push(self.observables.finish(&self.run.plan().observables, options.dictionaries));
        }
        match options.unmapped {
            Unmapped::Map => arrays.push(self.unmapped.finish(options.dictionaries)),
            Unmapped::Json => arrays.push(self.texts.finish(options.dictionaries)),
            Unmapped::None => {}
        }
        if options.raw_data {
            arrays.push(self.raw.finish(options.dictionaries));
        }
        let mut batch = batch_of(info, arrays);
        let mut keys = std::mem::take(&mut self.keys);
        if !self.dropped.is_empty() {
            let dropped = std::mem::take(&mut self.dropped);
            let keep: Vec<bool> =
                (0..batch.num_rows()).map(|row| dropped.binary_search(&row).is_err()).collect();
            if let Ok(kept) = filter_record_batch(&batch, &BooleanArray::from(keep.clone())) {
                batch = kept;
            }
            keys.retain(&keep);
        }
        let partitions = self.partitions.take();
        let keys = RowKeys {
            time: keys.time.into(),
            partition: keys.partition.into(),
            partitions,
            object: keys.object.into(),
            record: keys.record.into(),
            byte: keys.byte.into(),
            bytes: keys.bytes.into(),
        };
        (batch.num_rows() > 0).then_some(EventBatch { table, batch, keys })
    }
}

impl Keys {
    fn retain(&mut self, keep: &[bool]) {
        fn retain<T>(values: &mut Vec<T>, keep: &[bool]) {
            let mut keep = keep.iter();
            values.retain(|_| keep.next().copied().unwrap_or(true));
        }
        retain(&mut self.time, keep);
        retain(&mut self.partition, keep);
        retain(&mut self.object, keep);
        retain(&mut self.record, keep);
        retain(&mut self.byte, keep);
        retain(&mut self.bytes, keep);
    }
}

/// The batch of a table's arrays.
///
/// # Panics
/// An array does not fit the planned schema: a mistake of this crate that no input can bring about.
fn batch_of(info: &TableInfo, arrays: Vec<ArrayRef>) -> RecordBatch {
    match RecordBatch::try_new(Arc::clone(&info.schema), arrays) {
        Ok(batch) => batch,
        Err(error) => panic!("the arrays of `{}` do not fit its schema: {error}", info.name),
    }
}
