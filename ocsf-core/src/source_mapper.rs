//! A [`Mapper`] made of a [`Source`]: frames, reads, routes, fills tables.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use bumpalo::Bump;
use bytes::Bytes;

use crate::batch::{EventBatch, PartitionKey, RowKeys};
use crate::derive::observables::ObservablesBuilder;
use crate::derive::unmapped::{MapBuilder, Rest, push_object};
use crate::frame::{Format, JsonFrames, KEPT_RAW, Step};
use crate::mapper::{Mapper, MapperInfo, ObjectInfo, Output, TableInfo};
use crate::options::{MapperOptions, Observables, Unmapped};
use crate::partition::Partitions;
use crate::record::{Chunk, Place, Route, Source};
use crate::reject::{Position, Reject, RejectCode};
use crate::scan::emit::push_compact;
use crate::scan::{Cursor, FieldTree, Json, ScanError, Secrets};
use crate::table::column::Notes;
use crate::table::expr::Got;
use crate::table::leaf::{Leaf, TextBuilder};
use crate::table::{PlanError, SourcePlan, TableRun};
use crate::time::is_plausible;
use crate::unwrap::{Unwrapped, unwrap};

/// Records that pass through the columns together: enough to keep each loop hot, few enough to stay in cache.
const CHUNK_ROWS: usize = 256;

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
    frames: JsonFrames,
    object: ObjectInfo,
    /// Bytes, lines and records of the object before the next one.
    bytes: u64,
    lines: u64,
    records: u64,
    arena: Bump,
    out: Output,
}

impl<S: Source> SourceMapper<S> {
    /// Plans the mapping for these options.
    ///
    /// # Errors
    /// The OCSF version is unknown, or a table does not fit it; every fault is listed.
    pub fn new(options: &MapperOptions) -> Result<Self, PlanError> {
        let (plan, tables) = SourcePlan::new::<S>(options)?;
        let Format::Json(envelope) = S::FORMAT;
        let secrets = if options.keep_secrets { Secrets::default() } else { S::SECRETS };
        let (mut infos, mut open) = (Vec::new(), Vec::new());
        for (def, table) in tables.list.into_iter().zip(plan.tables) {
            infos.push(table.info);
            open.push(OpenTable::new(TableRun::new(def.table.columns, table.planned), table.time));
        }
        Ok(Self {
            frames: JsonFrames::new(envelope, options.max_record_bytes),
            options: options.clone(),
            secrets,
            tree: FieldTree::new(S::FIELDS),
            infos,
            tables: open,
            object: ObjectInfo::default(),
            bytes: 0,
            lines: 0,
            records: 0,
            arena: Bump::new(),
            out: Output::default(),
        })
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
        (self.bytes, self.lines, self.records) = (0, 0, 0);
        self.frames.restart();
    }

    fn decode(&mut self, buf: &[u8], last: bool) -> usize {
        let text = Readable::new(buf, last);
        let mut arena = std::mem::take(&mut self.arena);
        let mut at = 0;
        loop {
            let (next, more) = self.decode_chunk(&text, at, last, &arena);
            at = next;
            arena.reset();
            if self.buffered_bytes() > MAX_OPEN_BYTES {
                self.close_batches();
            }
            if !more {
                break;
            }
        }
        self.arena = arena;
        let taken = if last { buf.len() } else { at };
        self.bytes += taken as u64;
        self.lines += count_lines(&buf[..taken]);
        taken
    }

    fn buffered_bytes(&self) -> usize {
        self.tables.iter().map(OpenTable::bytes).sum()
    }

    fn flush(&mut self, out: &mut Output) {
        self.close_batches();
        let own = std::mem::take(&mut self.out);
        out.batches.extend(own.batches);
        out.rejects.extend(own.rejects);
        out.issues.merge(own.issues);
        out.counts.add(&own.counts);
    }
}

/// Text of a buffer. Bytes that are no UTF-8 are replaced one by one, so that places stay, and noted.
struct Readable<'a> {
    original: &'a [u8],
    replaced: Option<String>,
    valid: &'a str,
    bad: Vec<usize>,
}

