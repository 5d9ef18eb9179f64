//! A list of objects: one table inside another.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, StructArray};
use arrow::datatypes::Int32Type;

use super::column::{Column, ListRest, Notes, Setup, list_of, split_path};
use super::expr::Uses;
use super::leaf::{Leaf, NumberBuilder};
use super::plan::Planned;
use super::run::TableRun;
use crate::record::{Chunk, Origin, Row, Shape};
use crate::scan::{Cursor, Field, FieldTree, Json, Leftover, Value, items};

/// Objects, each a row of a table of its own.
pub(crate) struct ListColumn<S: Shape, I: Shape> {
    from: From<S>,
    tree: FieldTree,
    run: TableRun<I>,
    /// Number of items up to each row; its leaf tells which rows have a list.
    ends: NumberBuilder<Int32Type>,
    /// Items that are valid objects.
    keep: Vec<bool>,
}

/// Where the items come from.
pub(crate) enum From<S: Shape> {
    /// The elements of a JSON array. An empty array stays an empty list, or is no list.
    Json { array: Field, or_empty: bool },
    /// An expression.
    By(Uses, ItemsFn<S>),
}

type ItemsFn<S> = Box<dyn for<'r, 'b> Fn(Row<'r, 'b, S>, &mut Items<'b>) + Send + Sync>;

/// Items of a list that an expression composes.
#[derive(Debug, Default)]
pub struct Items<'b> {
    list: Vec<Vec<(Field, Value<'b>)>>,
}

impl<'b> Items<'b> {
    /// Adds an item with these fields.
    pub fn push(&mut self, fields: &[(Field, Value<'b>)]) {
        self.list.push(fields.to_vec());
    }
}

impl<S: Shape, I: Shape> fmt::Debug for ListColumn<S, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListColumn").field("run", &self.run).finish_non_exhaustive()
    }
}

impl<S: Shape, I: Shape> ListColumn<S, I> {
    pub(crate) fn new(from: From<S>, columns: Vec<Box<dyn Column<I>>>) -> Self {
        Self {
            from,
            tree: FieldTree::new(I::FIELDS),
            run: TableRun::new(columns, Planned::default()),
            ends: NumberBuilder::default(),
            keep: Vec::new(),
        }
    }

    /// True when no row of the chunk has a list.
    fn is_absent(&self, chunk: &Chunk<'_, S>) -> bool {
        match &self.from {
            From::Json { array, .. } => chunk.lacks(array.bit()),
            From::By(uses, _) => uses.is_absent(chunk),
        }
    }

    /// The source, for issues.
    fn name(&self) -> &'static str {
        match &self.from {
            From::Json { array, .. } => array.path(),
            From::By(uses, _) => uses.sources().first(),
        }
    }

    /// Reads the elements of one list into the chunk of items, with their row and number into `owners`; those that are no
    /// objects are left over.
    fn read<'b>(
        &self,
        list: Field,
        json: Json<'b>,
        row: usize,
        chunk: &mut Chunk<'b, I>,
        owners: &mut Vec<(usize, usize)>,
        notes: &mut Notes<'b>,
    ) {
        let arena = chunk.arena;
        for (item, element) in items(json, arena).enumerate() {
            if let Value::Json(object) = element
                && !object.is_array()
            {
                let mut cursor = Cursor::new(object.raw, true).with_secrets(notes.secrets);
                let (values, rest) = chunk.open();
                if self.tree.read(&mut cursor, arena, values, rest).is_ok() {
                    chunk.commit(Origin::default(), None);
                    owners.push((row, item));
                    continue;
                }
                chunk.cancel(false);
            }
            let left = Leftover { parent: "", key: "", value: element };
            notes.list_rest.push(ListRest { row, list, item, left });
        }
    }
}

