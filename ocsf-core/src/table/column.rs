//! Columns: a source expression and the leaf it fills, looped over a chunk of records.

use std::fmt;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::array::{Array, AsArray, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{Field as ArrowField, Int32Type};

use super::expr::{By, Enumerated, Get, Got, Output, Uses};
use super::leaf::{Builder, DictBuilder, Leaf, NumberBuilder, TextBuilder};
use super::plan::Planned;
use crate::record::{Chunk, Row, Shape};
use crate::scan::emit::push_compact;
use crate::scan::{Field, Leftover, Secrets, Value};

/// What columns note besides their values.
#[derive(Debug)]
pub(crate) struct Notes<'b> {
    pub(crate) secrets: Secrets,
    /// Code, path and chunk row of values that could not be used.
    pub(crate) issues: Vec<(&'static str, Arc<str>, usize)>,
    /// What list items leave: chunk row, field of the list, number of the item, member.
    pub(crate) list_rest: Vec<ListRest<'b>>,
}

impl Notes<'_> {
    pub(crate) fn new(secrets: Secrets) -> Self {
        Self { secrets, issues: Vec::new(), list_rest: Vec::new() }
    }
}

/// A member of a list item that no column took.
#[derive(Debug)]
pub(crate) struct ListRest<'b> {
    pub(crate) row: usize,
    pub(crate) list: Field,
    pub(crate) item: usize,
    pub(crate) left: Leftover<'b>,
}

/// One column of a table.
pub(crate) trait Column<S: Shape>: fmt::Debug + Send {
    /// Appends the values of some rows of a chunk, adding the fields that each row's value takes to `takes`. Returns how
    /// many have one.
    fn append<'b>(
        &mut self,
        chunk: &Chunk<'b, S>,
        rows: &[usize],
        takes: &mut [u128],
        notes: &mut Notes<'b>,
    ) -> usize;

    /// The fields that the value of a row takes.
    fn takes(&self, row: Row<'_, '_, S>) -> u128;

    /// The leaf that tells whether a row has a value.
    fn leaf(&self) -> &dyn Leaf;

    fn null_out(&mut self, row: usize);

    /// The arrays: the values; for an id also captions, type uids and type names.
    fn finish(&mut self, dictionaries: bool) -> Vec<ArrayRef>;

    fn bytes(&self) -> usize;

    /// The time in a row, for columns of times.
    fn time(&self, _: Row<'_, '_, S>) -> Got<i64> {
        Got::Missing
    }

    /// Learns what the plan says of it.
    fn prepare(&mut self, _: Setup) {}

    /// Calls `each` with every text of a row; when this is a list, of the column `within` its items.
    fn texts(&self, row: usize, _within: &[usize], each: &mut dyn FnMut(&str)) {
        if let Some(text) = self.leaf().text(row) {
            each(text);
        }
    }
}

/// What a plan tells a column.
#[derive(Debug)]
pub(crate) enum Setup {
    /// The enum of an id, and the class when its type uid follows from it.
    Enum { captions: Vec<(i32, String)>, class: Option<(i32, String)> },
    /// The least and the greatest number that an event may have.
    Range(i64, i64),
    /// How the items of a list are assembled and checked, and what their columns are told.
    Items { planned: Planned, setups: Vec<(usize, Setup)> },
}

/// A column of one kind of value.
pub(crate) struct ScalarColumn<O: Output, G> {
    get: G,
    builder: O::Builder,
    range: (i64, i64),
}

impl<O: Output, G> ScalarColumn<O, G> {
    pub(crate) fn new(get: G) -> Self {
        Self { get, builder: O::Builder::default(), range: (i64::MIN, i64::MAX) }
    }

    fn is_sound(&self, value: O::Of<'_>) -> bool {
        O::number(value).is_none_or(|number| (self.range.0..=self.range.1).contains(&number))
    }
}

impl<O: Output, G> fmt::Debug for ScalarColumn<O, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScalarColumn").field("builder", &self.builder).finish_non_exhaustive()
    }
}