impl<'a> Readable<'a> {
    fn new(original: &'a [u8], last: bool) -> Self {
        let (valid, fault) = match std::str::from_utf8(original) {
            Ok(valid) => (valid, None),
            Err(error) => {
                let upto = error.valid_up_to();
                (std::str::from_utf8(&original[..upto]).unwrap_or_default(), Some(error))
            }
        };
        let torn = fault.is_some_and(|error| error.error_len().is_none());
        let mut text = Self { original, replaced: None, valid, bad: Vec::new() };
        if fault.is_none() || (torn && !last) {
            return text;
        }
        let mut replaced = String::with_capacity(original.len());
        for chunk in original.utf8_chunks() {
            replaced.push_str(chunk.valid());
            let rest = original.len() - replaced.len();
            if chunk.invalid().len() == rest && !last && rest < 4 && torn_tail(original) == rest {
                break;
            }
            text.bad.extend((0..chunk.invalid().len()).map(|i| replaced.len() + i));
            replaced.extend(chunk.invalid().iter().map(|_| '\u{1A}'));
        }
        text.replaced = Some(replaced);
        text
    }

    fn text(&self) -> &str {
        self.replaced.as_deref().unwrap_or(self.valid)
    }

    fn is_bad(&self, range: &Range<usize>) -> bool {
        let at = self.bad.partition_point(|bad| *bad < range.start);
        self.bad.get(at).is_some_and(|bad| *bad < range.end)
    }
}

/// Bytes at the end that begin a character and wait for the rest of it.
fn torn_tail(bytes: &[u8]) -> usize {
    (1..=3.min(bytes.len()))
        .find(|tail| {
            let start = &bytes[bytes.len() - tail..];
            std::str::from_utf8(start)
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        })
        .unwrap_or(0)
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// A row of a chunk besides its fields.
#[derive(Debug)]
struct Head<'b> {
    table: usize,
    raw: &'b str,
    /// Number within the object.
    record: u64,
    /// Place in the buffer of the record, or of the wrapping that it came in.
    at: usize,
    time: i64,
    repeated: u32,
}

/// What is known of the text that records are read from.
#[derive(Clone, Copy)]
struct Context<'b> {
    arena: &'b Bump,
    /// Place in the buffer of the wrapping; `None` when the text is the buffer itself.
    wrapped_at: Option<usize>,
    depth: usize,
}

impl<S: Source> SourceMapper<S> {
    /// Decodes up to a chunk of records from `from` on. Returns how far it came, and whether there is more.
    fn decode_chunk(&mut self, text: &Readable<'_>, from: usize, last: bool, arena: &Bump) -> (usize, bool) {
        let mut chunk = Chunk::<S>::new(arena);
        let mut heads: Vec<Head<'_>> = Vec::new();
        let context = Context { arena, wrapped_at: None, depth: 0 };
        let mut cursor = Cursor::new(text.text(), last).with_secrets(self.secrets);
        cursor.set_at(from);
        let mut more = true;
        while more && chunk.len() < CHUNK_ROWS {
            let step = match self.frames.next(&mut cursor, self.bytes, last) {
                Step::Record => {
                    let start = cursor.at();
                    match self.read(&mut cursor, text, context, &mut chunk, &mut heads) {
                        Ok(()) => {
                            self.frames.accepted(&cursor, start);
                            None
                        }
                        Err(error) => Some(self.frames.refused(&mut cursor, start, error, self.bytes, last)),
                    }
                }
                step => Some(step),
            };
            match step {
                Some(Step::More) => more = false,
                Some(Step::Broken(broken)) => {
                    let detail = match broken.code {
                        RejectCode::RecordTooLarge => {
                            format!("more than {} bytes", self.options.max_record_bytes)
                        }
                        RejectCode::Truncated => "the input ends inside the record".to_owned(),
                        _ => "no well-formed JSON".to_owned(),
                    };
                    let at = (broken.byte.saturating_sub(self.bytes) as usize).min(text.original.len());
                    let line = if broken.byte < self.bytes { self.lines } else { self.line(text, at) };
                    let number = self.next_record();
                    self.reject(
                        broken.code,
                        number,
                        broken.byte,
                        line,
                        None,
                        detail,
                        &broken.raw,
                        broken.len,
                    );
                }
                _ => {}
            }
        }
        let at = cursor.at();
        if !more && last && self.frames.is_open() {
            let position = self.position(text, self.records, at.min(text.original.len()));
            self.out.issues.add("truncated-envelope", "", || position);
        }
        self.fill(&chunk, &heads, text);
        (at, more)
    }

