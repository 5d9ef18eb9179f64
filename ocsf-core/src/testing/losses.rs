//! The law that nothing is lost: every value of a record is in its event.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::drive::Note;
use super::tree::{Step, Tree};
use crate::batch::EventBatch;
use crate::event;
use crate::mapper::{Mapper, MappingLine, ObjectInfo, Output, TableInfo};
use crate::options::{MapperOptions, Unmapped};
use crate::scan::emit::REDACTED;
use crate::schema::VERSIONS;
use crate::time::parse_iso_ms;

/// How values may change on their way from a record into its event, beside what is said at [`losses`].
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Law<'a> {
    /// What attributes do to the values that they carry.
    pub transforms: &'a [Transform],
    /// Names of members whose values are written as `REDACTED`, without regard to case.
    pub secrets: &'a [&'a str],
    /// A value `-` says nothing.
    pub dash_is_absent: bool,
}

impl<'a> Law<'a> {
    /// A law with these transforms.
    pub const fn new(transforms: &'a [Transform]) -> Self {
        Self { transforms, secrets: &[], dash_is_absent: false }
    }

    /// The values of these members are hidden.
    pub const fn with_secrets(mut self, secrets: &'a [&'a str]) -> Self {
        self.secrets = secrets;
        self
    }

    /// A value `-` says nothing.
    pub const fn with_dashes(mut self) -> Self {
        self.dash_is_absent = true;
        self
    }

    fn is_secret(&self, name: &str) -> bool {
        self.secrets.iter().any(|secret| secret.eq_ignore_ascii_case(name))
    }
}

/// A documented transform: an attribute carries a value in another form.
#[derive(Debug, Clone, Copy)]
pub struct Transform {
    /// Path of the attribute, as mapping lines have it.
    pub attribute: &'static str,
    /// Whether the event carries `value` there, the text of a source field. The event is that of
    /// [`event::to_json`](crate::event::to_json).
    pub carries: fn(value: &str, event: &serde_json::Value) -> bool,
}

/// A record of an object, to be found by another reader than the mapper.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct RecordPlace<'a> {
    /// The object, decompressed.
    pub input: &'a [u8],
    /// Number of the record within the object, from 0.
    pub record: u64,
    /// First byte of the record, or of the wrapping that it came in.
    pub byte: usize,
    /// Length of the record's own text.
    pub len: usize,
}

impl<'a> RecordPlace<'a> {
    /// The text that stands at the place: the record, unless it came in a wrapping.
    pub fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.input.get(self.byte..self.byte.checked_add(self.len)?)?).ok()
    }
}

