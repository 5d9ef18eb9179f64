//! The unit of work: events of some inputs, sorted into files that wait to be published.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ocsf_core::{EventBatch, MapperInfo, TableInfo};

use crate::column::Scratch;
use crate::dedup::Dedup;
use crate::error::LakeError;
use crate::leaf_rows::{LeafRows, bytes_of};
use crate::merge::MergedRows;
use crate::options::FileOptions;
use crate::parquet_file::{ParquetFile, TableFormat};
use crate::partition::{Partition, day_of};
use crate::rows::{MemoryRows, OrderedRows, Row, RowKey, next_chunk};
use crate::shred::shred;
use crate::spill::{Run, RunReader};
use crate::staging::Staging;
use crate::trace::{Origins, TraceWriter};
use crate::words::Words;

/// Rows that are gathered and encoded together at most.
const CHUNK_ROWS: usize = 4096;

/// Logical bytes that are gathered and encoded together, unless one row alone has more.
const CHUNK_BYTES: u64 = 4 << 20;

/// Runs that are merged at once at most; each holds a block in memory.
const MAX_RUNS: usize = 32;

/// Bytes of memory that the key of a row needs.
const ROW_BYTES: usize = size_of::<Row>();

/// A table of a [`GroupWriter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableHandle(usize);

/// Takes the events of a group and sorts them into files: one table, Region, account and day each, by time, object
/// and record.
///
/// What the files hold follows from the events and the options alone, not from how the events were batched, and not
/// from memory: when the open events outgrow it, sorted runs are set aside on disk and merged at the end.
#[derive(Debug)]
pub struct GroupWriter {
    options: Arc<FileOptions>,
    staging: Staging,
    temp_dir: PathBuf,
    memory_bytes: usize,
    tables: Vec<Table>,
    partitions: Partitions,
    origins: Origins,
}

#[derive(Debug)]
struct Table {
    info: TableInfo,
    format: TableFormat,
    words: Words,
    /// Events, by leaf.
    batches: Vec<Vec<Arc<LeafRows>>>,
    rows: Vec<Row>,
    /// Memory of `batches` and `rows`.
    bytes: usize,
    runs: Vec<Run>,
    /// Rows of each partition, by number.
    partition_rows: Vec<u64>,
}

/// Numbers partitions in the order in which they appear.
#[derive(Debug, Default)]
struct Partitions {
    list: Vec<Partition>,
    numbers: HashMap<Partition, u32>,
}

impl Partitions {
    fn number(&mut self, partition: Partition) -> u32 {
        let next = self.list.len() as u32;
        *self.numbers.entry(partition).or_insert_with_key(|partition| {
            self.list.push(partition.clone());
            next
        })
    }

    /// Numbers in the order of their partitions, and the rank of each number in it.
    fn order(&self) -> (Vec<u32>, Vec<u32>) {
        let mut numbers: Vec<u32> = (0..self.list.len() as u32).collect();
        numbers.sort_by_key(|number| &self.list[*number as usize]);
        let mut ranks = vec![0; numbers.len()];
        for (rank, number) in numbers.iter().enumerate() {
            ranks[*number as usize] = rank as u32;
        }
        (numbers, ranks)
    }
}

/// A finished file that waits to be published.
#[derive(Debug)]
pub(crate) struct StagedFile {
    pub(crate) staged: PathBuf,
    pub(crate) table: &'static str,
    pub(crate) class_uid: i32,
    pub(crate) schema: String,
    pub(crate) partition: Partition,
    /// Number among the files of its table and partition.
    pub(crate) part: u32,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) min_time: i64,
    pub(crate) max_time: i64,
}

/// All files of a group, finished. Dropping it removes them.
#[derive(Debug)]
pub struct StagedGroup {
    pub(crate) staging: Staging,
    pub(crate) files: Vec<StagedFile>,
    /// Whether there is a file that tells where rows come from.
    pub(crate) is_traced: bool,
    /// Events that are in no file since they were duplicates.
    pub(crate) duplicates: u64,
}

impl StagedGroup {
    /// The folder with the further files that were written to [`GroupWriter::staging_dir`].
    pub fn staging_dir(&self) -> &Path {
        self.staging.path()
    }

    /// Bytes of all files that wait in the staging folder to be published.
    pub fn staged_bytes(&self) -> u64 {
        let entries = fs::read_dir(self.staging_dir()).into_iter().flatten().flatten();
        entries.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum()
    }

    /// Events that were dropped, by [`FileOptions::dedup`].
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }
}

impl GroupWriter {
    pub(crate) fn new(
        options: Arc<FileOptions>,
        staging: Staging,
        temp_dir: PathBuf,
        memory_bytes: usize,
    ) -> Self {
        Self {
            options,
            staging,
            temp_dir,
            memory_bytes,
            tables: Vec::new(),
            partitions: Partitions::default(),
            origins: Origins::default(),
        }
    }

