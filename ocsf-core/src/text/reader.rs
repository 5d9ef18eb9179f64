//! What a line is: a header, a record of some columns, a wrapped document, or nothing known. Also rows that have columns
//! already.

use std::sync::Arc;

use arrow::array::RecordBatch;

use super::columns::{Columns, NameIndex};
use crate::frame::Lines;
use crate::record::Layout;
use crate::rows::Rows;
use crate::scan::{Field, Leftover, Value};
use crate::time::parse_iso_ms;

/// Names that are no fields are told of up to about this number an object.
const MAX_DRIFT: usize = 256;

/// Reads the lines, or the rows, of one object after the other.
#[derive(Debug)]
pub(crate) struct LineReader {
    lines: Lines,
    names: NameIndex,
    forms: Vec<Columns>,
    /// The columns that the user gives.
    given: Option<Columns>,
    /// The columns that the last header of the object names.
    header: Option<Columns>,
    /// Most fields that a line of the object had.
    widest: usize,
    /// Names of columns of the object that are no fields, in order.
    drift: Vec<Box<str>>,
}

/// What a line is.
#[derive(Debug)]
pub(crate) enum Line<'r, 't> {
    /// It names the columns of the lines below it. These names are no fields of the source, and come for the first time.
    Header { columns: &'r Columns, drift: &'r [Box<str>] },
    /// A record.
    Record(Found<'r, 't>),
    /// JSON behind a time stamp.
    Document { text: &'t str, time: i64 },
    /// Nothing known.
    Foreign,
}

/// A record in a line.
#[derive(Debug)]
pub(crate) struct Found<'r, 't> {
    /// Its text, without a time stamp that was put before it.
    pub(crate) text: &'t str,
    pub(crate) columns: &'r Columns,
    pub(crate) layout: Layout,
    /// The time stamp, milliseconds since the epoch.
    pub(crate) time: Option<i64>,
}

impl LineReader {
    pub(crate) fn new(lines: Lines, fields: &[Field], given: Option<Columns>) -> Self {
        let forms = lines.forms.iter().map(Columns::of).collect();
        Self {
            lines,
            names: NameIndex::new(fields),
            forms,
            given,
            header: None,
            widest: 0,
            drift: Vec::new(),
        }
    }

    /// Bytes that are no UTF-8 are read as `\xHH`.
    pub(crate) fn has_escapes(&self) -> bool {
        self.lines.escapes
    }

    /// Forgets the header: another object begins, of which these columns may be known.
    pub(crate) fn restart(&mut self, columns: Option<&str>) {
        self.header = columns.and_then(|names| Columns::parse(names, &self.names));
        self.widest = 0;
        self.drift.clear();
    }

    /// The names of the columns of lines, where they are not those of a form.
    pub(crate) fn named(&self) -> Option<Arc<str>> {
        let columns = self.header.as_ref().or(self.given.as_ref())?;
        Some(columns.names().join(" ").into())
    }

    /// Tells what a line is. A header also counts for the lines after it.
    pub(crate) fn read<'t>(&mut self, line: &'t str) -> Line<'_, 't> {
        if self.lines.header
            && let Some(header) = self.names.header(line)
        {
            let drift = add_news(&mut self.drift, header.unknown());
            return Line::Header { columns: self.header.insert(header), drift };
        }
        // A record may begin with a time stamp of its own, so the line is tried as it is at first.
        if let Some((columns, layout)) = self.columns(line) {
            return Line::Record(Found { text: line, columns, layout, time: None });
        }
        let Some((time, text)) = after_stamp(line) else { return Line::Foreign };
        if text.starts_with(['{', '[']) {
            return Line::Document { text, time };
        }
        match self.columns(text) {
            Some((columns, layout)) => Line::Record(Found { text, columns, layout, time: Some(time) }),
            None => Line::Foreign,
        }
    }

    /// The rows of a batch as records, and the names of columns that are no fields and come for the first time.
    pub(crate) fn rows<'b>(&mut self, batch: &'b RecordBatch) -> (Rows<'b>, &[Box<str>]) {
        let rows = Rows::new(batch, &self.names);
        let drift = add_news(&mut self.drift, rows.unknown());
        (rows, drift)
    }

    /// Finishes a record that came as a JSON object: members whose names are those of fields, written otherwise, are their
    /// values, and `-` is none.
    pub(crate) fn adopt<'b>(&self, values: &mut [Value<'b>], rest: &mut Vec<Leftover<'b>>, first: usize) {
        let mut at = first;
        while let Some(left) = rest.get(at) {
            let field = self.names.get(left.key).filter(|_| left.parent.is_empty());
            match field.and_then(|field| values.get_mut(field.index())) {
                Some(slot) if *slot == Value::Absent => *slot = rest.remove(at).value,
                _ => at += 1,
            }
        }
        drop_dashes(values);
    }

    /// The columns of a record. Those that are named are those of any line but one that begins with a time stamp.
    fn columns(&self, line: &str) -> Option<(&Columns, Layout)> {
        if let Some(named) = self.header.as_ref().or(self.given.as_ref()) {
            return after_stamp(line).is_none().then_some((named, Layout::Named));
        }
        let form = self.lines.forms.iter().position(|form| (form.matches)(line))?;
        Some((self.forms.get(form)?, Layout::Form(form)))
    }

    /// True for the first line of the object that has this many fields, when that is more than its columns name.
    pub(crate) fn is_news(&mut self, fields: usize) -> bool {
        let news = fields > self.widest;
        self.widest = self.widest.max(fields);
        news
    }
}

/// Adds the names that are not known yet, and returns them.
fn add_news<'d, 'n>(known: &'d mut Vec<Box<str>>, names: impl Iterator<Item = &'n str>) -> &'d [Box<str>] {
    let before = known.len();
    for name in names {
        if before < MAX_DRIFT && !known.iter().any(|known| **known == *name) {
            known.push(name.into());
        }
    }
    known.get(before..).unwrap_or_default()
}

/// Time and rest of a line that begins with a time stamp and a blank, as CloudWatch Logs exports have it.
fn after_stamp(line: &str) -> Option<(i64, &str)> {
    let bytes = line.as_bytes();
    if bytes.get(4) != Some(&b'-') || bytes.get(10) != Some(&b'T') {
        return None;
    }
    let (stamp, rest) = line.split_once(' ')?;
    Some((parse_iso_ms(stamp)?, rest.trim_ascii_start()))
}

/// Takes away values that are `-`.
pub(crate) fn drop_dashes(values: &mut [Value<'_>]) {
    for value in values.iter_mut().filter(|value| **value == Value::Str("-")) {
        *value = Value::Absent;
    }
}