    /// Reads the record at the cursor, with all records inside when it is a wrapping.
    fn read<'b>(
        &mut self,
        cursor: &mut Cursor<'b>,
        text: &Readable<'_>,
        context: Context<'b>,
        chunk: &mut Chunk<'b, S>,
        heads: &mut Vec<Head<'b>>,
    ) -> Result<(), ScanError> {
        let start = cursor.at();
        let at = context.wrapped_at.unwrap_or(start);
        let first_byte = cursor.peek();
        let read = if first_byte == Some(b'{') {
            let (values, rest) = chunk.open();
            self.tree.read(cursor, context.arena, values, rest).map(Some)
        } else {
            cursor.skip_value().map(|()| None)
        };
        let repeated = match read {
            Ok(repeated) => repeated,
            Err(error) => {
                chunk.cancel(false);
                return Err(error);
            }
        };
        let raw = cursor.since(start);
        let is_bad = context.wrapped_at.is_none() && text.is_bad(&(start..cursor.at()));
        let Some(repeated) = repeated.filter(|_| !is_bad) else {
            chunk.cancel(false);
            let (code, detail) = if is_bad {
                (RejectCode::InvalidUtf8, "bytes that are no UTF-8")
            } else {
                (RejectCode::ForeignRecord, "no JSON object")
            };
            let bytes = text.original.get(start..cursor.at()).filter(|_| is_bad).unwrap_or(raw.as_bytes());
            self.reject_at(code, text, at, None, detail.to_owned(), bytes);
            return Ok(());
        };
        chunk.commit();
        let row = chunk.row(chunk.len() - 1);
        match S::route(row) {
            Route::Table(table) => {
                let time = match self.tables[table].run.time(self.tables[table].time, row) {
                    Got::Value(ms) if is_plausible(ms) => ms,
                    Got::Missing => {
                        chunk.cancel(true);
                        self.reject_at(
                            RejectCode::NoTime,
                            text,
                            at,
                            None,
                            "no time".to_owned(),
                            raw.as_bytes(),
                        );
                        return Ok(());
                    }
                    Got::Value(ms) => {
                        chunk.cancel(true);
                        let detail = format!("{ms} ms since the epoch lies outside 1990..2100");
                        self.reject_at(RejectCode::TimeOutOfRange, text, at, None, detail, raw.as_bytes());
                        return Ok(());
                    }
                    Got::Bad(field) => {
                        chunk.cancel(true);
                        let detail = "not a time".to_owned();
                        self.reject_at(
                            RejectCode::TimeOutOfRange,
                            text,
                            at,
                            Some(field.path()),
                            detail,
                            raw.as_bytes(),
                        );
                        return Ok(());
                    }
                };
                heads.push(Head { table, raw, record: self.next_record(), at, time, repeated });
            }
            Route::Skip(reason) => {
                chunk.cancel(true);
                self.skip(reason);
            }
            Route::Foreign => {
                chunk.cancel(true);
                self.read_wrapping(raw, at, text, context, chunk, heads);
            }
        }
        Ok(())
    }

    /// Reads the records inside a wrapping; a foreign record otherwise.
    fn read_wrapping<'b>(
        &mut self,
        raw: &'b str,
        at: usize,
        text: &Readable<'_>,
        context: Context<'b>,
        chunk: &mut Chunk<'b, S>,
        heads: &mut Vec<Head<'b>>,
    ) {
        let unwrapped = if context.depth < MAX_NESTING { unwrap(raw, S::FORMAT) } else { Unwrapped::No };
        match unwrapped {
            Unwrapped::Records(inner) => {
                for document in inner {
                    let document: &'b str = context.arena.alloc_str(&document);
                    let inside = Context { wrapped_at: Some(at), depth: context.depth + 1, ..context };
                    self.read_document(document, text, inside, chunk, heads);
                }
            }
            Unwrapped::Skip(reason) => self.skip(reason),
            Unwrapped::Nothing => {}
            Unwrapped::No => {
                let detail = format!("no record of {}", S::INFO.title);
                self.reject_at(RejectCode::ForeignRecord, text, at, None, detail, raw.as_bytes());
            }
        }
    }

    /// Reads all records of a text that came out of a wrapping.
    fn read_document<'b>(
        &mut self,
        document: &'b str,
        text: &Readable<'_>,
        context: Context<'b>,
        chunk: &mut Chunk<'b, S>,
        heads: &mut Vec<Head<'b>>,
    ) {
        let Format::Json(envelope) = S::FORMAT;
        let mut frames = JsonFrames::new(envelope, usize::MAX);
        let mut cursor = Cursor::new(document, true).with_secrets(self.secrets);
        loop {
            let step = match frames.next(&mut cursor, 0, true) {
                Step::Record => {
                    let start = cursor.at();
                    match self.read(&mut cursor, text, context, chunk, heads) {
                        Ok(()) => {
                            frames.accepted(&cursor, start);
                            None
                        }
                        Err(error) => Some(frames.refused(&mut cursor, start, error, 0, true)),
                    }
                }
                step => Some(step),
            };
            match step {
                Some(Step::More) => return,
                Some(Step::Broken(broken)) => {
                    let at = context.wrapped_at.unwrap_or_default();
                    let detail = "no well-formed JSON inside a wrapping".to_owned();
                    self.reject_at(broken.code, text, at, None, detail, &broken.raw);
                }
                _ => {}
            }
        }
    }

    /// Passes the rows of a chunk through the tables that they were routed to.
    fn fill(&mut self, chunk: &Chunk<'_, S>, heads: &[Head<'_>], text: &Readable<'_>) {
        if heads.is_empty() {
            return;
        }
        let mut takes = vec![0; heads.len()];
        for table in 0..self.tables.len() {
            let rows: Vec<usize> = (0..heads.len()).filter(|row| heads[*row].table == table).collect();
            if rows.is_empty() {
                continue;
            }
            let mut notes = Notes { secrets: self.secrets, issues: Vec::new(), list_rest: Vec::new() };
            let open = &mut self.tables[table];
            let first = open.run.len();
            let refused = open.run.append(chunk, &rows, &mut takes, &mut notes);
            notes.list_rest.sort_by_key(|left| left.row);
            let places: Vec<Place<'_>> = rows.iter().map(|row| S::place(chunk.row(*row))).collect();
            for (number, &row) in rows.iter().enumerate() {
                let head = &heads[row];
                let from = notes.list_rest.partition_point(|left| left.row < row);
                let to = notes.list_rest.partition_point(|left| left.row <= row);
                let rest = Rest {
                    fields: S::FIELDS,
                    values: chunk.fields(row).values(),
                    taken: takes[row],
                    members: chunk.rest(row),
                    lists: &notes.list_rest[from..to],
                    secrets: self.secrets,
                    arena: chunk.arena,
                };
                let open = &mut self.tables[table];
                open.derived(first + number, &rest, head.raw, &self.options);
                open.keys(head, places[number], &self.object, self.bytes);
                if refused.contains(&number) {
                    let lacks = open.run.lacks(first + number).unwrap_or_default().to_owned();
                    open.drop_row(first + number);
                    let detail = format!("{} requires {lacks}", self.infos[table].class_name);
                    let (byte, line) = (self.bytes + head.at as u64, self.line(text, head.at));
                    let raw = head.raw.as_bytes();
                    let len = raw.len() as u64;
                    self.reject(RejectCode::MissingRequired, head.record, byte, line, None, detail, raw, len);
                } else {
                    self.out.counts.events += 1;
                }
                for _ in 0..head.repeated {
                    let position = self.position(text, head.record, head.at);
                    self.out.issues.add("repeated-member", "", || position);
                }
                let open = &self.tables[table];
                if open.last_partition_is_incomplete() {
                    let position = self.position(text, head.record, head.at);
                    let path = self.tables[table].missing_partition();
                    self.out.issues.add("unknown-partition", path, || position);
                }
            }
            for (code, path, row) in notes.issues {
                let position = self.position(text, heads[row].record, heads[row].at);
                self.out.issues.add(code, &path, || position);
            }
        }
    }

    fn next_record(&mut self) -> u64 {
        let number = self.records;
        self.records += 1;
        self.out.counts.records += 1;
        number
    }

    fn skip(&mut self, reason: &'static str) {
        self.next_record();
        *self.out.counts.skipped.entry(reason).or_default() += 1;
    }

    fn line(&self, text: &Readable<'_>, at: usize) -> u64 {
        self.lines + 1 + count_lines(text.original.get(..at).unwrap_or(text.original))
    }

    fn position(&self, text: &Readable<'_>, record: u64, at: usize) -> Position {
        Position {
            object: Arc::clone(&self.object.name),
            record,
            byte: self.bytes + at as u64,
            line: self.line(text, at),
        }
    }

    fn reject_at(
        &mut self,
        code: RejectCode,
        text: &Readable<'_>,
        at: usize,
        path: Option<&str>,
        detail: String,
        raw: &[u8],
    ) {
        let (byte, line) = (self.bytes + at as u64, self.line(text, at));
        let record = self.next_record();
        self.reject(code, record, byte, line, path, detail, raw, raw.len() as u64);
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a reject, private")]
    fn reject(
        &mut self,
        code: RejectCode,
        record: u64,
        byte: u64,
        line: u64,
        path: Option<&str>,
        detail: String,
        raw: &[u8],
        raw_len: u64,
    ) {
        self.out.counts.rejects += 1;
        self.out.rejects.push(Reject {
            code,
            at: Position { object: Arc::clone(&self.object.name), record, byte, line },
            path: path.map(Into::into),
            detail: detail.into(),
            raw: Bytes::copy_from_slice(&raw[..raw.len().min(KEPT_RAW)]),
            raw_len,
        });
    }
}

