//! Where records begin and end, without parsing them twice: the reader of a record says where it ends.

mod json;
mod kept;
mod lines;
mod recover;

pub(crate) use json::JsonFrames;
pub(crate) use kept::Kept;
pub(crate) use lines::LineFrames;

use std::ops::Range;

use crate::reject::RejectCode;
use crate::scan::{Cursor, Field, ScanError};

/// How records lie in an object.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Format {
    /// JSON values: one a line, glued together, in an array, in a member of an envelope such as `{"Records":[...]}`,
    /// or behind a time stamp and a blank on each line as CloudWatch Logs exports have it.
    Json(Envelope),
    /// Lines of fields, bare or behind a time stamp and a blank, or in the messages of JSON wrappings. Blank lines and
    /// lines that begin with `#` are no records. `-` as a field means that there is no value. JSON objects with the same
    /// fields are records as well; their names may be written as in a header.
    Lines(Lines),
}

/// The envelopes that a JSON source comes in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Envelope {
    /// Members whose array elements are the records.
    pub arrays: &'static [&'static str],
    /// Members that may stand before such an array. A first member of any other name means that the object is a record.
    pub beside: &'static [&'static str],
}

/// How lines are cut into records and fields.
///
/// ```
/// use ocsf_core::{Form, Lines, fields};
///
/// fields! { FIELDS: VERSION = "version", TIME = "query_timestamp", NAME = "query_name", EDNS = "edns_client_subnet" }
/// const LINES: Lines = Lines::new(&[Form::new(FIELDS, |line| line.starts_with("1.0 ")).at_least(3)]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Lines {
    pub(crate) forms: &'static [Form],
    pub(crate) header: bool,
    pub(crate) begins: Option<fn(&str) -> bool>,
    pub(crate) escapes: bool,
}

impl Lines {
    /// Lines of these forms. A line is of the first form that says so; its number is its
    /// [`Layout`](crate::Layout).
    pub const fn new(forms: &'static [Form]) -> Self {
        Self { forms, header: false, begins: None, escapes: false }
    }

    /// A line that names fields of the source, more than other words, gives the columns of the lines below it: in any
    /// order, some or all of them. Names that are no fields are counted as `drift`, once an object, and their values left
    /// over. Without such a line, the columns are those that the user gives, else those of the forms. The first of named
    /// columns holds no ISO 8601 time: one that stands there was put before the line.
    pub const fn with_header(mut self) -> Self {
        self.header = true;
        self
    }

    /// Quoted fields may hold line breaks. A line that ends inside quotes goes on up to the line where they close,
    /// unless a line between `begins` a record, and over 4 lines or 64 KiB at most; else it stands alone.
    pub const fn with_line_breaks(mut self, begins: fn(&str) -> bool) -> Self {
        self.begins = Some(begins);
        self
    }

    /// Bytes that are no UTF-8 are read as `\xHH`, which is how the service writes other bytes that it must not write as
    /// they are. Each line with some is noted as `invalid-utf8`, and
    /// `raw_data` and rejects have it as it was read. By default such a line is a reject
    /// ([`RejectCode::InvalidUtf8`](crate::RejectCode::InvalidUtf8)).
    pub const fn with_escapes(mut self) -> Self {
        self.escapes = true;
        self
    }
}

/// One list of columns that lines may have.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    pub(crate) columns: &'static [Field],
    pub(crate) at_least: usize,
    pub(crate) quotes: bool,
    pub(crate) matches: fn(&str) -> bool,
}

impl Form {
    /// Lines of these columns, of which `matches` is true: it should look at the beginning only, whatever follows.
    ///
    /// A line of fewer fields is a reject ([`RejectCode::FieldCount`]). Fields behind the last column are left over as
    /// `field_<n>`, counted from 1; the first line of an object that has them is noted as `drift`.
    pub const fn new(columns: &'static [Field], matches: fn(&str) -> bool) -> Self {
        Self { columns, at_least: columns.len(), quotes: false, matches }
    }

