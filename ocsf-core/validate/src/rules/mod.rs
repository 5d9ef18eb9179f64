//! The rules, applied to one event.

mod enums;
mod object;
mod observables;
mod scalar;

use std::collections::HashMap;

use crate::code::{Code, Level};
use crate::facts::{Facts, Pattern, Profiles, Spec};
use crate::finding::{Finding, Path};
use crate::validator::Options;
use crate::value::{Value, View};

/// The check of one event.
pub(crate) struct Check<'c> {
    facts: &'static Facts,
    options: &'c Options,
    profiles: Profiles,
    forms: &'c mut Forms,
    emit: &'c mut dyn FnMut(Finding),
}

/// Texts that were held against the form of their type, and what came out: the same addresses come again and again.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    known: Vec<HashMap<String, bool>>,
}

impl Forms {
    /// So many texts of a type are remembered.
    const MOST: usize = 1 << 16;

    fn fit(&mut self, pattern: &Pattern, text: &str) -> bool {
        if self.known.len() <= pattern.number {
            self.known.resize_with(pattern.number + 1, HashMap::new);
        }
        let Some(known) = self.known.get_mut(pattern.number) else { return pattern.matches(text) };
        if let Some(fits) = known.get(text) {
            return *fits;
        }
        let fits = pattern.matches(text);
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(text.to_owned(), fits);
        fits
    }
}

/// Checks `event` by the facts of one version.
pub(crate) fn check<'a, V: Value<'a>>(
    event: V,
    facts: &'static Facts,
    options: &Options,
    forms: &mut Forms,
    emit: &mut dyn FnMut(Finding),
) {
    let mut check = Check { facts, options, profiles: 0, forms, emit };
    let class_uid = event.get("class_uid").map_or(View::Null, Value::view);
    let Some(class) = class_uid.whole().and_then(|uid| facts.class(uid)) else {
        let path = Path::EVENT.member("class_uid");
        check.found(Code::ClassUidUnknown, &path, || {
            format!("{} is no class of OCSF {}", class_uid.shown(), facts.schema.version())
        });
        return;
    };
    check.declared_profiles(event, class);
    check.object(event, class, &Path::EVENT);
    check.numbers(event, class);
    check.version(event);
    check.observables(event, class);
}

impl Check<'_> {
    fn found(&mut self, code: Code, path: &Path<'_>, message: impl FnOnce() -> String) {
        if let Some(level) = code.level(self.options.strict, self.options.recommended) {
            self.found_at(level, code, path, message);
        }
    }

    fn found_at(&mut self, level: Level, code: Code, path: &Path<'_>, message: impl FnOnce() -> String) {
        if !self.options.quiet.contains(&code) {
            (self.emit)(Finding { code, level, path: path.to_string(), message: message() });
        }
    }

    /// Learns which profiles the event declares.
    fn declared_profiles<'a, V: Value<'a>>(&mut self, event: V, class: &Spec) {
        let metadata = Path::EVENT.member("metadata");
        let path = metadata.member("profiles");
        let declared = event.get("metadata").and_then(|metadata| metadata.get("profiles"));
        for (at, profile) in declared.into_iter().flat_map(Value::items).enumerate() {
            let path = path.element(at);
            let name = match profile.view() {
                View::Text(name) => name,
                other => other.kind(),
            };
            match self.facts.profiles.get(name) {
                None => self.found(Code::ProfileUnknown, &path, || {
                    format!("`{name}` is no profile of OCSF {}", self.facts.schema.version())
                }),
                Some(profile) => {
                    self.profiles |= profile;
                    if !class.item.profiles.iter().any(|own| own == name) {
                        self.found(Code::ProfileNotSupportedByClass, &path, || {
                            format!("class {} does not have `{name}`", class.name)
                        });
                    }
                }
            }
        }
    }

    /// `category_uid` and `type_uid` follow from class and activity.
    fn numbers<'a, V: Value<'a>>(&mut self, event: V, class: &Spec) {
        let view = |name| event.get(name).map_or(View::Null, Value::view);
        let category = view("category_uid");
        let expected = i128::from(class.item.category_uid);
        if category.whole() != Some(expected) {
            let path = Path::EVENT.member("category_uid");
            self.found(Code::CategoryUidIncorrect, &path, || {
                format!("expected {expected} of class {}, got {}", class.name, category.shown())
            });
        }
        if let (View::Int(activity), View::Int(type_uid)) = (view("activity_id"), view("type_uid")) {
            let expected = i128::from(class.item.uid).saturating_mul(100).saturating_add(activity);
            if type_uid != expected {
                let path = Path::EVENT.member("type_uid");
                self.found(Code::TypeUidIncorrect, &path, || format!("expected {expected}, got {type_uid}"));
            }
        }
    }

    /// The event's version against that of the facts, which differ when one was asked for.
    fn version<'a, V: Value<'a>>(&mut self, event: V) {
        let version = event.get("metadata").and_then(|metadata| metadata.get("version")).map(Value::view);
        let Some(View::Text(version)) = version else { return };
        let own = numbers(version);
        let of_facts = numbers(self.facts.schema.version());
        let code = match own.cmp(&of_facts) {
            _ if own.is_empty() => return,
            std::cmp::Ordering::Equal => return,
            std::cmp::Ordering::Greater => Code::VersionIncompatibleLater,
            std::cmp::Ordering::Less => Code::VersionEarlier,
        };
        let metadata = Path::EVENT.member("metadata");
        self.found(code, &metadata.member("version"), || {
            format!("`{version}`, checked against {}", self.facts.schema.version())
        });
    }
}

/// The first three numbers in a text.
fn numbers(version: &str) -> Vec<u64> {
    let digits = version.split(|char: char| !char.is_ascii_digit()).filter(|digits| !digits.is_empty());
    digits.take(3).map(|digits| digits.parse().unwrap_or(u64::MAX)).collect()
}
