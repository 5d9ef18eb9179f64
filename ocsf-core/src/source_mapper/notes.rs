//! What is counted and kept of records: numbers, skips, rejects, positions.

use std::sync::Arc;

use super::SourceMapper;
use super::readable::Readable;
use crate::frame::Kept;
use crate::record::{Origin, Source};
use crate::reject::{Position, Reject, RejectCode};

/// Memory that a reject needs besides its bytes, about.
const REJECT_BYTES: usize = 256;

impl<S: Source> SourceMapper<S> {
    pub(super) fn next_record(&mut self) -> u64 {
        let number = self.records;
        self.records += 1;
        self.out.counts.records += 1;
        number
    }

    pub(super) fn skip(&mut self, reason: &'static str) {
        self.next_record();
        *self.out.counts.skipped.entry(reason).or_default() += 1;
    }

    /// Line of a place in the buffer; rows of columns have none.
    pub(super) fn line(&self, text: Option<&Readable<'_>>, at: usize) -> u64 {
        text.map_or(0, |text| self.lines_before + 1 + text.lines_before(at))
    }

    pub(super) fn position(&self, text: Option<&Readable<'_>>, record: u64, at: usize) -> Position {
        Position {
            object: Arc::clone(&self.object.name),
            record,
            byte: self.bytes + at as u64,
            line: self.line(text, at),
        }
    }

    /// Notes columns that are no fields of the source, before the next record.
    pub(super) fn tell_drift(&mut self, names: &[Box<str>], text: Option<&Readable<'_>>, at: usize) {
        let position = self.position(text, self.records, at);
        for name in names {
            self.out.issues.add("drift", name, position.clone());
        }
    }

    pub(super) fn reject_at(
        &mut self,
        code: RejectCode,
        text: Option<&Readable<'_>>,
        at: usize,
        path: Option<&str>,
        detail: String,
        raw: &[u8],
    ) {
        let (byte, line) = (self.bytes + at as u64, self.line(text, at));
        let record = self.next_record();
        self.reject(code, record, byte, line, path, detail, Kept::whole(raw));
    }

    /// Keeps with the last reject what its wrapping said, which its bytes do not have.
    pub(super) fn keep_origin(&mut self, origin: &Origin<'_>) {
        let Some(reject) = self.out.rejects.last_mut() else { return };
        reject.logged = origin.time.filter(|time| self.object.time != Some(*time));
        let of_object = self.object.account.as_deref();
        reject.account = origin.account.filter(|account| of_object != Some(*account)).map(Into::into);
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a reject, private")]
    pub(super) fn reject(
        &mut self,
        code: RejectCode,
        record: u64,
        byte: u64,
        line: u64,
        path: Option<&str>,
        detail: String,
        raw: Kept,
    ) {
        let (raw, raw_len, raw_sha256) = raw.finish();
        let columns = self.columns.clone().filter(|_| !raw.starts_with(b"{"));
        self.out.counts.rejects += 1;
        self.reject_bytes += raw.len() + REJECT_BYTES;
        self.out.rejects.push(Reject {
            code,
            at: Position { object: Arc::clone(&self.object.name), record, byte, line },
            path: path.map(Into::into),
            detail: detail.into(),
            raw,
            raw_len,
            raw_sha256,
            columns,
            logged: None,
            account: None,
        });
    }
}
