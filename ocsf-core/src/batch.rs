//! What a mapper hands on: events of one table as Arrow, and what each row needs to find its place.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::buffer::ScalarBuffer;

/// Number of a table of a mapper: an index into [`Mapper::tables`](crate::Mapper::tables).
///
/// One table holds the events of one OCSF class.
pub type TableId = usize;

/// Events of one table: one row an event, in the order of the input.
#[derive(Debug, Clone)]
pub struct EventBatch {
    /// The table that all rows belong to.
    pub table: TableId,
    /// The events. The schema is the table's and never depends on the data.
    pub batch: RecordBatch,
    /// Time, partition and origin of each row; as long as `batch` has rows.
    pub keys: RowKeys,
}

/// Time, partition and origin of each row of an [`EventBatch`].
#[derive(Debug, Clone)]
pub struct RowKeys {
    /// Event time, milliseconds since the epoch, UTC. Never null, always in 1990..2100.
    pub time: ScalarBuffer<i64>,
    /// Index into `partitions`.
    pub partition: ScalarBuffer<u32>,
    /// The distinct partitions of the batch.
    pub partitions: Arc<[PartitionKey]>,
    /// Sequence number of the input object within the run of the mapper: [`ObjectInfo::sequence`](crate::ObjectInfo::sequence).
    pub object: ScalarBuffer<u32>,
    /// Number of the record within its object, from 0.
    pub record: ScalarBuffer<u64>,
    /// First byte of the record in the decompressed object; for a record inside a wrapping, of the wrapping; 0 for a row of
    /// columns.
    pub byte: ScalarBuffer<u64>,
    /// Length of the record's own text in bytes: the logical size of the row, whatever its columns hold. A row of columns
    /// has that of a line with its values.
    pub bytes: ScalarBuffer<u32>,
}

/// The account and Region that an event belongs to; the day follows from its time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct PartitionKey {
    /// Twelve digits, or `None` when neither the record nor its object says.
    pub account: Option<Arc<str>>,
    /// A Region name such as `us-east-1`, or `None` when neither the record nor its object says.
    pub region: Option<Arc<str>>,
}

impl RowKeys {
    /// Bytes of memory a row.
    pub(crate) const ROW_BYTES: usize = 40;

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// True when there is no row.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }
}

impl EventBatch {
    /// Number of events.
    pub fn num_rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// Bytes of memory that the columns and keys hold. Buffers shared between columns count each time.
    pub fn memory_bytes(&self) -> usize {
        let columns: usize = self.batch.columns().iter().map(Array::get_array_memory_size).sum();
        columns + self.keys.len() * RowKeys::ROW_BYTES
    }
}
