//! Reading records: framed, opened when they are wrappings, routed to their tables.

use std::fmt::Write as _;
use std::ops::Range;

use bumpalo::Bump;

use super::raw::Raw;
use super::readable::Readable;
use super::{CHUNK_BYTES, CHUNK_ROWS, MAX_NESTING, SourceMapper};
use crate::frame::{Broken, Frames, Step};
use crate::partition::{is_account_id, is_region_name};
use crate::record::{Chunk, Filled, Origin, Route, Row, Source};
use crate::reject::RejectCode;
use crate::scan::{Cursor, MAX_DEPTH, ScanError};
use crate::source_option::OptionKind;
use crate::table::expr::Got;
use crate::text::{Line, LineReader, drop_dashes};
use crate::time::is_plausible;
use crate::unwrap::{Document, Unwrapped, unwrap};

/// Records of one chunk on their way into it.
pub(super) struct Pass<'p, 'b, S: Source> {
    /// The buffer; `None` when the records are rows of columns.
    pub(super) text: Option<&'p Readable<'p>>,
    pub(super) arena: &'b Bump,
    pub(super) chunk: Chunk<'b, S>,
    pub(super) heads: Vec<Head<'b>>,
}

impl<S: Source> Pass<'_, '_, S> {
    /// Forgets the records, which were filled in.
    pub(super) fn clear(&mut self) {
        self.chunk = Chunk::with_capacity(self.arena, 0);
        self.heads.clear();
    }
}

/// A row of a chunk besides its fields.
#[derive(Debug)]
pub(super) struct Head<'b> {
    pub(super) table: usize,
    pub(super) raw: Raw<'b>,
    /// Number within the object.
    pub(super) record: u64,
    /// Place in the buffer of the record, or of the wrapping that it came in; 0 for a row of columns.
    pub(super) at: usize,
    pub(super) time: i64,
    pub(super) repeated: u32,
}

/// What is known of the text that records are read from.
#[derive(Clone, Copy)]
pub(super) struct Context<'b> {
    /// Place in the buffer of the wrapping; `None` when the text is the buffer itself.
    pub(super) wrapped_at: Option<usize>,
    pub(super) depth: usize,
    pub(super) origin: Origin<'b>,
}

/// A record that was read, as the reader of its text leaves it.
#[derive(Clone, Copy)]
pub(super) struct Read<'b> {
    pub(super) raw: Raw<'b>,
    pub(super) at: usize,
    pub(super) repeated: u32,
    /// The fields that have a value, where that is known.
    pub(super) filled: Option<Filled>,
}

impl<S: Source> SourceMapper<S> {
    /// Decodes up to a chunk of records from `from` on. Returns how far it came, and whether there is more.
    pub(super) fn decode_chunk(
        &mut self,
        text: &Readable<'_>,
        from: usize,
        last: bool,
        arena: &Bump,
    ) -> (usize, bool) {
        let chunk = Chunk::with_capacity(arena, self.chunk_rows);
        let mut pass = Pass { text: Some(text), arena, chunk, heads: Vec::with_capacity(self.chunk_rows) };
        let context = Context { wrapped_at: None, depth: 0, origin: self.origin(arena) };
        let source = text.original.get(..text.text().len()).unwrap_or_default();
        let mut cursor = Cursor::new(text.text(), last).with_source(source).with_secrets(self.secrets);
        cursor.set_at(from);
        let mut more = true;
        while more && pass.chunk.len() < CHUNK_ROWS && cursor.at() - from < CHUNK_BYTES {
            match self.step(&mut cursor, self.bytes, last, context, &mut pass) {
                Some(Step::More) => more = false,
                Some(Step::Broken(broken)) => self.reject_broken(broken, cursor.at(), text),
                _ => {}
            }
        }
        let at = cursor.at();
        if !more && last && self.frames.is_open() {
            let position = self.position(Some(text), self.records, at.min(text.original.len()));
            self.out.issues.add("truncated-envelope", "", position);
        }
        self.fill(&pass);
        self.chunk_rows = pass.chunk.len().min(CHUNK_ROWS);
        (at, more)
    }