    /// A folder for further files of the group, such as rejects. It goes with the group.
    pub fn staging_dir(&self) -> &Path {
        self.staging.path()
    }

    /// Makes a table known.
    ///
    /// # Errors
    /// The table has a column that Parquet cannot hold.
    pub fn table(&mut self, info: &TableInfo, mapper: &MapperInfo) -> Result<TableHandle, LakeError> {
        let format = TableFormat::new(info, mapper.name, mapper.mapping_version, &self.options)?;
        self.tables.push(Table {
            info: info.clone(),
            words: Words::new(format.columns.len()),
            format,
            batches: Vec::new(),
            rows: Vec::new(),
            bytes: 0,
            runs: Vec::new(),
            partition_rows: Vec::new(),
        });
        Ok(TableHandle(self.tables.len() - 1))
    }

    /// Makes an object known to the trace: its sequence number, its key, and the number and first byte of its first record,
    /// which are 0 unless the records were a part of the object of that key.
    pub fn object(&mut self, sequence: u32, key: &str, record: u64, byte: u64) {
        if self.options.trace {
            self.origins.add(sequence, key, record, byte);
        }
    }

    /// Takes the events of a batch.
    ///
    /// # Errors
    /// Rows could not be set aside on disk.
    ///
    /// # Panics
    /// The table is one of another group.
    pub fn write(&mut self, table: TableHandle, batch: &EventBatch) -> Result<(), LakeError> {
        let Self { options, partitions, tables, .. } = self;
        let table = &mut tables[table.0];
        let (keys, number) = (&batch.keys, table.batches.len() as u32);
        let mut last = (u32::MAX, i64::MIN, 0);
        for row in 0..keys.len() {
            let (place, day) = (keys.partition[row], day_of(keys.time[row]));
            if (place, day) != (last.0, last.1) {
                let key = keys.partitions.get(place as usize).cloned().unwrap_or_default();
                let partition = Partition::new(&key, keys.time[row], options.lake_region.as_ref());
                last = (place, day, partitions.number(partition));
            }
            let partition = last.2;
            let key = RowKey {
                partition,
                time: keys.time[row],
                object: keys.object[row],
                record: keys.record[row],
            };
            table.rows.push(Row::new(key, keys.bytes[row], number, row as u32));
            let count = partition as usize + 1;
            if table.partition_rows.len() < count {
                table.partition_rows.resize(count, 0);
            }
            table.partition_rows[count - 1] += 1;
        }
        let mut leaves = shred(&batch.batch, &mut table.words);
        if options.trace {
            // One leaf more, which is taken off again before the file is written.
            let first_bytes: Vec<i64> = keys.byte.iter().map(|byte| *byte as i64).collect();
            leaves.push(Arc::new(LeafRows::of_numbers(&first_bytes)));
        }
        table.bytes += bytes_of(&leaves) + keys.len() * ROW_BYTES;
        table.batches.push(leaves);
        if self.buffered_bytes() > self.memory_bytes {
            self.spill()?;
        }
        Ok(())
    }

    /// Bytes of memory that open events hold.
    pub fn buffered_bytes(&self) -> usize {
        self.tables.iter().map(|table| table.bytes + table.words.bytes()).sum()
    }

    /// Sets all open events aside as sorted runs.
    fn spill(&mut self) -> Result<(), LakeError> {
        let (numbers, ranks) = self.partitions.order();
        for table in &mut self.tables {
            if table.rows.is_empty() {
                continue;
            }
            let mut rows = table.take(&ranks);
            let run = Run::write(&self.temp_dir, &mut rows, &numbers)?;
            table.runs.push(run);
            if table.runs.len() >= MAX_RUNS {
                let mut merged = MergedRows::new(open(table.runs.drain(..))?, ranks.clone())?;
                let run = Run::write(&self.temp_dir, &mut merged, &numbers)?;
                table.runs.push(run);
            }
        }
        Ok(())
    }

    /// Sorts everything into files.
    ///
    /// # Errors
    /// A file could not be written.
    pub fn finish(mut self) -> Result<StagedGroup, LakeError> {
        let spilled = self.tables.iter().any(|table| !table.runs.is_empty());
        if spilled {
            self.spill()?;
        }
        let (numbers, ranks) = self.partitions.order();
        let mut files = Vec::new();
        let mut duplicates = 0;
        let mut scratch = Scratch::new(self.options.zstd_level)
            .map_err(LakeError::io("compress in", self.staging.path()))?;
        let mut trace = self.trace()?;
        // Files come in the order in which manifests list them.
        self.tables.sort_by_key(|table| table.info.name);
        for table in &mut self.tables {
            let mut rows = table.take(&ranks);
            let mut out = TableFiles {
                table: &table.info,
                format: &table.format,
                words: &table.words,
                scratch: &mut scratch,
                options: &self.options,
                dir: self.staging.path(),
                partitions: numbers.iter().map(|number| &self.partitions.list[*number as usize]).collect(),
                rows: numbers
                    .iter()
                    .map(|number| table.partition_rows.get(*number as usize).copied().unwrap_or_default())
                    .collect(),
                files: &mut files,
                trace: trace.as_mut(),
                dedup: Dedup::new(&table.format, self.options.dedup),
            };
            if table.runs.is_empty() {
                out.write(&mut rows)?;
            } else {
                out.write(&mut MergedRows::new(open(table.runs.drain(..))?, ranks.clone())?)?;
            }
            duplicates += out.dedup.dropped();
        }
        let is_traced = trace.is_some() && !files.is_empty();
        trace.map_or(Ok(()), TraceWriter::finish)?;
        Ok(StagedGroup { staging: self.staging, files, is_traced, duplicates })
    }

