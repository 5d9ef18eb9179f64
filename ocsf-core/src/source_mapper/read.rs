//! Reading records: framed, opened when they are wrappings, routed to their tables.

use bumpalo::Bump;

use super::readable::Readable;
use super::{CHUNK_BYTES, CHUNK_ROWS, MAX_NESTING, SourceMapper};
use crate::frame::{Format, JsonFrames, Step};
use crate::record::{Chunk, Route, Source};
use crate::reject::RejectCode;
use crate::scan::{Cursor, ScanError};
use crate::table::expr::Got;
use crate::time::is_plausible;
use crate::unwrap::{Unwrapped, unwrap};

/// A row of a chunk besides its fields.
#[derive(Debug)]
pub(super) struct Head<'b> {
    pub(super) table: usize,
    pub(super) raw: &'b str,
    /// Number within the object.
    pub(super) record: u64,
    /// Place in the buffer of the record, or of the wrapping that it came in.
    pub(super) at: usize,
    pub(super) time: i64,
    pub(super) repeated: u32,
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
    pub(super) fn decode_chunk(
        &mut self,
        text: &Readable<'_>,
        from: usize,
        last: bool,
        arena: &Bump,
    ) -> (usize, bool) {
        let mut chunk = Chunk::<S>::new(arena);
        let mut heads: Vec<Head<'_>> = Vec::new();
        let context = Context { arena, wrapped_at: None, depth: 0 };
        let source = text.original.get(..text.text().len()).unwrap_or_default();
        let mut cursor = Cursor::new(text.text(), last).with_source(source).with_secrets(self.secrets);
        cursor.set_at(from);
        let mut more = true;
        while more && chunk.len() < CHUNK_ROWS && cursor.at() - from < CHUNK_BYTES {
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
                    let line = if broken.byte < self.bytes { self.lost_line } else { self.line(text, at) };
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
        if let Some(byte) = self.frames.lost_at().and_then(|byte| byte.checked_sub(self.bytes)) {
            self.lost_line = self.line(text, byte as usize);
        }
        let at = cursor.at();
        if !more && last && self.frames.is_open() {
            let position = self.position(text, self.records, at.min(text.original.len()));
            self.out.issues.add("truncated-envelope", "", position);
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
        if context.wrapped_at.is_none() && raw.len() > self.options.max_record_bytes {
            // Refused as if its end were not in sight yet, as it would be with a smaller buffer.
            chunk.cancel(false);
            return Err(ScanError::Incomplete);
        }
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
        let unwrapped =
            if context.depth < MAX_NESTING { unwrap(raw, context.arena, S::FORMAT) } else { Unwrapped::No };
        match unwrapped {
            Unwrapped::Records(inner) => {
                for document in inner {
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
}