    /// What the object says of its records.
    pub(super) fn origin<'b>(&self, arena: &'b Bump) -> Origin<'b> {
        let account = self.object.account.as_deref().filter(|text| is_account_id(text));
        let region = self.object.region.as_deref().filter(|text| is_region_name(text));
        Origin {
            object: arena.alloc_str(&self.object.name),
            account: account.map(|text| &*arena.alloc_str(text)),
            region: region.map(|text| &*arena.alloc_str(text)),
            flags: arena.alloc_slice_copy(&self.flags),
            ..Origin::default()
        }
    }

    /// Moves to the next record and reads it. Says what stands in the way, if anything does.
    fn step<'b>(
        &mut self,
        cursor: &mut Cursor<'b>,
        base: u64,
        last: bool,
        context: Context<'b>,
        pass: &mut Pass<'_, 'b, S>,
    ) -> Option<Step> {
        match self.frames.next(cursor, base, last) {
            Step::Record => {
                let start = cursor.at();
                match self.read_value(cursor, context, pass) {
                    Ok(()) => {
                        self.frames.accepted(cursor, start);
                        None
                    }
                    Err(error) => Some(self.frames.refused(cursor, start, error, base, last)),
                }
            }
            Step::Line(range) => {
                self.read_line(cursor.text(), range, context, pass);
                None
            }
            step => Some(step),
        }
    }

    /// Reads the JSON value at the cursor, with all records inside when it is a wrapping.
    fn read_value<'b>(
        &mut self,
        cursor: &mut Cursor<'b>,
        context: Context<'b>,
        pass: &mut Pass<'_, 'b, S>,
    ) -> Result<(), ScanError> {
        let start = cursor.at();
        let at = context.wrapped_at.unwrap_or(start);
        let is_object = cursor.peek() == Some(b'{');
        let read = if is_object {
            let (values, rest) = pass.chunk.open();
            let first_left = rest.len();
            self.tree.read(cursor, pass.arena, values, rest).inspect(|_| {
                if let Some(lines) = &self.lines {
                    lines.adopt(values, rest, first_left);
                } else if S::DASH_IS_ABSENT {
                    drop_dashes(values);
                }
            })
        } else {
            cursor.skip_value().map(|()| 0)
        };
        let repeated = match read {
            Ok(repeated) => repeated,
            Err(error) => {
                pass.chunk.cancel(false);
                return Err(error);
            }
        };
        let raw = cursor.since(start);
        if context.wrapped_at.is_none() && raw.len() > self.options.max_record_bytes {
            // Refused as if its end were not in sight yet, as it would be with a smaller buffer.
            pass.chunk.cancel(false);
            return Err(ScanError::Incomplete);
        }
        if self.is_bad(start..cursor.at(), context, pass) {
            pass.chunk.cancel(false);
        } else if is_object {
            self.accept(Read { raw: Raw::Text(raw), at, repeated, filled: None }, context, pass);
        } else {
            let detail = "no JSON object".to_owned();
            self.reject_at(RejectCode::ForeignRecord, pass.text, at, None, detail, raw.as_bytes());
            self.keep_origin(&context.origin);
        }
        Ok(())
    }

    /// Reads a line of text: a header, a record, or a document behind a time stamp.
    fn read_line<'b>(
        &mut self,
        text: &'b str,
        range: Range<usize>,
        context: Context<'b>,
        pass: &mut Pass<'_, 'b, S>,
    ) {
        let at = context.wrapped_at.unwrap_or(range.start);
        let bad = pass.text.filter(|text| context.wrapped_at.is_none() && text.is_bad(&range));
        let line = match bad {
            Some(text) if self.lines.as_ref().is_some_and(LineReader::has_escapes) => {
                let position = self.position(pass.text, self.records, at);
                self.out.issues.add(RejectCode::InvalidUtf8.as_str(), "", position);
                text.escaped(range, pass.arena)
            }
            _ if self.is_bad(range.clone(), context, pass) => return,
            _ => text.get(range).unwrap_or_default(),
        };
        let line = line.trim_ascii_end();
        let Some(reader) = &mut self.lines else { return };
        let found = match reader.read(line) {
            Line::Record(found) => found,
            Line::Header { drift, .. } => {
                let (drift, columns) = (drift.to_vec(), reader.named());
                self.tell_drift(&drift, pass.text, at);
                // Rows before it may still become rejects, of the columns that they were read with.
                self.fill(pass);
                pass.clear();
                self.columns = columns;
                return;
            }
            Line::Document { text, time } => {
                self.read_document(text, at, Some(time), None, context, pass);
                return;
            }
            Line::Foreign => {
                let mut detail = format!("no record of {}", S::INFO.title);
                if let Some(option) = S::INFO.options.iter().find(|option| option.kind == OptionKind::Columns)
                    && self.columns.is_none()
                {
                    let _ = write!(detail, "; `{}` names the columns of lines without a header", option.name);
                }
                self.reject_at(RejectCode::ForeignRecord, pass.text, at, None, detail, line.as_bytes());
                self.keep_origin(&context.origin);
                return;
            }
        };
        let (values, rest) = pass.chunk.open();
        match found.columns.fill(found.text, pass.arena, values, rest) {
            Err(few) => {
                pass.chunk.cancel(false);
                let detail = format!("{} fields, expected {}", few.found, few.expected);
                self.reject_at(RejectCode::FieldCount, pass.text, at, None, detail, line.as_bytes());
                self.keep_origin(&context.origin);
            }
            Ok((fields, filled)) => {
                let raw = Raw::Text(found.text);
                let (layout, time) = (found.layout, found.time.or(context.origin.time));
                let is_wide = fields > found.columns.len();
                if is_wide && reader.is_news(fields) {
                    let position = self.position(pass.text, self.records, at);
                    self.out.issues.add("drift", &format!("field_{fields}"), position);
                }
                let context = Context { origin: Origin { time, layout, ..context.origin }, ..context };
                self.accept(Read { raw, at, repeated: 0, filled: Some(filled) }, context, pass);
            }
        }
    }

    /// Rejects a record with bytes that are no UTF-8; true when it has some.
    fn is_bad(&mut self, range: Range<usize>, context: Context<'_>, pass: &Pass<'_, '_, S>) -> bool {
        let text = pass.text.filter(|text| context.wrapped_at.is_none() && text.is_bad(&range));
        if let Some(text) = text {
            let raw = text.original.get(range.clone()).unwrap_or_default();
            let detail = "bytes that are no UTF-8".to_owned();
            self.reject_at(RejectCode::InvalidUtf8, pass.text, range.start, None, detail, raw);
        }
        text.is_some()
    }

    /// Makes the opened row of the chunk a record, routed to its table and with a time, or finds out why it is none.
    pub(super) fn accept<'b>(&mut self, read: Read<'b>, context: Context<'b>, pass: &mut Pass<'_, 'b, S>) {
        let Read { raw, at, repeated, filled } = read;
        pass.chunk.commit(context.origin, filled);
        let row = pass.chunk.row(pass.chunk.len() - 1);
        let table = match S::route(row) {
            Route::Table(table) => table,
            Route::Skip(reason) => {
                pass.chunk.cancel(true);
                self.skip(reason);
                return;
            }
            Route::Foreign => {
                pass.chunk.cancel(true);
                self.read_wrapping(raw, at, context, pass);
                return;
            }
        };
        let mut time = self.time(table, row);
        if let (Got::Missing, Some(delivered)) = (&time, self.object.time) {
            pass.chunk.set_time(delivered);
            time = self.time(table, pass.chunk.row(pass.chunk.len() - 1));
            if let Got::Value(_) = time {
                let position = self.position(pass.text, self.records, at);
                self.out.issues.add("time-of-object", "time", position);
            }
        }
        let (code, path, detail) = match time {
            Got::Value(ms) if is_plausible(ms) => {
                pass.heads.push(Head { table, raw, record: self.next_record(), at, time: ms, repeated });
                return;
            }
            Got::Value(ms) => {
                let detail = format!("{ms} ms since the epoch lies outside 1990..2100");
                (RejectCode::TimeOutOfRange, None, detail)
            }
            Got::Missing => (RejectCode::NoTime, None, "no time".to_owned()),
            Got::Bad(field) => (RejectCode::TimeOutOfRange, Some(field.path()), "not a time".to_owned()),
        };
        pass.chunk.cancel(true);
        self.reject_at(code, pass.text, at, path, detail, raw.text().as_bytes());
        self.keep_origin(&context.origin);
    }

    /// The event time of a record.
    fn time(&self, table: usize, row: Row<'_, '_, S>) -> Got<i64> {
        let open = &self.tables[table];
        open.run.time(open.time, row)
    }

    /// Reads the records inside a wrapping; a foreign record otherwise.
    fn read_wrapping<'b>(
        &mut self,
        raw: Raw<'b>,
        at: usize,
        context: Context<'b>,
        pass: &mut Pass<'_, 'b, S>,
    ) {
        let unwrapped = match raw {
            Raw::Text(text) if text.starts_with('{') && context.depth < MAX_NESTING => {
                unwrap(text, pass.arena, S::FORMAT)
            }
            _ => Unwrapped::No,
        };
        match unwrapped {
            Unwrapped::Records(wrapping) => {
                let account = wrapping.account;
                for Document { text, time } in wrapping.documents {
                    self.read_document(text, at, time, account, context, pass);
                }
            }
            Unwrapped::Skip(reason) => self.skip(reason),
            Unwrapped::Nothing => {}
            Unwrapped::No => {
                let detail = format!("no record of {}", S::INFO.title);
                self.reject_at(RejectCode::ForeignRecord, pass.text, at, None, detail, raw.text().as_bytes());
                self.keep_origin(&context.origin);
            }
        }
    }

    /// Reads all records of a text that came out of a wrapping.
    fn read_document<'b>(
        &mut self,
        document: &'b str,
        at: usize,
        time: Option<i64>,
        account: Option<&'b str>,
        context: Context<'b>,
        pass: &mut Pass<'_, 'b, S>,
    ) {
        let origin = Origin {
            time: time.or(context.origin.time),
            account: account.or(context.origin.account),
            ..context.origin
        };
        let context = Context { wrapped_at: Some(at), depth: context.depth + 1, origin };
        let outside = std::mem::replace(&mut self.frames, Frames::new(S::FORMAT, usize::MAX));
        let mut cursor = Cursor::new(document, true).with_secrets(self.secrets);
        loop {
            match self.step(&mut cursor, 0, true, context, pass) {
                Some(Step::More) => break,
                Some(Step::Broken(broken)) => {
                    let detail = "no well-formed JSON inside a wrapping".to_owned();
                    let (byte, line) = (self.bytes + at as u64, self.line(pass.text, at));
                    let number = self.next_record();
                    self.reject(broken.code, number, byte, line, None, detail, broken.raw);
                    self.keep_origin(&context.origin);
                }
                _ => {}
            }
        }
        self.frames = outside;
    }

    /// Rejects a stretch that ends at a place of the buffer.
    fn reject_broken(&mut self, broken: Broken, end: usize, text: &Readable<'_>) {
        let detail = match broken.code {
            RejectCode::RecordTooLarge => format!("more than {} bytes", self.options.max_record_bytes),
            RejectCode::Truncated => "the input ends inside the record".to_owned(),
            RejectCode::TooDeep => format!("nested deeper than {MAX_DEPTH} levels"),
            _ => "no well-formed JSON".to_owned(),
        };
        let line = self.line(Some(text), end).saturating_sub(broken.lines);
        let number = self.next_record();
        self.reject(broken.code, number, broken.byte, line, None, detail, broken.raw);
    }
}
