//! As a map: dotted keys, `[]` behind lists; values as text; null, empty text, `{}` and `[]` left out. Several values of
//! one key are joined with commas; when one of them holds a comma, or is a list of objects, they are JSON text. An object
//! whose keys would take many times the bytes of the whole record is JSON text too.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, MapArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Int32Type};
use bumpalo::Bump;
use bumpalo::collections::{String as Text, Vec as List};

use super::super::map_type;
use super::Rest;
use crate::scan::emit::{REDACTED, push_json, push_string};
use crate::scan::keys::Keys;
use crate::scan::{Json, Value, items, members};
use crate::table::leaf::{DictBuilder, Leaf, NumberBuilder, TextBuilder};

/// Keys of a row may take this many bytes, and [`KEYS_PER_RECORD`] times those of its record.
pub(super) const MIN_KEYS: usize = 64 << 10;

/// Far more than in any log, and a bound: a member costs its record few bytes, and a key as many as all names above it have.
pub(super) const KEYS_PER_RECORD: usize = 8;

/// The shortest member: `"":0,`.
const MIN_MEMBER: usize = 5;

/// The `unmapped` column as a map.
#[derive(Debug, Default)]
pub(crate) struct MapBuilder {
    keys: DictBuilder,
    values: TextBuilder,
    ends: NumberBuilder<Int32Type>,
    names: Keys,
}

impl MapBuilder {
    /// Appends the entries of a row.
    pub(crate) fn append(&mut self, rest: &Rest<'_, '_>) {
        let first = self.values.len();
        let mut row = Entries::of(rest, &mut self.names);
        for left in rest.direct() {
            let key = join(left.parent, left.key, rest.arena);
            row.flatten(key, left.key, left.value);
        }
        for left in rest.lists {
            let inner = join(left.left.parent, left.left.key, rest.arena);
            let dot = if inner.is_empty() { "" } else { "." };
            let key = concat(&[left.list.path(), "[]", dot, inner], rest.arena);
            row.flatten(key, left.left.key, left.left.value);
        }
        for entry in &row.list {
            self.keys.push_text(entry.key);
            self.values.push_with(|text| {
                entry.push(text);
                true
            });
        }
        self.names.clear();
        let end = self.values.len() as i32;
        if self.values.len() == first {
            self.ends.push_nulls_at(end, 1);
        } else {
            self.ends.push_number(end);
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.keys.bytes() + self.values.bytes() + self.ends.bytes()
    }

    pub(crate) fn finish(&mut self, dictionaries: bool) -> ArrayRef {
        let DataType::Map(entry, _) = map_type(dictionaries) else { unreachable!("a map") };
        let DataType::Struct(fields) = entry.data_type() else { unreachable!("of structs") };
        let arrays = vec![self.keys.finish(dictionaries), self.values.finish(dictionaries)];
        let entries = StructArray::new(fields.clone(), arrays, None);
        let ends = self.ends.finish(dictionaries);
        let ends = ends.as_primitive::<Int32Type>();
        let mut offsets = Vec::with_capacity(ends.values().len() + 1);
        offsets.push(0);
        offsets.extend_from_slice(ends.values());
        let nulls = ends.nulls().cloned();
        Arc::new(MapArray::new(Arc::clone(&entry), OffsetBuffer::new(offsets.into()), entries, nulls, false))
    }
}

/// The entries of a row.
struct Entries<'e, 'r, 'b> {
    rest: &'e Rest<'r, 'b>,
    list: List<'b, Entry<'b>>,
    names: &'e mut Keys,
    /// Bytes that further keys of the row may take.
    room: usize,
}

/// A key and its values.
#[derive(Debug)]
struct Entry<'b> {
    key: &'b str,
    value: Piece<'b>,
    more: List<'b, Piece<'b>>,
}

/// One value of a key: plain text, or JSON text.
#[derive(Debug)]
struct Piece<'b> {
    text: &'b str,
    is_json: bool,
}

