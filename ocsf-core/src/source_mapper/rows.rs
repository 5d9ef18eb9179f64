//! Decoding batches of columns.

use std::ops::Range;

use arrow::array::RecordBatch;
use bumpalo::Bump;

use super::raw::Raw;
use super::read::{Context, Pass, Read};
use super::{CHUNK_BYTES, CHUNK_ROWS, SourceMapper};
use crate::mapper::NotColumnar;
use crate::record::{Chunk, Layout, Origin, Source};
use crate::reject::RejectCode;
use crate::rows::{Rows, Scribe};
use crate::scan::Value;

impl<S: Source> SourceMapper<S> {
    /// Every row is one record: an event, a reject or a skip. It never holds others, so its number is that of the row.
    pub(super) fn decode_rows(&mut self, batch: &RecordBatch, first_row: u64) -> Result<(), NotColumnar> {
        let Some(lines) = &mut self.lines else { return Err(NotColumnar::new(S::INFO.name)) };
        let (rows, drift) = lines.rows(batch);
        let drift = drift.to_vec();
        self.records = first_row;
        self.tell_drift(&drift, None, 0);
        let first_reject = self.out.rejects.len();
        let mut arena = std::mem::take(&mut self.arena);
        for from in (0..rows.len()).step_by(CHUNK_ROWS) {
            self.decode_chunk_of_rows(&rows, from..rows.len().min(from + CHUNK_ROWS), &arena);
            arena.reset();
            self.close_full_batches();
        }
        self.arena = arena;
        // Some faults show only when the columns of a chunk are filled.
        self.out.rejects[first_reject..].sort_by_key(|reject| reject.at.record);
        Ok(())
    }

    fn decode_chunk_of_rows<'b>(&mut self, rows: &'b Rows<'b>, range: Range<usize>, arena: &'b Bump) {
        let width = S::FIELDS.len();
        let mut scribe = Scribe::new(arena);
        let mut values = vec![Value::Absent; range.len() * width];
        let mut lens = vec![0; range.len()];
        rows.fill(&range, width, &mut scribe, &mut values, &mut lens);

        let origin = Origin { layout: Layout::Named, ..self.origin(arena) };
        let context = Context { wrapped_at: None, depth: 0, origin };
        let chunk = Chunk::with_capacity(arena, range.len());
        let mut pass = Pass { text: None, arena, chunk, heads: Vec::with_capacity(range.len()) };
        let mut bytes = 0;
        for ((number, values), len) in range.clone().zip(values.chunks_exact(width)).zip(lens) {
            let (slots, rest) = pass.chunk.open();
            slots.copy_from_slice(values);
            let len = len + rows.rest(number, &mut scribe, rest);
            let raw = Raw::Row { rows, number, len };
            if len > self.options.max_record_bytes {
                pass.chunk.cancel(false);
                let detail = format!("more than {} bytes", self.options.max_record_bytes);
                self.reject_at(RejectCode::RecordTooLarge, None, 0, None, detail, raw.text().as_bytes());
                continue;
            }
            self.accept(Read { raw, at: 0, repeated: 0, filled: None }, context, &mut pass);
            bytes += len;
            if bytes > CHUNK_BYTES {
                self.fill(&pass);
                pass.clear();
                bytes = 0;
            }
        }
        self.fill(&pass);
    }
}
