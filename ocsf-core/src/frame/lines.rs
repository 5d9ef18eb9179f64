//! Records in lines of text, with JSON wrappings between them.

use super::{Broken, Envelope, JsonFrames, Lines, Step};
use crate::reject::RejectCode;
use crate::scan::Cursor;
use crate::text::has_open_quote;

/// Lines that one record may span, and their bytes.
const MAX_JOINED: (usize, usize) = (4, 64 << 10);

/// Position between records. All state that outlives a buffer is here.
#[derive(Debug)]
pub(crate) struct LineFrames {
    lines: Lines,
    max_record_bytes: usize,
    /// Follows the JSON values that stand where a line could.
    json: JsonFrames,
    /// A line that is too large, its end not found yet.
    lost: Option<Broken>,
    /// Something was found since the object began.
    started: bool,
}

impl LineFrames {
    pub(crate) fn new(lines: Lines, max_record_bytes: usize) -> Self {
        let envelope = Envelope { arrays: &["Records"], beside: &[] };
        let json = JsonFrames::new(envelope, max_record_bytes).among_lines();
        Self { lines, max_record_bytes, json, lost: None, started: false }
    }

    pub(crate) fn restart(&mut self) {
        *self = Self::new(self.lines, self.max_record_bytes);
    }

    pub(crate) fn json(&self) -> &JsonFrames {
        &self.json
    }

    pub(crate) fn json_mut(&mut self) -> &mut JsonFrames {
        &mut self.json
    }

    /// Moves the cursor to the next JSON value, or past the next line.
    pub(crate) fn next(&mut self, cursor: &mut Cursor<'_>, base: u64, last: bool) -> Step {
        if let Some(lost) = self.lost.take() {
            return self.search_on(lost, cursor, last);
        }
        if !self.started {
            if cursor.text().starts_with('\u{FEFF}') {
                cursor.set_at('\u{FEFF}'.len_utf8());
            }
            self.started = !cursor.text().is_empty();
        }
        loop {
            let is_inside = self.json.is_open() || self.json.is_lost();
            if is_inside || cursor.peek() == Some(b'{') {
                match self.json.next(cursor, base, last) {
                    Step::NoJson => continue,
                    step => return step,
                }
            }
            match cursor.peek() {
                None => return Step::More,
                Some(b',') => cursor.bump(),
                Some(b'[') if !last && self.may_open_array(cursor) => return Step::More,
                Some(b'[') if opens_array(cursor) => self.json.open_array(cursor),
                Some(first) => match self.line(cursor, base, last) {
                    Step::Line(_) if first == b'#' => {}
                    step => return step,
                },
            }
        }
    }

    /// True when the text ends before it tells whether an array begins at the cursor.
    fn may_open_array(&self, cursor: &Cursor<'_>) -> bool {
        let text = cursor.text().as_bytes().get(cursor.at() + 1..).unwrap_or_default();
        text.len() <= self.max_record_bytes && text.iter().all(u8::is_ascii_whitespace)
    }

    /// Passes the line at the cursor.
    fn line(&mut self, cursor: &mut Cursor<'_>, base: u64, last: bool) -> Step {
        let text = cursor.text();
        let start = cursor.at();
        let found = end_of_line(text, start);
        let end = found.unwrap_or(text.len());
        if end - start > self.max_record_bytes {
            return self.search_on(
                Broken::new(RejectCode::RecordTooLarge, base + start as u64, self.max_record_bytes),
                cursor,
                last,
            );
        }
        if found.is_none() && !last {
            return Step::More;
        }
        let Some(end) = self.joined(text, start, end, last) else { return Step::More };
        cursor.set_at(end + 1);
        Step::Line(start..end)
    }

    /// End of the record whose first line ends at `end`; `None` when more text must tell.
    fn joined(&self, text: &str, start: usize, end: usize, last: bool) -> Option<usize> {
        let line = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        let Some(begins) = self.lines.begins.filter(|_| has_open_quote(line(start, end))) else {
            return Some(end);
        };
        let limit = MAX_JOINED.1.min(self.max_record_bytes);
        let mut upto = end;
        for _ in 1..MAX_JOINED.0 {
            let from = upto + 1;
            let found = end_of_line(text, from);
            let next = found.unwrap_or(text.len());
            if next.saturating_sub(start) > limit || (from >= text.len() && last) {
                break;
            }
            if found.is_none() && !last {
                return None;
            }
            if begins(line(from, next)) {
                break;
            }
            if !has_open_quote(line(start, next)) {
                return Some(next);
            }
            upto = next;
        }
        Some(end)
    }

    /// Goes on looking for the end of a line that is too large.
    fn search_on(&mut self, broken: Broken, cursor: &mut Cursor<'_>, last: bool) -> Step {
        let found = end_of_line(cursor.text(), cursor.at());
        let end = found.unwrap_or_else(|| cursor.text().len());
        let broken = broken.take(cursor, end);
        if found.is_none() && !last {
            self.lost = Some(broken);
            return Step::More;
        }
        Step::Broken(broken)
    }
}

/// True when an array of objects begins at the cursor. A line may begin with a bracket for other reasons.
fn opens_array(cursor: &Cursor<'_>) -> bool {
    let text = cursor.text().get(cursor.at()..).unwrap_or_default();
    text.strip_prefix('[').is_some_and(|inside| inside.trim_ascii_start().starts_with('{'))
}

fn end_of_line(text: &str, from: usize) -> Option<usize> {
    memchr::memchr(b'\n', text.as_bytes().get(from..)?).map(|end| from + end)
}