impl<S: Shape, I: Shape> Column<S> for ListColumn<S, I> {
    fn append<'b>(
        &mut self,
        chunk: &Chunk<'b, S>,
        rows: &[usize],
        takes: &mut [u128],
        notes: &mut Notes<'b>,
    ) -> usize {
        if self.is_absent(chunk) {
            let end = self.keep.len() as i32;
            self.ends.push_nulls_at(end, rows.len());
            return 0;
        }
        let mut count = 0;
        let mut inner = Chunk::<I>::with_capacity(chunk.arena, 0);
        let mut owners = Vec::new();
        let base = self.keep.len();
        let first_rest = notes.list_rest.len();
        for &row in rows {
            let first = inner.len();
            let mut is_empty = false;
            match &self.from {
                From::Json { array, or_empty } => match chunk.fields(row).value(*array) {
                    Value::Json(json) if json.is_array() && (*or_empty || !json.is_empty()) => {
                        takes[row] |= array.bit();
                        is_empty = json.is_empty();
                        self.read(*array, json, row, &mut inner, &mut owners, notes);
                    }
                    value if value.is_some() => notes.issues.push(("bad-value", array.path().into(), row)),
                    _ => {}
                },
                From::By(uses, by) => {
                    let mut composed = Items::default();
                    by(chunk.row(row), &mut composed);
                    for item in composed.list {
                        takes[row] |= uses.mask();
                        let (values, _) = inner.open();
                        for (field, value) in item {
                            values[field.index()] = value;
                        }
                        owners.push((row, inner.len() - first));
                        inner.commit(Origin::default(), None);
                    }
                }
            }
            let end = (base + inner.len()) as i32;
            if inner.len() == first && !is_empty {
                self.ends.push_nulls_at(end, 1);
            } else {
                self.ends.push_number(end);
                count += 1;
            }
        }
        let all: Vec<usize> = (0..inner.len()).collect();
        let mut by_item = vec![0; inner.len()];
        // Notes of the items count items where those of the table count rows.
        let mut own = Notes::new(notes.secrets);
        let refused = self.run.append(&inner, &all, &mut by_item, &mut own).refused;
        self.keep.resize(base + inner.len(), true);
        for &item in &refused {
            self.keep[base + item] = false;
            by_item[item] = 0;
            own.issues.push(("item-dropped", self.name().into(), item));
        }
        notes.issues.extend(own.issues.into_iter().map(|(code, path, item)| (code, path, owners[item].0)));
        // What lists inside an item leave stays with those lists, whole.
        for left in &own.list_rest {
            by_item[left.row] &= !left.list.bit();
        }
        let From::Json { array: list, .. } = self.from else { return count };
        for (item, (row, number)) in owners.into_iter().enumerate() {
            let untaken = inner.fields(item).untaken(by_item[item]);
            let untaken = untaken.filter(|(at, _)| by_item[item] & (1 << at) == 0);
            let fields = untaken.map(|(at, value)| split_path(I::FIELDS[at].path(), value));
            let before = notes.list_rest.len();
            for left in fields.chain(inner.rest(item).iter().copied()) {
                notes.list_rest.push(ListRest { row, list, item: number, left });
            }
            if notes.list_rest.len() == before && !self.keep[base + item] {
                let left = Leftover { parent: "", key: "", value: Value::Json(Json::EMPTY) };
                notes.list_rest.push(ListRest { row, list, item: number, left });
            }
        }
        notes.list_rest[first_rest..].sort_by_key(|left| (left.row, left.item));
        count
    }

    fn takes(&self, row: Row<'_, '_, S>) -> u128 {
        match &self.from {
            From::Json { array, or_empty } => match row.value(*array) {
                Value::Json(json) if json.is_array() && (*or_empty || !json.is_empty()) => array.bit(),
                _ => 0,
            },
            From::By(uses, by) => {
                let mut composed = Items::default();
                by(row, &mut composed);
                if composed.list.is_empty() { 0 } else { uses.mask() }
            }
        }
    }

    fn leaf(&self) -> &dyn Leaf {
        &self.ends
    }

    fn null_out(&mut self, row: usize) {
        self.ends.null_out(row);
    }

    fn finish(&mut self, dictionaries: bool) -> Vec<ArrayRef> {
        let keep = std::mem::take(&mut self.keep);
        let (fields, arrays) = self.run.finish(dictionaries);
        let mut items = StructArray::new(fields, arrays, None);
        let ends = self.ends.finish(dictionaries);
        if keep.iter().all(|keep| *keep) {
            return vec![list_of(Arc::new(items), &ends)];
        }
        let mask = BooleanArray::from(keep.clone());
        if let Ok(kept) = arrow::compute::filter(&items, &mask) {
            items = kept.as_struct().clone();
        }
        vec![list_of(Arc::new(items), &without_dropped(&ends, &keep))]
    }

    fn bytes(&self) -> usize {
        self.run.bytes() + self.ends.bytes() + self.keep.len()
    }

    fn prepare(&mut self, setup: Setup) {
        if let Setup::Items { planned, setups } = setup {
            self.run.set_plan(planned, setups);
        }
    }

    fn texts(&self, row: usize, within: &[usize], each: &mut dyn FnMut(&str)) {
        let Some((column, within)) = within.split_first().filter(|_| self.ends.is_valid(row)) else { return };
        let start = row.checked_sub(1).map_or(0, |before| self.ends.raw(before));
        for at in start as usize..self.ends.raw(row) as usize {
            if self.keep[at] {
                self.run.column(*column).texts(at, within, each);
            }
        }
    }
}

/// Ends of lists after the items that are not kept have gone; a list that only then is empty becomes null.
fn without_dropped(ends: &ArrayRef, keep: &[bool]) -> ArrayRef {
    let old = ends.as_primitive::<Int32Type>();
    let mut new = NumberBuilder::<Int32Type>::default();
    let (mut start, mut total) = (0, 0);
    for (row, end) in old.values().iter().enumerate() {
        let before = &keep[start..*end as usize];
        let kept = before.iter().filter(|keep| **keep).count() as i32;
        (start, total) = (*end as usize, total + kept);
        new.push_number(total);
        if (kept == 0 && !before.is_empty()) || arrow::array::Array::is_null(old, row) {
            new.null_out(row);
        }
    }
    new.finish(false)
}