/// Checks that [`losses`] finds none, over samples, at every version, for both forms of `unmapped`, with secrets hidden
/// and kept. Returns how many events were looked at.
///
/// `read` finds a record again without the mapper and gives it as a JSON object of its fields: for JSON,
/// [`RecordPlace::text`]; for a line, an object of the names and texts of its fields. An event for which it gives `None`
/// is not looked at.
///
/// # Panics
/// A value is lost; the message names all of its record.
pub fn check_nothing_lost<M: Mapper>(
    make: impl Fn(&MapperOptions) -> M,
    samples: &[&[u8]],
    law: &Law<'_>,
    mut read: impl FnMut(RecordPlace<'_>) -> Option<String>,
) -> usize {
    let mut looked_at = 0;
    for version in VERSIONS {
        for (unmapped, keep_secrets) in
            [(Unmapped::Map, true), (Unmapped::Json, true), (Unmapped::Json, false)]
        {
            let options = MapperOptions {
                version: (*version).to_owned(),
                unmapped,
                keep_secrets,
                ..MapperOptions::default()
            };
            let law = Law { secrets: if keep_secrets { &[] } else { law.secrets }, ..*law };
            let _note = Note(format!("with {options:?}"));
            for (number, sample) in samples.iter().enumerate() {
                let _note = Note(format!("sample {number}"));
                looked_at += check_sample(&mut make(&options), unmapped, sample, &law, &mut read);
            }
        }
    }
    looked_at
}

fn check_sample(
    mapper: &mut impl Mapper,
    unmapped: Unmapped,
    input: &[u8],
    law: &Law<'_>,
    read: &mut impl FnMut(RecordPlace<'_>) -> Option<String>,
) -> usize {
    let mut out = Output::default();
    mapper.begin(ObjectInfo { name: "sample".into(), ..ObjectInfo::default() });
    mapper.decode(input, true);
    mapper.flush(&mut out);
    let rows = |(number, EventBatch { keys, .. }): (usize, &EventBatch)| {
        keys.record.iter().enumerate().map(|(row, record)| (*record, number, row)).collect::<Vec<_>>()
    };
    let mut rows: Vec<_> = out.batches.iter().enumerate().flat_map(rows).collect();
    rows.sort_unstable();
    let lines: Vec<Lines<'_>> = mapper.tables().iter().map(Lines::of).collect();
    let mut looked_at = 0;
    for (number, batch, row) in rows {
        let EventBatch { table, batch, keys } = &out.batches[batch];
        let place = RecordPlace {
            input,
            record: number,
            byte: keys.byte[row] as usize,
            len: keys.bytes[row] as usize,
        };
        let Some(record) = read(place) else { continue };
        let mut text = String::new();
        event::push_json(batch, row, &mut text);
        let lost = lines[*table].losses(&record, &text, unmapped, law);
        assert!(lost.is_empty(), "record {number} loses {}\n{record}\n{text}", lost.join("; "));
        looked_at += 1;
    }
    looked_at
}

/// The values of a record that its event has lost: each with its path.
///
/// `record` is a JSON object of the source's fields, read by serde_json; `event` is the event as
/// [`event::push_json`](crate::event::push_json) writes it, of a mapper with that form of `unmapped`.
///
/// A value is carried when it is in `unmapped` under its path, or when a line of the table [takes](MappingLine::takes)
/// its field and the attribute of the line has it: as the same text; as a number or a truth of that text; as a time in
/// milliseconds of ISO 8601 text or of seconds; as the caption of an id; as an item of a list; inside the JSON text of a
/// payload; in the item of a list of objects that comes from the same element; or as a [`Transform`] of the law says. A
/// member that the law calls a secret must be hidden.
///
/// In an `unmapped` that is a map, null, empty text, `{}` and `[]` may be missing. In one of JSON every value has its
/// own kind and place.
pub fn losses(
    table: &TableInfo,
    record: &str,
    event: &str,
    unmapped: Unmapped,
    law: &Law<'_>,
) -> Vec<String> {
    Lines::of(table).losses(record, event, unmapped, law)
}

/// The lines of a table by the fields that they take; those of list items under the path of their list.
struct Lines<'t> {
    by_field: HashMap<(&'t str, &'t str), Vec<&'t MappingLine>>,
}

impl<'t> Lines<'t> {
    fn of(table: &'t TableInfo) -> Self {
        let mut by_field: HashMap<_, Vec<_>> = HashMap::new();
        for line in &table.mapping {
            let within = line.path.rsplit_once("[].").map_or("", |(list, _)| list);
            for field in &line.takes {
                by_field.entry((within, *field)).or_default().push(line);
            }
        }
        Self { by_field }
    }

    fn losses(&self, record: &str, event: &str, unmapped: Unmapped, law: &Law<'_>) -> Vec<String> {
        let (Some(record), Some(tree), Ok(event)) =
            (Tree::read(record), Tree::read(event), serde_json::from_str(event))
        else {
            return vec!["all of it, since the record or the event is no JSON".to_owned()];
        };
        let find =
            Find { lines: self, law, event: &event, unmapped: tree.member("unmapped"), form: unmapped };
        let mut lost = Vec::new();
        record.leaves(&mut Vec::new(), &mut |way, value| {
            if !find.is_carried(&tree, way, value) {
                lost.push(format!("`{}` {value:?}", path_of(way)));
            }
        });
        lost
    }
}

/// A search for the values of one record.
struct Find<'f> {
    lines: &'f Lines<'f>,
    law: &'f Law<'f>,
    event: &'f serde_json::Value,
    unmapped: Option<&'f Tree>,
    form: Unmapped,
}