    /// Lines may end after this many fields. Default: all columns.
    pub const fn at_least(mut self, fields: usize) -> Self {
        self.at_least = fields;
        self
    }

    /// Fields may stand in double quotes, and then hold blanks. `\"` does not end such a field; it and `\xHH` stay as they
    /// are written. By default quotes are text like any other.
    pub const fn quoted(mut self) -> Self {
        self.quotes = true;
        self
    }
}

/// What a framer has found.
#[derive(Debug)]
pub(crate) enum Step {
    /// A JSON value that may be a record begins at the cursor.
    Record,
    /// A record is the text in this range, the cursor behind it.
    Line(Range<usize>),
    /// Nothing more can be said before more text comes; the cursor stands where that text must join.
    More,
    /// A record that cannot be read ended at the cursor.
    Broken(Broken),
    /// Between JSON values stands something that is none: the place of a line, when lines may stand there.
    NoJson,
}

/// A stretch of text that is no record.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) code: RejectCode,
    /// Distance of its first byte from the start of the object.
    pub(crate) byte: u64,
    pub(crate) raw: Kept,
    /// Line breaks in it.
    pub(crate) lines: u64,
}

impl Broken {
    pub(crate) fn new(code: RejectCode, byte: u64, max_record_bytes: usize) -> Self {
        Self { code, byte, raw: Kept::up_to(max_record_bytes), lines: 0 }
    }

    /// Adds the text from the cursor to `end` and moves there.
    pub(crate) fn take(mut self, cursor: &mut Cursor<'_>, end: usize) -> Self {
        let part = cursor.source_to(end);
        self.raw.push(part);
        self.lines += memchr::memchr_iter(b'\n', part).count() as u64;
        cursor.set_at(end);
        self
    }
}

/// The framer of a format.
#[derive(Debug)]
pub(crate) enum Frames {
    Json(JsonFrames),
    Lines(LineFrames),
}

impl Frames {
    pub(crate) fn new(format: Format, max_record_bytes: usize) -> Self {
        match format {
            Format::Json(envelope) => Self::Json(JsonFrames::new(envelope, max_record_bytes)),
            Format::Lines(lines) => Self::Lines(LineFrames::new(lines, max_record_bytes)),
        }
    }

    /// Forgets everything: another object begins.
    pub(crate) fn restart(&mut self) {
        match self {
            Self::Json(frames) => frames.restart(),
            Self::Lines(frames) => frames.restart(),
        }
    }

    /// True when the text so far ends inside an envelope.
    pub(crate) fn is_open(&self) -> bool {
        self.json().is_open()
    }

    /// Moves the cursor to the next record. `base` is the distance of the text's first byte from the object's.
    pub(crate) fn next(&mut self, cursor: &mut Cursor<'_>, base: u64, last: bool) -> Step {
        match self {
            Self::Json(frames) => frames.next(cursor, base, last),
            Self::Lines(frames) => frames.next(cursor, base, last),
        }
    }

    /// Notes that the JSON value from `start` to the cursor was read.
    pub(crate) fn accepted(&mut self, cursor: &Cursor<'_>, start: usize) {
        self.json_mut().accepted(cursor, start);
    }

    /// The JSON value at `start` could not be read. Moves the cursor past it, or back to it when more text
    /// must come.
    pub(crate) fn refused(
        &mut self,
        cursor: &mut Cursor<'_>,
        start: usize,
        error: ScanError,
        base: u64,
        last: bool,
    ) -> Step {
        self.json_mut().refused(cursor, start, error, base, last)
    }

    fn json(&self) -> &JsonFrames {
        match self {
            Self::Json(frames) => frames,
            Self::Lines(frames) => frames.json(),
        }
    }

    fn json_mut(&mut self) -> &mut JsonFrames {
        match self {
            Self::Json(frames) => frames,
            Self::Lines(frames) => frames.json_mut(),
        }
    }
}
