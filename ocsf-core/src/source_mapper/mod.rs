//! A [`Mapper`] made of a [`Source`]: frames, reads, routes, fills tables.

mod fill;
mod notes;
mod open_table;
mod raw;
mod read;
mod readable;
mod rows;

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use bumpalo::Bump;

use crate::frame::{Format, Frames};
use crate::mapper::{Mapper, MapperInfo, NotColumnar, ObjectInfo, Output, TableInfo};
use crate::options::MapperOptions;
use crate::record::Source;
use crate::scan::{FieldTree, Secrets};
use crate::source_option::Chosen;
use crate::table::{PlanError, SourcePlan, TableRun};
use crate::text::LineReader;

use open_table::OpenTable;
use readable::{Readable, count_lines};

/// Records that pass through the columns together: enough to keep each loop hot, few enough to stay in cache.
const CHUNK_ROWS: usize = 256;

/// Large records pass in smaller chunks: what the columns gather from one must fit their offsets.
const CHUNK_BYTES: usize = 8 << 20;

/// Decoded events are set aside as a batch when they hold this much, also without a flush.
const MAX_OPEN_BYTES: usize = 128 << 20;

/// Wrappings inside wrappings are followed this deep.
const MAX_NESTING: usize = 3;

/// Maps the records of a [`Source`] to events.
pub struct SourceMapper<S: Source> {
    options: MapperOptions,
    secrets: Secrets,
    tree: FieldTree,
    infos: Vec<TableInfo>,
    tables: Vec<OpenTable<S>>,
    /// Names of the source's own options that are on.
    flags: Vec<&'static str>,
    frames: Frames,
    /// For records that are lines.
    lines: Option<LineReader>,
    /// The columns that lines have by name, for their rejects.
    columns: Option<Arc<str>>,
    object: ObjectInfo,
    /// Bytes, line breaks and records of the object before the buffer.
    bytes: u64,
    lines_before: u64,
    records: u64,
    arena: Bump,
    /// Rows of the last chunk: the next one will probably have as many.
    chunk_rows: usize,
    out: Output,
    /// Memory of the rejects in `out`.
    reject_bytes: usize,
}

impl<S: Source> SourceMapper<S> {
    /// Plans the mapping for these options.
    ///
    /// # Errors
    /// The OCSF version is unknown, or a table or an option of the source does not fit it; every fault is listed.
    pub fn new(options: &MapperOptions) -> Result<Self, PlanError> {
        let (plan, tables) = SourcePlan::new::<S>(options)?;
        let Chosen { flags, columns } = Chosen::of::<S>(options).map_err(|problems| PlanError {
            source: S::INFO.name,
            version: options.version.clone(),
            problems,
        })?;
        let lines = match S::FORMAT {
            Format::Lines(lines) => Some(LineReader::new(lines, S::FIELDS, columns)),
            Format::Json(_) => None,
        };
        let secrets = if options.keep_secrets { Secrets::default() } else { S::SECRETS };
        let (mut infos, mut open) = (Vec::new(), Vec::new());
        for (def, table) in tables.list.into_iter().zip(plan.tables) {
            infos.push(table.info);
            open.push(OpenTable::new(TableRun::new(def.table.columns, table.planned), table.time));
        }
        Ok(Self {
            flags,
            frames: Frames::new(S::FORMAT, options.max_record_bytes),
            lines,
            columns: None,
            options: options.clone(),
            secrets,
            tree: FieldTree::new(S::FIELDS),
            infos,
            tables: open,
            object: ObjectInfo::default(),
            bytes: 0,
            lines_before: 0,
            records: 0,
            arena: Bump::new(),
            chunk_rows: 0,
            out: Output::default(),
            reject_bytes: 0,
        })
    }

    /// Memory of the open events.
    fn open_bytes(&self) -> usize {
        self.tables.iter().map(OpenTable::bytes).sum()
    }

    /// Sets the open events aside when they are many.
    fn close_full_batches(&mut self) {
        if self.open_bytes() > MAX_OPEN_BYTES {
            self.close_batches();
        }
    }

    /// Sets the open events aside as batches.
    fn close_batches(&mut self) {
        for (table, open) in self.tables.iter_mut().enumerate() {
            if let Some(batch) = open.finish(table, &self.infos[table], &self.options) {
                self.out.batches.push(batch);
            }
        }
    }
}

impl<S: Source> fmt::Debug for SourceMapper<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceMapper")
            .field("source", &S::INFO.name)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<S: Source> Mapper for SourceMapper<S> {
    fn info(&self) -> &MapperInfo {
        &S::INFO
    }

    fn tables(&self) -> &[TableInfo] {
        &self.infos
    }

    fn begin(&mut self, object: ObjectInfo) {
        self.object = object;
        (self.bytes, self.lines_before, self.records) = (0, 0, 0);
        self.frames.restart();
        if let Some(lines) = &mut self.lines {
            lines.restart(self.object.columns.as_deref());
            self.columns = lines.named();
        }
    }

    fn decode_batch(&mut self, batch: &RecordBatch, first_row: u64) -> Result<(), NotColumnar> {
        self.decode_rows(batch, first_row)
    }

    fn decode(&mut self, buf: &[u8], last: bool) -> usize {
        let text = Readable::new(buf, last);
        let mut arena = std::mem::take(&mut self.arena);
        let (mut at, first_reject) = (0, self.out.rejects.len());
        loop {
            let (next, more) = self.decode_chunk(&text, at, last, &arena);
            at = next;
            arena.reset();
            self.close_full_batches();
            if !more {
                break;
            }
        }
        self.arena = arena;
        // Some faults show only when the columns of a chunk are filled.
        self.out.rejects[first_reject..].sort_by_key(|reject| reject.at.record);
        let taken = if last { buf.len() } else { at };
        self.bytes += taken as u64;
        self.lines_before += count_lines(&buf[..taken]);
        taken
    }

    fn buffered_bytes(&self) -> usize {
        self.open_bytes() + self.reject_bytes
    }

    fn flush(&mut self, out: &mut Output) {
        self.close_batches();
        let own = std::mem::take(&mut self.out);
        self.reject_bytes = 0;
        out.batches.extend(own.batches);
        out.rejects.extend(own.rejects);
        out.issues.merge(own.issues);
        out.counts.add(&own.counts);
    }
}
