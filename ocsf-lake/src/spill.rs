//! Sorted runs on disk, for groups that outgrow their memory.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, UInt32Type, UInt64Type};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;

use crate::error::LakeError;
use crate::rows::{OrderedRows, Row, RowKey, next_chunk};

/// Rows of a block at most.
const BLOCK_ROWS: usize = 4096;

/// Logical bytes of a block, unless one row alone has more: what a merge holds of each run.
const BLOCK_BYTES: u64 = 1 << 20;

/// The keys of a row, as columns beside the events.
const KEYS: [(&str, DataType); 5] = [
    ("partition", DataType::UInt32),
    ("time", DataType::Int64),
    ("object", DataType::UInt32),
    ("record", DataType::UInt64),
    ("bytes", DataType::UInt32),
];

/// A sorted run on disk. Its file has no name, so that nothing is left of it when the process ends.
#[derive(Debug)]
pub(crate) struct Run {
    file: File,
    dir: PathBuf,
}

impl Run {
    /// Writes all of `rows` to a file in `dir`. `number` maps the rank of a partition back to its number, which stays
    /// when more partitions appear.
    pub(crate) fn write(
        dir: &Path,
        schema: &SchemaRef,
        rows: &mut dyn OrderedRows,
        number: &[u32],
    ) -> Result<Self, LakeError> {
        let file = tempfile::tempfile_in(dir).map_err(LakeError::io("create a temporary file in", dir))?;
        let with_keys = with_keys(schema);
        let mut writer = StreamWriter::try_new(BufWriter::with_capacity(256 << 10, file), &with_keys)?;
        let mut block = Vec::new();
        loop {
            next_chunk(rows, BLOCK_ROWS, BLOCK_BYTES, false, &mut block)?;
            if block.is_empty() {
                break;
            }
            writer.write(&rows_with_keys(&rows.gather(&block)?, &block, &with_keys, number)?)?;
        }
        writer.finish()?;
        let fail = LakeError::io("write a temporary file in", dir);
        let mut writer = writer.into_inner()?;
        let file = match writer.flush() {
            Ok(()) => writer.into_inner().map_err(|error| fail(error.into_error()))?,
            Err(error) => return Err(fail(error)),
        };
        Ok(Self { file, dir: dir.to_owned() })
    }

    pub(crate) fn read(self) -> Result<RunReader, LakeError> {
        let Self { mut file, dir } = self;
        file.seek(SeekFrom::Start(0)).map_err(LakeError::io("read a temporary file in", &dir))?;
        let blocks = StreamReader::try_new(BufReader::with_capacity(256 << 10, file), None)?;
        Ok(RunReader { blocks })
    }
}

/// Reads a run block by block.
pub(crate) struct RunReader {
    blocks: StreamReader<BufReader<File>>,
}

impl fmt::Debug for RunReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunReader").finish_non_exhaustive()
    }
}

impl RunReader {
    pub(crate) fn next_block(&mut self) -> Result<Option<Block>, LakeError> {
        self.blocks.next().transpose()?.map(|batch| Block::new(&batch)).transpose()
    }
}

/// Some rows of a run, in order.
#[derive(Debug)]
pub(crate) struct Block {
    events: RecordBatch,
    partition: UInt32Array,
    time: Int64Array,
    object: UInt32Array,
    record: UInt64Array,
    bytes: UInt32Array,
}

impl Block {
    fn new(batch: &RecordBatch) -> Result<Self, LakeError> {
        let width = batch.num_columns() - KEYS.len();
        let key = |at: usize| batch.column(width + at);
        Ok(Self {
            events: batch.project(&(0..width).collect::<Vec<_>>())?,
            partition: key(0).as_primitive::<UInt32Type>().clone(),
            time: key(1).as_primitive::<Int64Type>().clone(),
            object: key(2).as_primitive::<UInt32Type>().clone(),
            record: key(3).as_primitive::<UInt64Type>().clone(),
            bytes: key(4).as_primitive::<UInt32Type>().clone(),
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.events.num_rows()
    }

    pub(crate) fn events(&self) -> &RecordBatch {
        &self.events
    }

    pub(crate) fn key(&self, row: usize) -> RowKey {
        RowKey {
            partition: self.partition.value(row),
            time: self.time.value(row),
            object: self.object.value(row),
            record: self.record.value(row),
        }
    }

    pub(crate) fn bytes(&self, row: usize) -> u32 {
        self.bytes.value(row)
    }
}

fn with_keys(schema: &Schema) -> SchemaRef {
    let keys = KEYS.into_iter().map(|(name, kind)| Arc::new(Field::new(name, kind, false)));
    Arc::new(Schema::new(schema.fields().iter().cloned().chain(keys).collect::<Vec<_>>()))
}

fn rows_with_keys(
    events: &RecordBatch,
    rows: &[Row],
    schema: &SchemaRef,
    number: &[u32],
) -> Result<RecordBatch, LakeError> {
    let keys = rows.iter().map(|row| &row.key);
    let number = |rank: u32| number.get(rank as usize).copied().unwrap_or(u32::MAX);
    let mut columns = events.columns().to_vec();
    let more: [ArrayRef; 5] = [
        Arc::new(UInt32Array::from_iter_values(keys.clone().map(|key| number(key.partition)))),
        Arc::new(Int64Array::from_iter_values(keys.clone().map(|key| key.time))),
        Arc::new(UInt32Array::from_iter_values(keys.clone().map(|key| key.object))),
        Arc::new(UInt64Array::from_iter_values(keys.map(|key| key.record))),
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.bytes))),
    ];
    columns.extend(more);
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
