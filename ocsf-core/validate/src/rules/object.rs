//! Rules of an object as a whole: which attributes there are, and which must be.

use super::Check;
use crate::code::Code;
use crate::facts::{Attr, Base, Spec, Type};
use crate::finding::Path;
use crate::value::{Value, View};

/// What a source writes where it has no value.
const PLACEHOLDERS: [&str; 8] = ["-", "''", "\"\"", "null", "None", "N/A", "NODATA", "SKIPDATA"];

impl Check<'_> {
    pub(super) fn object<'a, V: Value<'a>>(&mut self, object: V, spec: &Spec, path: &Path<'_>) {
        if spec.item.deprecated.is_some() {
            let code = if path.is_event() { Code::ClassDeprecated } else { Code::ObjectDeprecated };
            self.found(code, path, || format!("{} is deprecated", spec.name));
        }
        if spec.attributes.is_empty() {
            return;
        }
        let mut slots: Vec<Option<V>> = vec![None; spec.attributes.len()];
        for (name, value) in object.members() {
            match spec.slots.get(name).and_then(|slot| slots.get_mut(*slot)) {
                Some(slot) => *slot = Some(value),
                None => self.found(Code::AttributeUnknown, &path.member(name), || {
                    format!("{} has no such attribute in OCSF {}", spec.name, self.facts.schema.version())
                }),
            }
        }
        for (attr, value) in spec.attributes.iter().zip(&slots) {
            let Some(value) = value else { continue };
            let path = path.member(attr.name);
            if attr.in_scope(self.profiles) {
                self.attribute(*value, attr, &path);
            } else {
                self.found(Code::AttributeProfileNotDeclared, &path, || {
                    format!("needs one of the profiles {}", attr.facts.profiles.join(", "))
                });
            }
        }
        let filled = Filled { spec, slots };
        self.missing(&filled, path);
        self.enums(&filled, path);
        self.twins(&filled, path);
        self.constraints(&filled, path);
    }

    fn missing<'a, V: Value<'a>>(&mut self, filled: &Filled<'_, V>, path: &Path<'_>) {
        let spec = filled.spec;
        let mut look = |slots: &[usize], code| {
            for slot in slots {
                let Some(attr) = spec.attributes.get(*slot) else { continue };
                if filled.value(*slot).is_none() && attr.in_scope(self.profiles) {
                    let name = spec.name;
                    self.found(code, &path.member(attr.name), || match attr.facts.profiles.join(", ") {
                        profiles if profiles.is_empty() => format!("of {name}"),
                        profiles => format!("of {name} with profile {profiles}"),
                    });
                }
            }
        };
        look(&spec.required, Code::AttributeRequiredMissing);
        look(&spec.recommended, Code::AttributeRecommendedMissing);
    }

    fn attribute<'a, V: Value<'a>>(&mut self, value: V, attr: &Attr, path: &Path<'_>) {
        let view = value.view();
        if view.is_empty() {
            self.found(Code::NullOrEmpty, path, || format!("{} without content", view.kind()));
        }
        if view.is_null() {
            return;
        }
        if let View::Text(text) = view
            && PLACEHOLDERS.contains(&text)
        {
            self.found(Code::PlaceholderValue, path, || format!("`{text}`"));
        }
        if let Some(version) = &attr.facts.deprecated {
            self.found(Code::AttributeDeprecated, path, || format!("deprecated since {version}"));
        }
        match view {
            View::List(list) if attr.facts.array => {
                for (at, item) in list.items().enumerate() {
                    self.one(item, attr, &path.element(at));
                }
            }
            _ if attr.facts.array => {
                self.found(Code::AttributeWrongType, path, || {
                    format!("expected a list, got {}", view.shown())
                });
            }
            View::List(_) if !attr.is(Base::Json) => {
                self.found(Code::AttributeWrongType, path, || {
                    "a list where one value is expected".to_owned()
                });
            }
            _ => self.one(value, attr, path),
        }
    }

    /// One value of an attribute: itself, or an element of its list.
    fn one<'a, V: Value<'a>>(&mut self, value: V, attr: &Attr, path: &Path<'_>) {
        let number = match &attr.ty {
            Type::Scalar(scalar) => return self.scalar(value.view(), scalar, path),
            Type::Object(number) => *number,
        };
        let Some(spec) = self.facts.item(number) else { return };
        match value.view() {
            View::Object(object) => self.object(object, spec, path),
            View::Text(text) if V::JSON_TEXT_IS_OBJECT && spec.attributes.is_empty() => {
                self.json_object(text, path);
            }
            other => self.found(Code::AttributeWrongType, path, || {
                format!("expected an object {}, got {}", spec.name, other.shown())
            }),
        }
    }

    fn json_object(&mut self, text: &str, path: &Path<'_>) {
        match text.trim() {
            "{}" => self.found(Code::NullOrEmpty, path, || "an object without content".to_owned()),
            text if text.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => {}
            text => self.found(Code::AttributeWrongType, path, || {
                format!(
                    "expected the JSON text of an object, got {}",
                    View::<&crate::Json<'_>>::Text(text).shown()
                )
            }),
        }
    }

    fn constraints<'a, V: Value<'a>>(&mut self, filled: &Filled<'_, V>, path: &Path<'_>) {
        for constraint in &filled.spec.constraints {
            let there = constraint.slots.iter().filter(|slot| filled.value(**slot).is_some()).count();
            if there == 0 || there > 1 && constraint.just_one {
                self.found(Code::ConstraintFailed, path, || {
                    let names = constraint.names.join(", ");
                    format!("{}: {} of {names}, {there} there", filled.spec.name, constraint.kind)
                });
            }
        }
    }
}

/// An object with its members at the slots of their attributes, in scope or not.
pub(super) struct Filled<'s, V> {
    pub(super) spec: &'s Spec,
    slots: Vec<Option<V>>,
}

impl<'a, V: Value<'a>> Filled<'_, V> {
    /// The value of an attribute, null being none.
    pub(super) fn value(&self, slot: usize) -> Option<V> {
        self.slots.get(slot).copied().flatten().filter(|value| !value.view().is_null())
    }
}
