//! Observables: each names an attribute, has its value, and says its type.

use super::Check;
use crate::code::Code;
use crate::facts::{Attr, Facts, Profiles, Spec, Type};
use crate::finding::Path;
use crate::value::{Value, View};

impl Check<'_> {
    pub(super) fn observables<'a, V: Value<'a>>(&mut self, event: V, class: &Spec) {
        let list = Path::EVENT.member("observables");
        let observables = event.get("observables").filter(|list| matches!(list.view(), View::List(_)));
        for (at, observable) in observables.into_iter().flat_map(Value::items).enumerate() {
            let path = list.element(at);
            if let Some(View::Text(name)) = observable.get("name").map(Value::view) {
                self.observable(event, observable, name, class, &path);
            }
        }
    }

    fn observable<'a, V: Value<'a>>(
        &mut self,
        event: V,
        observable: V,
        name: &str,
        class: &Spec,
        path: &Path<'_>,
    ) {
        let steps = steps(name);
        let Some(attr) = attribute(self.facts, class, &steps, self.profiles) else {
            let path = path.member("name");
            return self.found(Code::ObservableNameInvalidReference, &path, || {
                format!("`{name}` is no attribute of {}", class.name)
            });
        };
        let value = observable.get("value").map(|value| value.view().text());
        let mut search = Search { wanted: value.as_deref(), some: false, equal: false };
        search.below(event, &steps);
        let is_object = matches!(attr.ty, Type::Object(_));
        if !search.some {
            let path = path.member("name");
            self.found(Code::ObservableValueNotInEvent, &path, || format!("`{name}` is not in the event"));
        } else if let Some(value) = value.as_deref().filter(|_| !search.equal && !is_object) {
            let path = path.member("value");
            self.found(Code::ObservableValueNotInEvent, &path, || {
                format!("{} is not at {name}", View::<&crate::Json<'_>>::Text(value).shown())
            });
        }
        self.observable_type(attr, observable.get("type_id").map_or(View::Null, Value::view), name, path);
    }

    fn observable_type<'a, V: Value<'a>>(
        &mut self,
        attr: &Attr,
        type_id: View<'a, V>,
        name: &str,
        path: &Path<'_>,
    ) {
        let expected = match attr.ty {
            Type::Object(number) => self.facts.item(number).and_then(|object| object.item.observable),
            Type::Scalar(_) => attr.facts.observable,
        };
        if expected.is_none() || type_id.whole() != expected.map(i128::from) {
            let caption = expected.and_then(|id| self.facts.schema.observable_caption(id));
            self.found(Code::ObservableTypeMismatch, &path.member("type_id"), || match (expected, caption) {
                (Some(id), Some(caption)) => {
                    format!("{name} is of type {id} ({caption}), not {}", type_id.shown())
                }
                _ => format!("{name} has no observable type, the event says {}", type_id.shown()),
            });
        }
    }
}

/// The names of a path. Dots in brackets, as in `metadata.labels[a.b]`, part nothing.
fn steps(name: &str) -> Vec<&str> {
    let mut steps = Vec::new();
    let mut start = 0;
    for (at, _) in name.match_indices('.') {
        let rest = name.get(at..).unwrap_or_default();
        let bracket = rest.find(['[', ']']).and_then(|at| rest.as_bytes().get(at));
        if bracket != Some(&b']') {
            steps.push(name.get(start..at).unwrap_or_default());
            start = at + 1;
        }
    }
    steps.push(name.get(start..).unwrap_or_default());
    steps.iter().map(|step| without_brackets(step)).collect()
}

/// A step without the brackets at its end.
fn without_brackets(step: &str) -> &str {
    match step.find('[') {
        Some(at) if step.ends_with(']') => step.get(..at).unwrap_or_default(),
        _ => step,
    }
}

fn attribute<'f>(facts: &'f Facts, spec: &'f Spec, steps: &[&str], profiles: Profiles) -> Option<&'f Attr> {
    let (first, rest) = steps.split_first()?;
    let attr = spec.attributes.get(*spec.slots.get(first)?).filter(|attr| attr.in_scope(profiles))?;
    match attr.ty {
        _ if rest.is_empty() => Some(attr),
        Type::Object(number) => attribute(facts, facts.item(number)?, rest, profiles),
        Type::Scalar(_) => None,
    }
}

/// Looks for a value at a path, in every element of the lists on the way.
struct Search<'w> {
    wanted: Option<&'w str>,
    some: bool,
    equal: bool,
}

impl Search<'_> {
    fn below<'a, V: Value<'a>>(&mut self, value: V, steps: &[&str]) {
        match (value.view(), steps.split_first()) {
            (View::List(list), _) => {
                for item in list.items() {
                    self.below(item, steps);
                }
            }
            (view, None) => {
                self.some = true;
                self.equal |= self.wanted.is_some_and(|wanted| view.text() == wanted);
            }
            (View::Object(object), Some((first, rest))) => {
                if let Some(member) = object.get(first) {
                    self.below(member, rest);
                }
            }
            _ => {}
        }
    }
}