/// A table with the rows since the last batch.
struct OpenTable<S: Source> {
    run: TableRun<S>,
    time: usize,
    observables: ObservablesBuilder,
    unmapped: MapBuilder,
    texts: TextBuilder,
    raw: TextBuilder,
    partitions: Partitions,
    keys: Keys,
    /// Rows that turned out to be no events.
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
    fn new(run: TableRun<S>, time: usize) -> Self {
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

    fn derived(&mut self, at: usize, rest: &Rest<'_, '_>, raw: &str, options: &MapperOptions) {
        if options.observables != Observables::None {
            self.observables.append(&self.run, at);
        }
        match options.unmapped {
            Unmapped::Map => self.unmapped.append(rest),
            Unmapped::Json => self.texts.push_with(|text| push_object(rest, text)),
            Unmapped::None => {}
        }
        if options.raw_data {
            let json = Json { raw, blanks: true, secret: true };
            self.raw.push_with(|text| {
                push_compact(json, rest.secrets, text);
                true
            });
        }
    }

    fn keys(&mut self, head: &Head<'_>, place: Place<'_>, object: &ObjectInfo, bytes: u64) {
        self.keys.time.push(head.time);
        self.keys.partition.push(self.partitions.number(place, object));
        self.keys.object.push(object.sequence);
        self.keys.record.push(head.record);
        self.keys.byte.push(bytes + head.at as u64);
        self.keys.bytes.push(u32::try_from(head.raw.len()).unwrap_or(u32::MAX));
    }

    fn last_partition(&self) -> Option<&PartitionKey> {
        self.keys.partition.last().and_then(|number| self.partitions.get(*number))
    }

    fn last_partition_is_incomplete(&self) -> bool {
        self.last_partition().is_some_and(|key| key.account.is_none() || key.region.is_none())
    }

    fn missing_partition(&self) -> &'static str {
        match self.last_partition() {
            Some(PartitionKey { account: None, region: None }) => "account and region",
            Some(PartitionKey { account: None, .. }) => "account",
            _ => "region",
        }
    }

    fn drop_row(&mut self, at: usize) {
        self.dropped.push(at);
    }

    fn bytes(&self) -> usize {
        let derived =
            self.observables.bytes() + self.unmapped.bytes() + self.texts.bytes() + self.raw.bytes();
        if self.run.len() == 0 {
            0
        } else {
            self.run.bytes() + derived + self.keys.time.len() * RowKeys::ROW_BYTES
        }
    }

    fn finish(&mut self, table: usize, info: &TableInfo, options: &MapperOptions) -> Option<EventBatch> {
        if self.run.len() == 0 {
            return None;
        }
        let (_, mut arrays) = self.run.finish(options.dictionaries);
        if options.observables != Observables::None {
            arrays.push(self.observables.finish(options.dictionaries));
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
            let keep: Vec<bool> = (0..batch.num_rows()).map(|row| !dropped.contains(&row)).collect();
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
