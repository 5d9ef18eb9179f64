//! The law that nothing is lost: every value of a record is in its event.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::fmt::Write as _;

use super::tree::{Step, Tree};
use crate::mapper::{MappingLine, TableInfo};
use crate::options::Unmapped;
use crate::scan::emit::REDACTED;
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
pub(super) struct Lines<'t> {
    by_field: HashMap<(&'t str, &'t str), Vec<&'t MappingLine>>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(table: &'t TableInfo) -> Self {
        let mut by_field: HashMap<_, Vec<_>> = HashMap::new();
        for line in &table.mapping {
            let within = line.path.rsplit_once("[].").map_or("", |(list, _)| list);
            for field in &line.takes {
                by_field.entry((within, *field)).or_default().push(line);
            }
        }
        Self { by_field }
    }

    pub(super) fn losses(&self, record: &str, event: &str, unmapped: Unmapped, law: &Law<'_>) -> Vec<String> {
        let (Some(record), Some(tree)) = (Tree::read(record), Tree::read(event)) else {
            return vec!["all of it: the record, or the event, is no JSON".to_owned()];
        };
        let event = LazyCell::new(|| serde_json::from_str(event).unwrap_or_default());
        let carries = |transform: &Transform, text: &str| (transform.carries)(text, &event);
        let unmapped = (unmapped, tree.member("unmapped"));
        let find = Find { lines: self, law, carries: &carries, unmapped: unmapped.1, form: unmapped.0 };
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
    /// Whether the event carries a text by a transform.
    carries: &'f dyn Fn(&Transform, &str) -> bool,
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
                    || text
                        .is_some_and(|text| transforms.into_iter().any(|known| (self.carries)(known, text)))
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