impl<S: Shape, O: Output, G: Get<S, O>> Column<S> for ScalarColumn<O, G> {
    fn append<'b>(
        &mut self,
        chunk: &Chunk<'b, S>,
        rows: &[usize],
        takes: &mut [u128],
        notes: &mut Notes<'b>,
    ) -> usize {
        if self.get.is_absent(chunk) {
            self.builder.push_nulls(rows.len());
            return 0;
        }
        let mut count = 0;
        for &row in rows {
            let mut take = 0;
            let bad = match self.get.get(chunk.row(row), &mut take) {
                Got::Value(value) if self.is_sound(value) => {
                    takes[row] |= take;
                    self.builder.push(value);
                    count += 1;
                    continue;
                }
                Got::Missing => None,
                Got::Value(_) => Some(self.get.name()),
                Got::Bad(field) => Some(field.path()),
            };
            self.builder.push_nulls(1);
            notes.issues.extend(bad.map(|path| ("bad-value", path.into(), row)));
        }
        count
    }

    fn takes(&self, row: Row<'_, '_, S>) -> u128 {
        let mut take = 0;
        match self.get.get(row, &mut take) {
            Got::Value(value) if self.is_sound(value) => take,
            _ => 0,
        }
    }

    fn leaf(&self) -> &dyn Leaf {
        &self.builder
    }

    fn null_out(&mut self, row: usize) {
        self.builder.null_out(row);
    }

    fn finish(&mut self, dictionaries: bool) -> Vec<ArrayRef> {
        vec![self.builder.finish(dictionaries)]
    }

    fn bytes(&self) -> usize {
        self.builder.bytes()
    }

    fn prepare(&mut self, setup: Setup) {
        if let Setup::Range(least, greatest) = setup {
            self.range = (least, greatest);
        }
    }

    fn time(&self, row: Row<'_, '_, S>) -> Got<i64> {
        match self.get.get(row, &mut 0) {
            Got::Value(value) => O::time(value).map_or(Got::Missing, Got::Value),
            Got::Missing => Got::Missing,
            Got::Bad(field) => Got::Bad(field),
        }
    }
}

/// An object or array as JSON text.
#[derive(Debug)]
pub(crate) struct JsonColumn {
    field: Field,
    builder: TextBuilder,
}

impl JsonColumn {
    pub(crate) fn new(field: Field) -> Self {
        Self { field, builder: TextBuilder::default() }
    }
}

impl<S: Shape> Column<S> for JsonColumn {
    fn append<'b>(
        &mut self,
        chunk: &Chunk<'b, S>,
        rows: &[usize],
        takes: &mut [u128],
        notes: &mut Notes<'b>,
    ) -> usize {
        if chunk.lacks(self.field.bit()) {
            self.builder.push_nulls(rows.len());
            return 0;
        }
        let mut count = 0;
        for &row in rows {
            let json = chunk.fields(row).json(self.field);
            if json.is_some() {
                takes[row] |= self.field.bit();
                count += 1;
            }
            self.builder.push_with(|text| json.map(|json| push_compact(json, notes.secrets, text)).is_some());
        }
        count
    }

    fn takes(&self, row: Row<'_, '_, S>) -> u128 {
        if row.json(self.field).is_some() { self.field.bit() } else { 0 }
    }

    fn leaf(&self) -> &dyn Leaf {
        &self.builder
    }

    fn null_out(&mut self, row: usize) {
        self.builder.null_out(row);
    }

    fn finish(&mut self, dictionaries: bool) -> Vec<ArrayRef> {
        vec![self.builder.finish(dictionaries)]
    }

    fn bytes(&self) -> usize {
        self.builder.bytes()
    }
}

/// An id and its caption.
pub(crate) struct IdColumn<F> {
    by: By<F>,
    ids: NumberBuilder<Int32Type>,
    captions: DictBuilder,
    known: Vec<(i32, String)>,
    /// The numbers of the captions of `known`; -1 where none was needed since the batch began.
    codes: Vec<i32>,
    /// The id at hand, and its place in `known`.
    last: Option<(i32, usize)>,
    class: Option<Class>,
}

