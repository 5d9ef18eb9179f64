//! Sorted runs on disk, for groups that outgrow their memory.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::LakeError;
use crate::leaf_rows::LeafRows;
use crate::packed::{Packed, read_array};
use crate::rows::{OrderedRows, Row, RowKey, next_chunk};

/// Rows of a block at most.
const BLOCK_ROWS: usize = 4096;

/// Logical bytes of a block, unless one row alone has more: what a merge holds of each run.
const BLOCK_BYTES: u64 = 1 << 20;

/// Bytes that are read and written at a time.
const BUFFER: usize = 256 << 10;

/// A sorted run on disk. Its file has no name, so that nothing is left of it when the process ends.
#[derive(Debug)]
pub(crate) struct Run {
    file: File,
    dir: PathBuf,
}

impl Run {
    /// Writes all of `rows` to a file in `dir`. `number` maps the rank of a partition back to its number, which stays
    /// when more partitions appear.
    pub(crate) fn write(dir: &Path, rows: &mut dyn OrderedRows, number: &[u32]) -> Result<Self, LakeError> {
        let file = tempfile::tempfile_in(dir).map_err(LakeError::io("create a temporary file in", dir))?;
        let mut writer = BufWriter::with_capacity(BUFFER, file);
        let mut chunk = Vec::new();
        loop {
            next_chunk(rows, BLOCK_ROWS, BLOCK_BYTES, false, &mut chunk)?;
            if chunk.is_empty() {
                break;
            }
            let block = Block::new(&chunk, rows.gather(&chunk), number);
            block.write(&mut writer).map_err(LakeError::io("write a temporary file in", dir))?;
        }
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error);
        let file = file.map_err(LakeError::io("write a temporary file in", dir))?;
        Ok(Self { file, dir: dir.to_owned() })
    }

    pub(crate) fn read(self) -> Result<RunReader, LakeError> {
        let Self { mut file, dir } = self;
        let fail = LakeError::io("read a temporary file in", &dir);
        let end = file
            .stream_position()
            .and_then(|end| file.seek(SeekFrom::Start(0)).map(|_| end))
            .map_err(fail)?;
        Ok(RunReader { input: BufReader::with_capacity(BUFFER, file), dir, end })
    }
}

/// Reads a run block by block.
#[derive(Debug)]
pub(crate) struct RunReader {
    input: BufReader<File>,
    dir: PathBuf,
    end: u64,
}

impl RunReader {
    pub(crate) fn next_block(&mut self) -> Result<Option<Block>, LakeError> {
        let Self { input, dir, end } = self;
        let block = match input.stream_position() {
            Ok(at) if at >= *end => return Ok(None),
            Ok(_) => Block::read(input),
            Err(error) => Err(error),
        };
        block.map(Some).map_err(LakeError::io("read a temporary file in", dir))
    }
}

/// Some rows of a run, in order.
#[derive(Debug)]
pub(crate) struct Block {
    partition: Packed,
    time: Packed,
    object: Packed,
    record: Packed,
    bytes: Packed,
    leaves: Vec<Arc<LeafRows>>,
}

impl Block {
    fn new(rows: &[Row], leaves: Vec<Arc<LeafRows>>, number: &[u32]) -> Self {
        let key = |of: &dyn Fn(&Row) -> i64| Packed::new(&rows.iter().map(of).collect::<Vec<_>>());
        let number = |rank: u32| number.get(rank as usize).copied().unwrap_or(u32::MAX);
        Self {
            partition: key(&|row| number(row.key.partition).into()),
            time: key(&|row| row.key.time),
            object: key(&|row| row.key.object.into()),
            record: key(&|row| row.key.record as i64),
            bytes: key(&|row| row.bytes.into()),
            leaves,
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { partition, time, object, record, bytes, leaves } = self;
        [partition, time, object, record, bytes].into_iter().try_for_each(|key| key.write(out))?;
        out.write_all(&(leaves.len() as u64).to_le_bytes())?;
        for (number, leaf) in leaves.iter().enumerate() {
            // A leaf that stands twice is written once.
            let first = leaves.iter().position(|other| Arc::ptr_eq(other, leaf)).unwrap_or(number);
            out.write_all(&(first as u64).to_le_bytes())?;
            if first == number {
                leaf.write(out)?;
            }
        }
        Ok(())
    }

    fn read(input: &mut impl io::Read) -> io::Result<Self> {
        Ok(Self {
            partition: Packed::read(input)?,
            time: Packed::read(input)?,
            object: Packed::read(input)?,
            record: Packed::read(input)?,
            bytes: Packed::read(input)?,
            leaves: {
                let count = u64::from_le_bytes(read_array(input)?);
                let mut leaves: Vec<Arc<LeafRows>> = Vec::new();
                for _ in 0..count {
                    let first = u64::from_le_bytes(read_array(input)?) as usize;
                    let leaf = match leaves.get(first) {
                        Some(leaf) => Arc::clone(leaf),
                        None => Arc::new(LeafRows::read(input, leaves.last().map(|leaf| &**leaf))?),
                    };
                    leaves.push(leaf);
                }
                leaves
            },
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.time.len()
    }

    pub(crate) fn leaves(&self) -> &[Arc<LeafRows>] {
        &self.leaves
    }

    pub(crate) fn key(&self, row: usize) -> RowKey {
        RowKey {
            partition: self.partition.get(row) as u32,
            time: self.time.get(row),
            object: self.object.get(row) as u32,
            record: self.record.get(row) as u64,
        }
    }

    pub(crate) fn bytes(&self, row: usize) -> u32 {
        self.bytes.get(row) as u32
    }
}