    fn trace(&mut self) -> Result<Option<TraceWriter>, LakeError> {
        let origins = std::mem::take(&mut self.origins);
        let create = || TraceWriter::create(self.staging.path(), origins, self.options.zstd_level);
        self.options.trace.then(create).transpose()
    }
}

impl Table {
    fn take(&mut self, ranks: &[u32]) -> MemoryRows {
        self.bytes = 0;
        MemoryRows::new(std::mem::take(&mut self.rows), std::mem::take(&mut self.batches), ranks)
    }
}

fn open(runs: impl Iterator<Item = Run>) -> Result<Vec<RunReader>, LakeError> {
    runs.map(Run::read).collect()
}

/// Writes the ordered rows of one table: a new file whenever the partition changes or a file is full.
struct TableFiles<'a> {
    table: &'a TableInfo,
    format: &'a TableFormat,
    words: &'a Words,
    scratch: &'a mut Scratch,
    options: &'a FileOptions,
    dir: &'a Path,
    /// Partitions by rank.
    partitions: Vec<&'a Partition>,
    /// Rows of the table in each partition, by rank.
    rows: Vec<u64>,
    files: &'a mut Vec<StagedFile>,
    trace: Option<&'a mut TraceWriter>,
    dedup: Dedup,
}

impl TableFiles<'_> {
    fn write(&mut self, rows: &mut dyn OrderedRows) -> Result<(), LakeError> {
        let mut part = 0;
        let mut last = None;
        while let Some(next) = rows.peek() {
            part = if last == Some(next.partition) { part + 1 } else { 0 };
            last = Some(next.partition);
            self.write_file(rows, next.partition, part)?;
        }
        Ok(())
    }

    fn write_file(&mut self, rows: &mut dyn OrderedRows, rank: u32, part: u32) -> Result<(), LakeError> {
        let Some(partition) = self.partitions.get(rank as usize).copied() else { return Ok(()) };
        let mut chunk = Vec::new();
        // What is left of a partition may be duplicates alone.
        let Some(mut leaves) = next_rows(&mut self.dedup, rows, rank, &mut chunk)? else { return Ok(()) };
        // No name that a reader would look for.
        let staged = self.dir.join(format!("{:06}.part", self.files.len()));
        let most = self.rows.get(rank as usize).copied().unwrap_or_default();
        let mut file = ParquetFile::create(&staged, self.format, most, self.words, self.scratch)?;
        let mut total = 0;
        let (mut min_time, mut max_time) = (i64::MAX, i64::MIN);
        loop {
            let bytes = chunk.iter().map(|row| u64::from(row.bytes)).sum();
            if let Some(trace) = &mut self.trace
                && let Some(first_bytes) = leaves.pop()
            {
                trace.write(self.files.len(), &chunk, &first_bytes)?;
            }
            file.write(&leaves, chunk.len() as u64, bytes)?;
            total += bytes;
            min_time = min_time.min(chunk.first().map_or(i64::MAX, |row| row.key.time));
            max_time = max_time.max(chunk.last().map_or(i64::MIN, |row| row.key.time));
            if total >= self.options.file_bytes {
                break;
            }
            let Some(next) = next_rows(&mut self.dedup, rows, rank, &mut chunk)? else { break };
            leaves = next;
        }
        let (rows, bytes) = file.finish(&staged)?;
        self.files.push(StagedFile {
            staged,
            table: self.table.name,
            class_uid: self.table.class_uid,
            schema: self.format.fingerprint.clone(),
            partition: partition.clone(),
            part,
            rows,
            bytes,
            min_time,
            max_time,
        });
        Ok(())
    }
}

/// The next rows of a partition that are written together, and their leaves; none at its end.
fn next_rows(
    dedup: &mut Dedup,
    rows: &mut dyn OrderedRows,
    rank: u32,
    chunk: &mut Vec<Row>,
) -> Result<Option<Vec<Arc<LeafRows>>>, LakeError> {
    while rows.peek().is_some_and(|next| next.partition == rank) {
        next_chunk(rows, CHUNK_ROWS, CHUNK_BYTES, true, chunk)?;
        let mut leaves = rows.gather(chunk);
        dedup.apply(chunk, &mut leaves);
        if !chunk.is_empty() {
            return Ok(Some(leaves));
        }
    }
    Ok(None)
}