/// The class whose activity the id is.
#[derive(Debug)]
struct Class {
    uid: i32,
    /// `Class: Activity` for each known id, in the order of the ids.
    type_names: Vec<String>,
}

impl<F> IdColumn<F> {
    pub(crate) fn new(by: By<F>) -> Self {
        Self {
            by,
            ids: NumberBuilder::default(),
            captions: DictBuilder::default(),
            known: Vec::new(),
            codes: Vec::new(),
            last: None,
            class: None,
        }
    }

    fn known(&self, id: i32) -> Option<usize> {
        self.known.binary_search_by_key(&id, |(id, _)| *id).ok()
    }

    fn push_caption(&mut self, id: i32) {
        let at = match self.last {
            Some((last, at)) if last == id => at,
            _ => match self.known(id) {
                Some(at) => at,
                None => return self.captions.push_nulls(1),
            },
        };
        self.last = Some((id, at));
        if self.codes[at] < 0 {
            self.codes[at] = self.captions.code(&self.known[at].1);
        }
        self.captions.push_code(self.codes[at]);
    }
}

impl<F> fmt::Debug for IdColumn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdColumn").field("ids", &self.ids).finish_non_exhaustive()
    }
}

const OTHER: i32 = 99;

impl<S, F> Column<S> for IdColumn<F>
where
    S: Shape,
    F: for<'r, 'b> Fn(Row<'r, 'b, S>) -> Enumerated<'b> + Send + Sync + 'static,
{
    fn append<'b>(
        &mut self,
        chunk: &Chunk<'b, S>,
        rows: &[usize],
        takes: &mut [u128],
        _: &mut Notes<'b>,
    ) -> usize {
        if self.by.0.is_absent(chunk) {
            self.ids.push_nulls(rows.len());
            self.captions.push_nulls(rows.len());
            return 0;
        }
        let mask = self.by.0.mask();
        let mut count = 0;
        for &row in rows {
            let (id, caption) = match (self.by.1)(chunk.row(row)) {
                Enumerated::Id(id) => (id, None),
                Enumerated::Other(word) => (OTHER, Some(word)),
                Enumerated::Missing => {
                    self.ids.push_nulls(1);
                    self.captions.push_nulls(1);
                    continue;
                }
            };
            takes[row] |= mask;
            count += 1;
            self.ids.push_number(id);
            match caption {
                Some(word) => self.captions.push_text(word),
                None => self.push_caption(id),
            }
        }
        count
    }

    fn takes(&self, row: Row<'_, '_, S>) -> u128 {
        if (self.by.1)(row) == Enumerated::Missing { 0 } else { self.by.0.mask() }
    }

    fn leaf(&self) -> &dyn Leaf {
        &self.ids
    }

    fn null_out(&mut self, row: usize) {
        self.ids.null_out(row);
        self.captions.null_out(row);
    }

    fn finish(&mut self, dictionaries: bool) -> Vec<ArrayRef> {
        let mut arrays = Vec::with_capacity(4);
        if let Some(class) = &self.class {
            let mut uids = NumberBuilder::<arrow::datatypes::Int64Type>::default();
            let mut names = DictBuilder::default();
            let codes: Vec<i32> = class.type_names.iter().map(|name| names.code(name)).collect();
            for row in 0..self.ids.len() {
                let id = self.ids.get(row).unwrap_or_default();
                uids.push_number(i64::from(class.uid) * 100 + i64::from(id));
                match self.known(id) {
                    Some(at) => names.push_code(codes[at]),
                    None => names.push_nulls(1),
                }
            }
            arrays.extend([uids.finish(dictionaries), names.finish(dictionaries)]);
        }
        self.codes.fill(-1);
        arrays.splice(0..0, [self.ids.finish(dictionaries), self.captions.finish(dictionaries)]);
        arrays
    }

    fn bytes(&self) -> usize {
        self.ids.bytes() + self.captions.bytes()
    }

    fn prepare(&mut self, setup: Setup) {
        if let Setup::Enum { mut captions, class } = setup {
            captions.sort_unstable();
            self.class = class.map(|(uid, name)| Class {
                uid,
                type_names: captions.iter().map(|(_, caption)| format!("{name}: {caption}")).collect(),
            });
            self.codes = vec![-1; captions.len()];
            self.known = captions;
        }
    }
}

