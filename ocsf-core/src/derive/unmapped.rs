//! Source values that no column took.
//!
//! As a map: dotted keys, `[]` behind lists; values as text; null, empty text, `{}` and `[]` left out. Several values of
//! one key are joined with commas; when one of them holds a comma, or is a list of objects, they are JSON text. An object
//! whose keys would take many times the bytes of the whole record is JSON text too.

use std::sync::Arc;

use arrow::array::{ArrayRef, MapArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Int32Type};
use bumpalo::Bump;

use super::map_type;
use crate::record::Fields;
use crate::scan::emit::{REDACTED, push_json, push_string};
use crate::scan::keys::Keys;
use crate::scan::{Field, Json, Leftover, Secrets, Value, items, members};
use crate::table::column::{ListRest, split_path};
use crate::table::leaf::{DictBuilder, Leaf, NumberBuilder, TextBuilder};

/// What a row leaves.
#[derive(Debug)]
pub(crate) struct Rest<'r, 'b> {
    pub(crate) names: &'static [Field],
    pub(crate) fields: Fields<'r, 'b>,
    pub(crate) taken: u128,
    pub(crate) members: &'r [Leftover<'b>],
    pub(crate) lists: &'r [ListRest<'b>],
    pub(crate) secrets: Secrets,
    pub(crate) arena: &'b Bump,
    /// Bytes of the record.
    pub(crate) record_bytes: usize,
}

/// Keys of a row may take this many bytes, and [`KEYS_PER_RECORD`] times those of its record.
const MIN_KEYS: usize = 64 << 10;

/// Far more than in any log, and a bound: a member costs its record few bytes, and a key as many as all names above it have.
const KEYS_PER_RECORD: usize = 8;

/// The shortest member: `"":0,`.
const MIN_MEMBER: usize = 5;

impl<'r, 'b> Rest<'r, 'b> {
    /// Fields and members of the record itself that no column took.
    fn direct(&self) -> impl Iterator<Item = Leftover<'b>> + use<'r, 'b> {
        let names = self.names;
        let path = move |at: usize| names.get(at).map_or("", |field| field.path());
        let fields = self.fields.untaken(self.taken);
        fields.map(move |(at, value)| split_path(path(at), value)).chain(self.members.iter().copied())
    }
}

/// The `unmapped` column as a map.
#[derive(Debug, Default)]
pub(crate) struct MapBuilder {
    keys: DictBuilder,
    values: TextBuilder,
    ends: NumberBuilder<Int32Type>,
    entries: Vec<Entry>,
    names: Keys,
    /// Bytes that further keys of the row may take.
    room: usize,
}

impl MapBuilder {
    /// Appends the entries of a row.
    pub(crate) fn append(&mut self, rest: &Rest<'_, '_>) {
        let first = self.ends_at();
        self.room = MIN_KEYS.saturating_add(rest.record_bytes.saturating_mul(KEYS_PER_RECORD));
        for left in rest.direct() {
            let key = join(left.parent, left.key);
            self.flatten(key, left.key, left.value, rest);
        }
        for left in rest.lists {
            let inner = join(left.left.parent, left.left.key);
            let key = format!("{}[]{}{inner}", left.list.path(), if inner.is_empty() { "" } else { "." });
            self.flatten(key, left.left.key, left.left.value, rest);
        }
        self.names.clear();
        for entry in self.entries.drain(..) {
            self.keys.push_text(&entry.key);
            self.values.push_with(|text| {
                entry.push(text);
                true
            });
        }
        self.ends.push_number(self.values.len() as i32);
        if self.values.len() == first {
            self.ends.null_out(self.ends.len() - 1);
        }
    }

    fn ends_at(&self) -> usize {
        self.values.len()
    }