impl Find<'_> {
    fn is_carried(&self, event: &Tree, way: &[Step<'_>], value: &Tree) -> bool {
        if self.law.dash_is_absent && value.text() == Some("-") {
            return true;
        }
        let left_over = match self.form {
            Unmapped::None => true,
            Unmapped::Map => value.text().is_none() || self.is_in_map(way, value),
            Unmapped::Json => self.unmapped.is_some_and(|unmapped| self.is_at(unmapped, way, value)),
        };
        left_over || self.is_taken("", event, way, value)
    }

    /// Whether a line carries the value; `object` is the event, or the item of the list `within`.
    fn is_taken(&self, within: &str, object: &Tree, way: &[Step<'_>], value: &Tree) -> bool {
        let mut field = String::new();
        for (at, step) in way.iter().enumerate() {
            let Step::Member(name) = step else { return false };
            let _ = write!(field, "{}{name}", if at > 0 { "." } else { "" });
            let lines = self.lines.by_field.get(&(within, field.as_str())).into_iter().flatten();
            for line in lines {
                let path = line.path.rsplit_once("[].").map_or(line.path.as_str(), |(_, path)| path);
                if self.carries(line, path, object, &way[at + 1..], value) {
                    return true;
                }
            }
        }
        false
    }

    fn carries(
        &self,
        line: &MappingLine,
        path: &str,
        object: &Tree,
        rest: &[Step<'_>],
        value: &Tree,
    ) -> bool {
        let Some(found) = object.at(path) else { return false };
        match (found, rest) {
            (_, []) => {
                let transforms = self.law.transforms.iter().filter(|known| known.attribute == line.path);
                let text = value.text();
                is_plainly(found, path, object, value)
                    || text.is_some_and(|text| transforms.into_iter().any(|t| (t.carries)(text, self.event)))
            }
            (Tree::Text(payload), rest) => {
                Tree::read(payload).is_some_and(|payload| self.is_at(&payload, rest, value))
            }
            (Tree::List(items), [Step::Item(at), rest @ ..]) => {
                // Items that are no valid objects are left out of the list, and the others move up.
                items.iter().take(at + 1).any(|item| self.is_taken(&line.path, item, rest, value))
            }
            _ => false,
        }
    }

    /// Whether the value stands in `tree` in its own place; in a list of which items were taken, in place of any before.
    fn is_at(&self, tree: &Tree, way: &[Step<'_>], value: &Tree) -> bool {
        match (way, tree) {
            ([], tree) => tree == value,
            ([Step::Member(name), rest @ ..], tree) => tree.member(name).is_some_and(|inner| {
                if self.law.is_secret(name) && !is_nothing(rest, value) {
                    return inner.text() == Some(REDACTED);
                }
                self.is_at(inner, rest, value)
            }),
            ([Step::Item(at), rest @ ..], Tree::List(items)) => {
                items.iter().take(at + 1).any(|item| self.is_at(item, rest, value))
            }
            _ => false,
        }
    }

    /// Whether a map has the value under its path, or the JSON text of an object above it has.
    fn is_in_map(&self, way: &[Step<'_>], value: &Tree) -> bool {
        let Some(Tree::Object(entries)) = self.unmapped else { return false };
        (0..=way.len()).any(|at| {
            let Some(Tree::Text(found)) = entries.get(&path_of(&way[..at])) else { return false };
            let is_whole = at == way.len();
            let is_item = matches!(way.get(at.wrapping_sub(1)), Some(Step::Item(_)));
            let text = value.text().unwrap_or_default();
            let json = || Tree::read(found);
            if is_item || path_of(&way[..at]).contains("[]") {
                // The values of a list come together: with commas, or as JSON text.
                (is_whole && (found == text || found.split(',').any(|part| part == text)))
                    || json().is_some_and(|list| list.holds(text))
            } else {
                (is_whole && found == text)
                    || json().is_some_and(|inner| self.is_at(&inner, &way[at..], value))
            }
        })
    }
}

/// Whether an attribute has a value as it is, or as one of its type.
fn is_plainly(found: &Tree, path: &str, object: &Tree, value: &Tree) -> bool {
    let Some(text) = value.text() else { return found == value };
    match found {
        Tree::Number(number) => {
            let is_time = object.at(&format!("{path}_dt")).is_some();
            let ms = |text: &str| parse_iso_ms(text).or_else(|| text.parse::<i64>().ok()?.checked_mul(1_000));
            is_number(number, text)
                || (is_time && number.parse().ok() == ms(text))
                || caption(path, object).is_some_and(|caption| caption == text)
        }
        Tree::Bool(truth) => {
            let words: &[&str] = if *truth { &["true", "yes", "1"] } else { &["false", "no", "0"] };
            words.iter().any(|word| word.eq_ignore_ascii_case(text))
        }
        found => found.holds(text),
    }
}

fn is_number(number: &str, text: &str) -> bool {
    let exact = |text: &str| text.parse::<i128>().ok();
    match (exact(number), exact(text)) {
        (Some(number), Some(text)) => number == text,
        _ => number.parse::<f64>().ok().is_some_and(|number| text.parse() == Ok(number)),
    }
}

/// The caption beside an id.
fn caption<'t>(id: &str, object: &'t Tree) -> Option<&'t str> {
    let name = id.strip_suffix("_id")?;
    object.at(name).or_else(|| object.at(&format!("{name}_name")))?.text()
}

/// Null and what is empty is no secret.
fn is_nothing(rest: &[Step<'_>], value: &Tree) -> bool {
    rest.is_empty() && value.text().is_none()
}

/// A way as `unmapped` names it; a member without a name adds nothing.
fn path_of(way: &[Step<'_>]) -> String {
    let mut path = String::new();
    for step in way {
        match step {
            Step::Member(name) => {
                path.push_str(if path.is_empty() || name.is_empty() { "" } else { "." });
                path.push_str(name);
            }
            Step::Item(_) => path.push_str("[]"),
        }
    }
    path
}