/// A list of texts.
pub(crate) struct TextsColumn<F> {
    uses: Uses,
    by: F,
    values: DictBuilder,
    /// Number of values up to each row; its leaf tells which rows have a list.
    ends: NumberBuilder<Int32Type>,
}

impl<F> TextsColumn<F> {
    pub(crate) fn new(uses: Uses, by: F) -> Self {
        Self { uses, by, values: DictBuilder::default(), ends: NumberBuilder::default() }
    }
}

impl<F> fmt::Debug for TextsColumn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextsColumn").field("values", &self.values).finish_non_exhaustive()
    }
}

impl<S, F> Column<S> for TextsColumn<F>
where
    S: Shape,
    F: for<'r, 'b> Fn(Row<'r, 'b, S>, &mut Vec<&'b str>) + Send + Sync + 'static,
{
    fn append<'b>(
        &mut self,
        chunk: &Chunk<'b, S>,
        rows: &[usize],
        takes: &mut [u128],
        _: &mut Notes<'b>,
    ) -> usize {
        if self.uses.is_absent(chunk) {
            let end = self.values.len() as i32;
            self.ends.push_nulls_at(end, rows.len());
            return 0;
        }
        let mut texts = Vec::new();
        let mut count = 0;
        for &row in rows {
            texts.clear();
            (self.by)(chunk.row(row), &mut texts);
            for text in &texts {
                self.values.push_text(text);
            }
            let end = self.values.len() as i32;
            if texts.is_empty() {
                self.ends.push_nulls_at(end, 1);
            } else {
                self.ends.push_number(end);
                takes[row] |= self.uses.mask();
                count += 1;
            }
        }
        count
    }

    fn takes(&self, row: Row<'_, '_, S>) -> u128 {
        let mut texts = Vec::new();
        (self.by)(row, &mut texts);
        if texts.is_empty() { 0 } else { self.uses.mask() }
    }

    fn leaf(&self) -> &dyn Leaf {
        &self.ends
    }

    fn null_out(&mut self, row: usize) {
        self.ends.null_out(row);
    }

    fn finish(&mut self, dictionaries: bool) -> Vec<ArrayRef> {
        let ends = self.ends.finish(dictionaries);
        vec![list_of(self.values.finish(dictionaries), &ends)]
    }

    fn bytes(&self) -> usize {
        self.values.bytes() + self.ends.bytes()
    }

    fn texts(&self, row: usize, _: &[usize], each: &mut dyn FnMut(&str)) {
        if !self.ends.is_valid(row) {
            return;
        }
        let start = row.checked_sub(1).map_or(0, |before| self.ends.raw(before));
        for at in start as usize..self.ends.raw(row) as usize {
            self.values.text(at).into_iter().for_each(&mut *each);
        }
    }
}

/// A list array of `values`, where row `i` ends at `ends[i]`. Null rows must have an end as well.
pub(crate) fn list_of(values: ArrayRef, ends: &ArrayRef) -> ArrayRef {
    let ends = ends.as_primitive::<Int32Type>();
    let mut offsets = Vec::with_capacity(ends.len() + 1);
    offsets.push(0);
    offsets.extend_from_slice(ends.values());
    let field = Arc::new(ArrowField::new("element", values.data_type().clone(), true));
    let nulls: Option<NullBuffer> = ends.nulls().cloned();
    Arc::new(ListArray::new(field, OffsetBuffer::new(offsets.into()), values, nulls))
}

/// A field as a member of the object that it lies in.
pub(crate) fn split_path<'b>(path: &'static str, value: Value<'b>) -> Leftover<'b> {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    Leftover { parent, key, value }
}