    /// Adds the scalars of a value under dotted keys. The stack is on the heap: input decides its depth.
    fn flatten<'b>(&mut self, key: String, name: &str, value: Value<'b>, rest: &Rest<'_, 'b>) {
        let mut todo = vec![(key, rest.secrets.contains(name), value)];
        while let Some((key, secret, value)) = todo.pop() {
            if secret && value.is_some() {
                self.add(key, Piece { text: REDACTED.to_owned(), is_json: false });
                continue;
            }
            match value {
                Value::Json(json) if json.is_array() => self.list(key, json, rest),
                Value::Json(json) if key.len().saturating_mul(json.raw.len() / MIN_MEMBER) > self.room => {
                    self.add_json(key, json, rest);
                }
                Value::Json(json) => {
                    let mut inner: Vec<_> = members(json, rest.arena)
                        .map(|(name, value)| (join(&key, name), rest.secrets.contains(name), value))
                        .collect();
                    inner.reverse();
                    todo.append(&mut inner);
                }
                value => {
                    if let Some(text) = value.text() {
                        self.add(key, Piece { text: text.to_owned(), is_json: false });
                    }
                }
            }
        }
    }

    fn list<'b>(&mut self, key: String, json: Json<'b>, rest: &Rest<'_, 'b>) {
        if json.is_empty() {
            return;
        }
        let plain = |value: Value<'b>| match value {
            Value::Json(_) => None,
            Value::Str(text) if text.contains(',') => None,
            value => Some(value.text().unwrap_or_default()),
        };
        let texts: Option<Vec<&str>> = items(json, rest.arena).map(plain).collect();
        let key = key + "[]";
        if let Some(texts) = texts {
            for text in texts.into_iter().filter(|text| !text.is_empty()) {
                self.add(key.clone(), Piece { text: text.to_owned(), is_json: false });
            }
        } else {
            self.add_json(key, json, rest);
        }
    }

    fn add_json<'b>(&mut self, key: String, json: Json<'b>, rest: &Rest<'_, 'b>) {
        let mut text = String::new();
        push_json(Value::Json(json), rest.secrets, &mut text);
        self.add(key, Piece { text, is_json: true });
    }

    /// A key that comes again, as the members of list items do, collects its values.
    fn add(&mut self, key: String, value: Piece) {
        let Self { entries, names, .. } = self;
        if let Some(at) = names.find(&key, entries.len(), |at| entries[at].key.as_str()) {
            entries[at].more.push(value);
        } else {
            self.room = self.room.saturating_sub(key.len());
            self.entries.push(Entry { key, value, more: Vec::new() });
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
        let ends = arrow::array::AsArray::as_primitive::<Int32Type>(&ends);
        let mut offsets = Vec::with_capacity(ends.values().len() + 1);
        offsets.push(0);
        offsets.extend_from_slice(ends.values());
        let nulls = arrow::array::Array::nulls(ends).cloned();
        Arc::new(MapArray::new(Arc::clone(&entry), OffsetBuffer::new(offsets.into()), entries, nulls, false))
    }
}

/// A key and its values.
#[derive(Debug)]
struct Entry {
    key: String,
    value: Piece,
    more: Vec<Piece>,
}

/// One value of a key: plain text, or JSON text.
#[derive(Debug)]
struct Piece {
    text: String,
    is_json: bool,
}

impl Entry {
    /// Appends the values joined with commas; as a JSON list when one of several holds a comma or is JSON itself.
    fn push(&self, out: &mut String) {
        let all = || std::iter::once(&self.value).chain(&self.more);
        let as_json = !self.more.is_empty() && all().any(|value| value.is_json || value.text.contains(','));
        out.push_str(if as_json { "[" } else { "" });
        for (i, value) in all().enumerate() {
            out.push_str(if i > 0 { "," } else { "" });
            if as_json && !value.is_json {
                push_string(&value.text, out);
            } else {
                out.push_str(&value.text);
            }
        }
        out.push_str(if as_json { "]" } else { "" });
    }
}

