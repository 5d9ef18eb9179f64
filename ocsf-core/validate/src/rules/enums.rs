//! Ids and the captions beside them; attributes and their `_dt` twins.

use super::Check;
use super::object::Filled;
use super::scalar::Instant;
use crate::code::Code;
use crate::facts::Attr;
use crate::finding::Path;
use crate::value::{Value, View};

/// Captions of an event that are the names of a rule of their own.
const NAMES: [&str; 3] = ["class_name", "category_name", "type_name"];

impl Check<'_> {
    pub(super) fn enums<'a, V: Value<'a>>(&mut self, filled: &Filled<'_, V>, path: &Path<'_>) {
        for (slot, caption) in &filled.spec.enums {
            let Some(attr) = filled.spec.attributes.get(*slot) else { continue };
            if !attr.in_scope(self.profiles) {
                continue;
            }
            let own = path.member(attr.name);
            let beside = caption.and_then(|slot| filled.spec.attributes.get(slot)).map(|attr| attr.name);
            let caption = caption.and_then(|slot| filled.value(slot)).map(Value::view);
            match filled.value(*slot).map(Value::view) {
                None => self.without_id(beside, caption, &own),
                Some(View::List(ids)) if attr.facts.array => {
                    for (at, id) in ids.items().enumerate() {
                        let caption = match caption {
                            Some(View::List(captions)) => captions.items().nth(at).map(Value::view),
                            other => other,
                        };
                        self.id(id.view(), attr, caption, path, &own.element(at));
                    }
                }
                Some(id) if attr.facts.array => self.id(id, attr, caption, path, &own.element(0)),
                Some(id) => self.id(id, attr, caption, path, &own),
            }
        }
    }

    fn without_id<'a, V: Value<'a>>(
        &mut self,
        beside: Option<&str>,
        caption: Option<View<'a, V>>,
        path: &Path<'_>,
    ) {
        if let (Some(name), Some(caption)) = (beside, caption)
            && name != "class_name"
            && !caption.is_text("")
        {
            self.found(Code::EnumSiblingWithoutId, path, || format!("{name} is {}", caption.shown()));
        }
    }

    /// One id of an enum with the caption beside it.
    fn id<'a, V: Value<'a>>(
        &mut self,
        id: View<'a, V>,
        attr: &Attr,
        caption: Option<View<'a, V>>,
        above: &Path<'_>,
        path: &Path<'_>,
    ) {
        let expected = match id {
            View::Int(id) => attr.ids.get(&id).copied(),
            other => attr.facts.values.get(other.text().as_ref()).map(String::as_str),
        };
        let Some(expected) = expected else {
            let code = if attr.facts.array {
                Code::AttributeEnumArrayValueUnknown
            } else {
                Code::AttributeEnumValueUnknown
            };
            return self.found(code, path, || format!("{} is not in the enum of {}", id.shown(), attr.name));
        };
        if !attr.facts.deprecated_values.is_empty()
            && attr.facts.deprecated_values.iter().any(|deprecated| *deprecated == id.text())
        {
            self.found(Code::AttributeEnumValueDeprecated, path, || format!("{} ({expected})", id.shown()));
        }
        let Some(sibling) = attr.facts.sibling.as_deref() else { return };
        let beside = above.member(sibling);
        let Some(caption) = caption else {
            return self.found(Code::EnumIdWithoutSibling, &beside, || {
                format!("{} is {}, which means `{expected}`", attr.name, id.shown())
            });
        };
        let same = caption.is_text(expected);
        if id.text() == OTHER {
            if same {
                self.found(Code::AttributeEnumSiblingSuspiciousOther, &beside, || {
                    format!("`{expected}` says no more than {} {OTHER} does", attr.name)
                });
            }
        } else if !same {
            let is_name = above.is_event() && NAMES.contains(&sibling);
            let code = if is_name { Code::NameIncorrect } else { Code::AttributeEnumSiblingIncorrect };
            self.found(code, &beside, || {
                format!("expected `{expected}` of {} {}, got {}", attr.name, id.shown(), caption.shown())
            });
        }
    }

    /// `<name>_dt` is the instant that `<name>` is.
    pub(super) fn twins<'a, V: Value<'a>>(&mut self, filled: &Filled<'_, V>, path: &Path<'_>) {
        for (slot, twin) in &filled.spec.twins {
            let Some(attr) = filled.spec.attributes.get(*slot).filter(|attr| attr.in_scope(self.profiles))
            else {
                continue;
            };
            let instant = filled.value(*slot).and_then(|value| match value.view() {
                View::Instant(ms) => Some(ms),
                View::Text(text) => Instant::parse(text).map(|instant| instant.ms),
                _ => None,
            });
            let other = filled.value(*twin).and_then(|value| match value.view() {
                View::Instant(ms) => Some(i128::from(ms)),
                View::Int(ms) => Some(ms),
                View::Float(ms) => Some(ms as i128),
                _ => None,
            });
            if let (Some(instant), Some(other)) = (instant, other)
                && i128::from(instant).abs_diff(other) > 1
            {
                self.found(Code::DatetimeDisagrees, &path.member(attr.name), || {
                    format!("it is {instant}, the attribute without `_dt` {other}")
                });
            }
        }
    }
}

/// The id of all enums for what the schema has no id for.
const OTHER: &str = "99";
