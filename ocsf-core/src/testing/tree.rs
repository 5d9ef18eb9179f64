//! JSON read by another reader than the crate's own, with the text of its numbers kept.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tree {
    Null,
    Bool(bool),
    /// As it was written.
    Number(String),
    Text(String),
    List(Vec<Self>),
    Object(BTreeMap<String, Self>),
}

/// A step from a value to one inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'t> {
    Member(&'t str),
    Item(usize),
}

impl Tree {
    /// The value that a text holds; the last of repeated members. `None` when serde_json reads none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        Some(match text.bytes().next()? {
            b'{' => {
                let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
                let read = |(name, raw): (String, &RawValue)| Some((name, Self::read(raw.get())?));
                Self::Object(members.into_iter().map(read).collect::<Option<_>>()?)
            }
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                Self::List(items.into_iter().map(|raw| Self::read(raw.get())).collect::<Option<_>>()?)
            }
            b'"' => Self::Text(serde_json::from_str(text).ok()?),
            b'n' => serde_json::from_str::<()>(text).ok().map(|()| Self::Null)?,
            b't' | b'f' => Self::Bool(serde_json::from_str(text).ok()?),
            _ => {
                serde_json::from_str::<&RawValue>(text).ok()?;
                Self::Number(text.to_owned())
            }
        })
    }

    /// The text of a scalar; `None` for null, empty text, and what is no scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) if !text.is_empty() => Some(text),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// The member of that name.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(name),
            _ => None,
        }
    }

    /// What lies at a dotted path of members.
    pub(super) fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |value, name| value.member(name))
    }

    /// Calls `each` with every value that has no values inside, and the way to it.
    pub(super) fn leaves<'t>(&'t self, way: &mut Vec<Step<'t>>, each: &mut dyn FnMut(&[Step<'t>], &'t Self)) {
        let mut below = |step, value: &'t Self| {
            way.push(step);
            value.leaves(way, each);
            way.pop();
        };
        match self {
            Self::Object(members) if !members.is_empty() => {
                members.iter().for_each(|(name, value)| below(Step::Member(name), value));
            }
            Self::List(items) if !items.is_empty() => {
                items.iter().enumerate().for_each(|(at, value)| below(Step::Item(at), value));
            }
            _ => each(way, self),
        }
    }

    /// True when a scalar of that text is anywhere inside.
    pub(super) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Object(members) => members.values().any(|value| value.holds(text)),
            Self::List(items) => items.iter().any(|value| value.holds(text)),
            value => value.text() == Some(text),
        }
    }
}