/// The row's values as one JSON object in the shape of the source.
pub(crate) fn push_object(rest: &Rest<'_, '_>, out: &mut String) -> bool {
    let mut tree = Tree::default();
    for left in rest.direct() {
        let mut text = String::new();
        push_hidden(left.key, left.value, rest.secrets, &mut text);
        tree.put(left.parent, left.key, text);
    }
    // Items of one list come together, in order.
    let mut lists = rest.lists.iter().peekable();
    while let Some(first) = lists.peek().map(|left| left.list) {
        let mut elements: Vec<Tree> = Vec::new();
        let mut last = None;
        while let Some(left) = lists.next_if(|left| left.list == first) {
            if last != Some(left.item) || (left.left.parent.is_empty() && left.left.key.is_empty()) {
                elements.push(Tree::default());
            }
            last = Some(left.item);
            let mut text = String::new();
            push_hidden(left.left.key, left.left.value, rest.secrets, &mut text);
            if let Some(element) = elements.last_mut() {
                element.put(left.left.parent, left.left.key, text);
            }
        }
        let texts: Vec<String> = elements.iter().map(Tree::text).collect();
        let path = split_path(first.path(), Value::Absent);
        tree.put(path.parent, path.key, format!("[{}]", texts.join(",")));
    }
    if tree.members.is_empty() {
        return false;
    }
    out.push_str(&tree.text());
    true
}

/// Members in order of arrival; one without a name is the value itself.
#[derive(Debug, Default)]
struct Tree {
    members: Vec<(String, Member)>,
    /// Which members are objects.
    objects: Vec<usize>,
}

#[derive(Debug)]
enum Member {
    Text(String),
    Object(Tree),
}

impl Tree {
    fn put(&mut self, parent: &str, key: &str, text: String) {
        let mut here = self;
        for name in parent.split('.').filter(|name| !name.is_empty()) {
            let known = here.objects.iter().copied().find(|at| here.members[*at].0 == name);
            let at = known.unwrap_or_else(|| {
                here.objects.push(here.members.len());
                here.members.push((name.to_owned(), Member::Object(Self::default())));
                here.members.len() - 1
            });
            let Member::Object(below) = &mut here.members[at].1 else { return };
            here = below;
        }
        here.members.push((key.to_owned(), Member::Text(text)));
    }

    fn text(&self) -> String {
        if let [(name, Member::Text(text))] = self.members.as_slice()
            && name.is_empty()
        {
            return text.clone();
        }
        let mut out = String::from("{");
        for (i, (name, member)) in self.members.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            push_string(name, &mut out);
            out.push(':');
            match member {
                Member::Text(text) => out.push_str(text),
                Member::Object(below) => out.push_str(&below.text()),
            }
        }
        out.push('}');
        out
    }
}

fn push_hidden(key: &str, value: Value<'_>, secrets: Secrets, out: &mut String) {
    if secrets.contains(key) && value.is_some() {
        push_string(REDACTED, out);
    } else {
        push_json(value, secrets, out);
    }
}

