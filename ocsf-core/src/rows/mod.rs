//! Records that are rows of typed columns: fields found by the names of the columns, values without a line of text between.

mod cells;
mod stamp;

use std::ops::Range;

use arrow::array::RecordBatch;
use bumpalo::Bump;

use crate::scan::emit::push_string;
use crate::scan::{Field, Json, Leftover, Value};
use crate::text::NameIndex;

use cells::{Cells, Kind};

/// The rows of a batch as records of a source.
#[derive(Debug)]
pub(crate) struct Rows<'b> {
    /// Columns that are fields of the source; each field once.
    known: Vec<(Field, Column<'b>)>,
    unknown: Vec<Column<'b>>,
    /// Which of them each column of the batch is, in order.
    order: Vec<Place>,
    len: usize,
}

#[derive(Debug)]
struct Column<'b> {
    name: &'b str,
    cells: Cells<'b>,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Known(usize),
    Unknown(usize),
}

impl<'b> Rows<'b> {
    /// Finds the fields among the columns; a name that comes again is no field.
    pub(crate) fn new(batch: &'b RecordBatch, names: &NameIndex) -> Self {
        let mut rows =
            Self { known: Vec::new(), unknown: Vec::new(), order: Vec::new(), len: batch.num_rows() };
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            let column = Column { name: field.name(), cells: Cells::of(array) };
            let field = names.get(column.name);
            let field = field.filter(|field| rows.known.iter().all(|(known, _)| known != field));
            if let Some(field) = field {
                rows.order.push(Place::Known(rows.known.len()));
                rows.known.push((field, column));
            } else {
                rows.order.push(Place::Unknown(rows.unknown.len()));
                rows.unknown.push(column);
            }
        }
        rows
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Names of the columns that are no fields.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = &'b str> {
        self.unknown.iter().map(|column| column.name)
    }

    /// Puts the fields of some rows into `values`, row after row with `width` places each, column by column; null and `-`
    /// are no value. Adds the length of what each row holds to `lens`.
    pub(crate) fn fill(
        &self,
        range: &Range<usize>,
        width: usize,
        scribe: &mut Scribe<'b>,
        values: &mut [Value<'b>],
        lens: &mut [usize],
    ) {
        for (field, column) in &self.known {
            for ((row, values), len) in range.clone().zip(values.chunks_exact_mut(width)).zip(lens.iter_mut())
            {
                let value = scribe.value(&column.cells, row);
                *len += len_of(value);
                if let Some(slot) = values.get_mut(field.index()) {
                    *slot = value;
                }
            }
        }
    }

    /// Adds what stands in the other columns of a row to `rest`. Returns its length.
    pub(crate) fn rest(&self, row: usize, scribe: &mut Scribe<'b>, rest: &mut Vec<Leftover<'b>>) -> usize {
        let mut len = 0;
        for column in &self.unknown {
            let value = scribe.value(&column.cells, row);
            len += len_of(value);
            if value != Value::Absent {
                rest.push(Leftover { parent: "", key: column.name, value });
            }
        }
        len
    }

    /// The row as a JSON object, nulls and all, in the order of the columns.
    pub(crate) fn json(&self, row: usize) -> String {
        let mut out = String::from("{");
        for place in &self.order {
            let column = match place {
                Place::Known(at) => self.known.get(*at).map(|(_, column)| column),
                Place::Unknown(at) => self.unknown.get(*at),
            };
            let Some(column) = column else { continue };
            out.push_str(if out.len() > 1 { "," } else { "" });
            push_string(column.name, &mut out);
            out.push(':');
            column.cells.push_json(row, &mut out);
        }
        out.push('}');
        out
    }
}

/// Writes texts that no array holds into the arena.
#[derive(Debug)]
pub(crate) struct Scribe<'b> {
    arena: &'b Bump,
    text: String,
    /// Equal numbers mostly come together: the last one, and its text.
    last: (i64, &'b str),
}

impl<'b> Scribe<'b> {
    pub(crate) fn new(arena: &'b Bump) -> Self {
        Self { arena, text: String::new(), last: (0, "0") }
    }

    fn value(&mut self, cells: &Cells<'b>, row: usize) -> Value<'b> {
        if let Some(text) = cells.held(row) {
            return if text == "-" { Value::Absent } else { Value::Str(text) };
        }
        let int = cells.int(row);
        if int == Some(self.last.0) {
            return Value::Number(self.last.1);
        }
        self.text.clear();
        let kind = cells.write(row, &mut self.text);
        let text = &*self.arena.alloc_str(&self.text);
        if let Some(int) = int {
            self.last = (int, text);
        }
        match kind {
            Kind::Null => Value::Absent,
            Kind::Text => Value::Str(text),
            Kind::Number => Value::Number(text),
            Kind::Truth => Value::Bool(text == "true"),
            // A member may be secret: no one looked.
            Kind::Json => Value::Json(Json { raw: text, blanks: false, secret: true }),
        }
    }
}

/// The length of a value in a line of text, with the blank behind it.
fn len_of(value: Value<'_>) -> usize {
    1 + match value {
        Value::Str(text) | Value::Number(text) => text.len(),
        Value::Json(json) => json.raw.len(),
        Value::Bool(true) | Value::Null => 4,
        Value::Bool(false) => 5,
        Value::Absent => 1,
    }
}

#[cfg(test)]
mod tests;