impl<'e, 'r, 'b> Entries<'e, 'r, 'b> {
    fn of(rest: &'e Rest<'r, 'b>, names: &'e mut Keys) -> Self {
        let room = MIN_KEYS.saturating_add(rest.record_bytes.saturating_mul(KEYS_PER_RECORD));
        Self { rest, list: List::new_in(rest.arena), names, room }
    }

    /// Adds the scalars of a value under dotted keys. The stack is on the heap: input decides its depth.
    fn flatten(&mut self, key: &'b str, name: &str, value: Value<'b>) {
        let Rest { secrets, arena, .. } = *self.rest;
        let mut todo = List::new_in(arena);
        todo.push((key, secrets.contains(name), value));
        while let Some((key, secret, value)) = todo.pop() {
            if secret && value.is_some() {
                self.add(key, Piece { text: REDACTED, is_json: false });
                continue;
            }
            match value {
                Value::Json(json) if json.is_array() => self.list(key, json),
                Value::Json(json) if key.len().saturating_mul(json.raw.len() / MIN_MEMBER) > self.room => {
                    self.add_json(key, json);
                }
                Value::Json(json) => {
                    let first = todo.len();
                    todo.extend(
                        members(json, arena)
                            .map(|(name, value)| (join(key, name, arena), secrets.contains(name), value)),
                    );
                    todo[first..].reverse();
                }
                value => {
                    if let Some(text) = value.text() {
                        self.add(key, Piece { text, is_json: false });
                    }
                }
            }
        }
    }

    fn list(&mut self, key: &'b str, json: Json<'b>) {
        if json.is_empty() {
            return;
        }
        let arena = self.rest.arena;
        let plain = |value: Value<'b>| match value {
            Value::Json(_) => false,
            Value::Str(text) => !text.contains(','),
            _ => true,
        };
        let key = concat(&[key, "[]"], arena);
        if items(json, arena).all(plain) {
            for text in items(json, arena).filter_map(Value::text) {
                self.add(key, Piece { text, is_json: false });
            }
        } else {
            self.add_json(key, json);
        }
    }

    fn add_json(&mut self, key: &'b str, json: Json<'b>) {
        let mut text = String::new();
        push_json(Value::Json(json), self.rest.secrets, &mut text);
        let text = self.rest.arena.alloc_str(&text);
        self.add(key, Piece { text, is_json: true });
    }

    /// A key that comes again, as the members of list items do, collects its values.
    fn add(&mut self, key: &'b str, value: Piece<'b>) {
        let Self { list, names, rest, .. } = self;
        if let Some(at) = names.find(key, list.len(), |at| list[at].key) {
            list[at].more.push(value);
        } else {
            self.room = self.room.saturating_sub(key.len());
            self.list.push(Entry { key, value, more: List::new_in(rest.arena) });
        }
    }
}

impl Entry<'_> {
    /// Appends the values joined with commas; as a JSON list when one of several holds a comma or is JSON itself.
    fn push(&self, out: &mut String) {
        let all = || std::iter::once(&self.value).chain(&self.more);
        let as_json = !self.more.is_empty() && all().any(|value| value.is_json || value.text.contains(','));
        out.push_str(if as_json { "[" } else { "" });
        for (i, value) in all().enumerate() {
            out.push_str(if i > 0 { "," } else { "" });
            if as_json && !value.is_json {
                push_string(value.text, out);
            } else {
                out.push_str(value.text);
            }
        }
        out.push_str(if as_json { "]" } else { "" });
    }
}

/// A dotted path.
fn join<'b>(parent: &'b str, key: &'b str, arena: &'b Bump) -> &'b str {
    match (parent, key) {
        ("", only) | (only, "") => only,
        _ => concat(&[parent, ".", key], arena),
    }
}

fn concat<'b>(parts: &[&str], arena: &'b Bump) -> &'b str {
    let len = parts.iter().map(|part| part.len()).sum();
    let mut text = Text::with_capacity_in(len, arena);
    for part in parts {
        text.push_str(part);
    }
    text.into_bump_str()
}