fn join(parent: &str, key: &str) -> String {
    if parent.is_empty() {
        key.to_owned()
    } else if key.is_empty() {
        parent.to_owned()
    } else {
        format!("{parent}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, StringArray};

    use super::*;
    use crate::record::Origin;
    use crate::scan::{Cursor, FieldTree};

    crate::fields! { FIELDS: TIME = "eventTime", NAME = "user.name", KIND = "user.kind" }

    fn rest_of(text: &str, check: impl Fn(&Rest<'_, '_>)) {
        let arena = Bump::new();
        let secrets = Secrets::new(&["token"]);
        let tree = FieldTree::new(FIELDS);
        let mut values = vec![Value::Absent; FIELDS.len()];
        let mut left = Vec::new();
        let mut cursor = Cursor::new(text, true).with_secrets(secrets);
        tree.read(&mut cursor, &arena, &mut values, &mut left).unwrap();
        let taken = TIME.bit();
        check(&Rest {
            names: FIELDS,
            fields: Fields::of(&values, &Origin::default(), &arena),
            taken,
            members: &left,
            lists: &[],
            secrets,
            arena: &arena,
            record_bytes: text.len(),
        });
    }

    fn map(text: &str) -> Vec<(String, String)> {
        let mut entries = Vec::new();
        let found = std::cell::RefCell::new(&mut entries);
        rest_of(text, |rest| {
            let mut builder = MapBuilder::default();
            builder.append(rest);
            let array = builder.finish(false);
            let map = array.as_map();
            let (keys, values): (&StringArray, &StringArray) =
                (map.keys().as_string(), map.values().as_string());
            found.borrow_mut().extend(
                keys.iter()
                    .zip(values.iter())
                    .map(|(key, value)| (key.unwrap().to_owned(), value.unwrap().to_owned())),
            );
        });
        entries
    }

    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = map(text);
        let found: Vec<_> = found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn maps_have_dotted_keys_and_text_values() {
        check(
            r#"{"eventTime":"t","user":{"name":"n","kind":null,"x":{"y":1.50}},"ok":true}"#,
            &[("user.name", "n"), ("user.x.y", "1.50"), ("ok", "true")],
        );
        check(r#"{"a":"","b":{},"c":[],"d":null,"e":{"f":{}}}"#, &[]);
    }

    #[test]
    fn lists_are_joined_or_json() {
        check(r#"{"a":["x","y",3,null]}"#, &[("a[]", "x,y,3")]);
        check(r#"{"a":["x,1","y"]}"#, &[("a[]", r#"["x,1","y"]"#)]);
        check(r#"{"a":[{"b": 1},{"b":[2]}]}"#, &[("a[]", r#"[{"b":1},{"b":[2]}]"#)]);
    }

    /// Some megabytes of such records took gigabytes of keys.
    #[test]
    fn keys_are_bounded_by_the_record() {
        let name = "k".repeat(500);
        let chain = format!(r#"{{"v":1,"{name}":"#).repeat(800) + "{\"token\":2}" + &"}".repeat(800);
        let wide: Vec<String> = (0..20_000).map(|n| format!(r#""{n}":1"#)).collect();
        let wide = format!(r#"{{"{name}":{{"{name}":{{{}}}}}}}"#, wide.join(","));
        for text in [chain, wide] {
            let found = map(&text);
            let keys: usize = found.iter().map(|(key, _)| key.len()).sum();
            assert!(
                keys < MIN_KEYS + KEYS_PER_RECORD * text.len(),
                "{keys} bytes of keys for {}",
                text.len()
            );
            let (_, last) = found.last().unwrap();
            assert!(last.starts_with('{') && !last.contains("\"token\":2"));
        }
    }

    #[test]
    fn secrets_are_hidden() {
        check(
            r#"{"token":"x","a":{"Token":{"b":1}},"l":[{"token":"y"}]}"#,
            &[("token", "REDACTED"), ("a.Token", "REDACTED"), ("l[]", r#"[{"token":"REDACTED"}]"#)],
        );
    }

    #[test]
    fn json_keeps_the_shape_and_tells_null_from_empty() {
        rest_of(
            r#"{"eventTime":"t","user":{"kind":null,"x":{"y": 1}},"e":"","l":[ ],"token":"s"}"#,
            |rest| {
                let mut out = String::new();
                assert!(push_object(rest, &mut out));
                assert_eq!(out, r#"{"user":{"kind":null,"x":{"y":1}},"e":"","l":[],"token":"REDACTED"}"#);
            },
        );
        // An empty object that has fields used to vanish.
        for (text, expected) in [
            (r#"{"user":{ },"o":{}}"#, r#"{"user":{},"o":{}}"#),
            (r#"{"user":{},"user":{"kind":"k"}}"#, r#"{"user":{"kind":"k"}}"#),
            (r#"{"user":{"kind":"k"},"user":{}}"#, r#"{"user":{}}"#),
        ] {
            rest_of(text, |rest| {
                let mut out = String::new();
                assert!(push_object(rest, &mut out));
                assert_eq!(out, expected, "{text}");
            });
        }
    }
}
