//! What the lines of a sample look like to a source.

use bumpalo::Bump;

use super::columns::NameIndex;
use super::reader::{Line, LineReader};
use crate::frame::{Format, Frames, Step};
use crate::record::{Layout, Source};
use crate::scan::{Cursor, Field};
use crate::sniff::Sample;
use crate::unwrap::{Unwrapped, unwrap};

/// Lines that tell enough.
const ENOUGH: usize = 64;

/// Wrappings inside wrappings are followed this deep.
const MAX_DEPTH: usize = 3;

/// What the first lines of a sample are to a source, wrappings opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Names of the last header, or of columns, that are fields of the source, in order.
    pub header: Vec<&'static str>,
    /// Records that a header names the columns of.
    pub named: usize,
    /// Records of each form of the source, in the order of its forms.
    pub forms: Vec<usize>,
    /// Lines that are neither header nor record, and JSON that is no wrapping; columns that are no fields.
    pub others: usize,
}

impl Look {
    /// Looks at a sample as `S` reads it, nothing for a source of JSON. It reads up to 64 lines.
    ///
    /// A source's own test of a sample is mostly this:
    ///
    /// ```
    /// use ocsf_core::{Look, Sample, Source, Verdict};
    ///
    /// fn sniff<S: Source>(sample: &Sample<'_>) -> Verdict {
    ///     let look = Look::at::<S>(sample);
    ///     if look.forms.iter().sum::<usize>() > look.others {
    ///         Verdict::Source { confidence: 0.95, reason: "lines of a known form".into() }
    ///     } else {
    ///         Verdict::No
    ///     }
    /// }
    /// ```
    pub fn at<S: Source>(sample: &Sample<'_>) -> Self {
        let Format::Lines(lines) = S::FORMAT else { return Self::default() };
        let mut look = Self { forms: vec![0; lines.forms.len()], ..Self::default() };
        let mut reader = LineReader::new(lines, S::FIELDS, None);
        let text = sample.text();
        look.read(&text, sample.complete, S::FORMAT, &mut reader, 0);
        look
    }

    /// Looks at the columns of an object that comes as such, as `S` names them: those that are fields of it are the
    /// `header`, the other ones are counted in `others`. Nothing for a source of JSON.
    pub fn at_columns<S: Source>(columns: &[&str]) -> Self {
        let Format::Lines(_) = S::FORMAT else { return Self::default() };
        let names = NameIndex::new(S::FIELDS);
        let header: Vec<_> = columns.iter().filter_map(|name| names.get(name)).map(Field::path).collect();
        Self { others: columns.len() - header.len(), header, ..Self::default() }
    }

    fn read(&mut self, text: &str, last: bool, format: Format, reader: &mut LineReader, depth: usize) {
        let mut frames = Frames::new(format, usize::MAX);
        let mut cursor = Cursor::new(text, last);
        while self.seen() < ENOUGH {
            let start = match frames.next(&mut cursor, 0, last) {
                Step::Line(range) => {
                    let line = text.get(range).unwrap_or_default().trim_ascii_end();
                    self.line(line, format, reader, depth);
                    continue;
                }
                Step::Record => cursor.at(),
                Step::Broken(_) => {
                    self.others += 1;
                    continue;
                }
                Step::More | Step::NoJson => return,
            };
            if let Err(error) = cursor.skip_value() {
                if !last {
                    // The sample ends inside a large wrapping, whose messages tell what it holds.
                    self.messages(text.get(start..).unwrap_or_default(), format, reader, depth);
                    return;
                }
                self.others += 1;
                frames.refused(&mut cursor, start, error, 0, last);
                continue;
            }
            match unwrap(cursor.since(start), &Bump::new(), format) {
                Unwrapped::Records(wrapping) if depth < MAX_DEPTH => {
                    for document in wrapping.documents {
                        self.read(document.text, true, format, reader, depth + 1);
                    }
                }
                _ => self.others += 1,
            }
        }
    }

    fn line(&mut self, line: &str, format: Format, reader: &mut LineReader, depth: usize) {
        match reader.read(line) {
            Line::Header { columns, .. } => self.header = columns.known().map(Field::path).collect(),
            Line::Record(found) => match found.layout {
                Layout::Form(form) => self.forms[form] += 1,
                _ => self.named += 1,
            },
            Line::Document { text, .. } if depth < MAX_DEPTH => {
                self.read(text, true, format, reader, depth + 1);
            }
            _ => self.others += 1,
        }
    }

    fn messages(&mut self, text: &str, format: Format, reader: &mut LineReader, depth: usize) {
        for at in memchr::memmem::find_iter(text.as_bytes(), "\"message\"").take(ENOUGH) {
            let mut cursor = Cursor::new(text, true);
            cursor.set_at(at);
            if let Ok(message) = cursor.key().and_then(|_| cursor.string()) {
                self.read(&message.text(), true, format, reader, depth + 1);
            }
        }
    }

    fn seen(&self) -> usize {
        self.named + self.others + self.forms.iter().sum::<usize>()
    }
}
