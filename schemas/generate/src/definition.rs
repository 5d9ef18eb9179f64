//! Attributes and items as a checkout spells them, and how one definition is laid over another.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};

use crate::facts::{Category, Extension, Requirement, Scalar};

/// Everything a checkout defines.
#[derive(Debug)]
pub(crate) struct Definitions {
    pub(crate) version: String,
    pub(crate) categories: BTreeMap<String, Category>,
    pub(crate) types: BTreeMap<String, Scalar>,
    /// The base definition of every attribute; those of an extension are `extension/name`.
    pub(crate) dictionary: BTreeMap<String, Attribute>,
    pub(crate) profiles: BTreeSet<String>,
    pub(crate) extensions: BTreeMap<String, Extension>,
    pub(crate) classes: Items,
    pub(crate) objects: Items,
}

/// Classes or objects by name; those of an extension are `extension/name`.
pub(crate) type Items = BTreeMap<String, Item>;

/// Attributes by name.
pub(crate) type Attributes = BTreeMap<String, Attribute>;

/// A file of a class, an object, a profile or an included fragment.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Item {
    /// Path of the file, for messages.
    #[serde(skip)]
    pub(crate) file: String,
    pub(crate) name: Option<String>,
    pub(crate) extends: Option<String>,
    pub(crate) caption: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) uid: Option<u32>,
    pub(crate) profiles: BTreeSet<String>,
    #[serde(skip)]
    pub(crate) attributes: Attributes,
    pub(crate) constraints: Option<BTreeMap<String, Vec<String>>>,
    /// Observable type of the item as a whole.
    pub(crate) observable: Option<u32>,
    /// Observable types of paths below the item.
    pub(crate) observables: Option<BTreeMap<String, u32>>,
    #[serde(rename = "@deprecated")]
    pub(crate) deprecated: Option<Deprecated>,
    /// `profile` for a profile.
    pub(crate) meta: Option<String>,
    /// What attributes that are included from this file have unless they say otherwise.
    pub(crate) annotations: Attribute,
    /// Name and uid of the extension that defines it.
    #[serde(skip)]
    pub(crate) extension: Option<(String, u32)>,
}

/// An attribute in the dictionary, or in an item that uses it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Attribute {
    pub(crate) caption: Option<String>,
    #[serde(rename = "type")]
    pub(crate) type_name: Option<String>,
    pub(crate) is_array: Option<bool>,
    pub(crate) requirement: Option<Requirement>,
    #[serde(rename = "profile", deserialize_with = "scope")]
    pub(crate) scope: Scope,
    #[serde(rename = "enum")]
    pub(crate) values: BTreeMap<String, EnumValue>,
    pub(crate) sibling: Option<String>,
    pub(crate) observable: Option<u32>,
    #[serde(rename = "@deprecated")]
    pub(crate) deprecated: Option<Deprecated>,
    /// A file that holds further members of this attribute.
    #[serde(rename = "$include")]
    pub(crate) include: Option<String>,
    /// The extension whose dictionary defines it.
    #[serde(skip)]
    pub(crate) extension: Option<String>,
}

/// Which profiles bring an attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Not said.
    #[default]
    Unset,
    /// `"profile": null`: there with or without profiles.
    Always,
    /// There when one of these is declared.
    Profiles(BTreeSet<String>),
}

/// A value of an enum.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EnumValue {
    pub(crate) caption: Option<String>,
    #[serde(rename = "@deprecated")]
    pub(crate) deprecated: Option<Deprecated>,
}

/// A deprecation; its fact is the version that brought it.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "DeprecatedNote")]
pub(crate) struct Deprecated(pub(crate) String);

#[derive(Deserialize)]
struct DeprecatedNote {
    since: Option<String>,
}

impl From<DeprecatedNote> for Deprecated {
    fn from(note: DeprecatedNote) -> Self {
        Self(note.since.unwrap_or_else(|| "?".into()))
    }
}

impl Item {
    /// Takes from `parent` what the item does not say itself. The uid stays its own: an item without is abstract.
    pub(crate) fn inherit(&mut self, parent: &Self) {
        let own = std::mem::replace(&mut self.attributes, parent.attributes.clone());
        merge_attributes(&mut self.attributes, &own);
        self.profiles.extend(parent.profiles.iter().cloned());
        fill(&mut self.caption, parent.caption.as_ref());
        fill(&mut self.category, parent.category.as_ref());
        fill(&mut self.constraints, parent.constraints.as_ref());
        fill(&mut self.observable, parent.observable.as_ref());
        fill(&mut self.observables, parent.observables.as_ref());
        fill(&mut self.deprecated, parent.deprecated.as_ref());
    }

    /// Lays a patch of an extension over the item.
    pub(crate) fn patch(&mut self, patch: &Self) {
        merge_attributes(&mut self.attributes, &patch.attributes);
        self.profiles.extend(patch.profiles.iter().cloned());
        replace(&mut self.constraints, patch.constraints.as_ref());
        replace(&mut self.observable, patch.observable.as_ref());
        replace(&mut self.observables, patch.observables.as_ref());
    }
}

impl Attribute {
    /// Lays `over` over the attribute: it wins member by member, enums value by value, and profiles unite.
    pub(crate) fn merge(&mut self, over: &Self) {
        // where several profiles bring an attribute, the strictest of them counts
        if matches!(over.scope, Scope::Profiles(_)) && self.scope != Scope::Unset {
            self.requirement = self.requirement.max(over.requirement);
        } else {
            replace(&mut self.requirement, over.requirement.as_ref());
        }
        self.scope.merge(&over.scope);
        replace(&mut self.caption, over.caption.as_ref());
        replace(&mut self.type_name, over.type_name.as_ref());
        replace(&mut self.is_array, over.is_array.as_ref());
        replace(&mut self.sibling, over.sibling.as_ref());
        replace(&mut self.observable, over.observable.as_ref());
        replace(&mut self.deprecated, over.deprecated.as_ref());
        replace(&mut self.include, over.include.as_ref());
        replace(&mut self.extension, over.extension.as_ref());
        for (id, value) in &over.values {
            let own = self.values.entry(id.clone()).or_default();
            replace(&mut own.caption, value.caption.as_ref());
            replace(&mut own.deprecated, value.deprecated.as_ref());
        }
    }
}

impl Scope {
    /// The scope of one profile.
    pub(crate) fn of(profile: &str) -> Self {
        Self::Profiles(BTreeSet::from([profile.to_owned()]))
    }

    fn merge(&mut self, over: &Self) {
        match (&mut *self, over) {
            (_, Self::Unset) => {}
            (Self::Profiles(own), Self::Profiles(over)) => own.extend(over.iter().cloned()),
            (own, over) => own.clone_from(over),
        }
    }
}

impl EnumValue {
    /// A value with that caption.
    pub(crate) fn new(caption: impl Into<String>) -> Self {
        Self { caption: Some(caption.into()), deprecated: None }
    }
}

/// Lays `over` over `own`, attribute by attribute.
pub(crate) fn merge_attributes(own: &mut Attributes, over: &Attributes) {
    for (name, attribute) in over {
        own.entry(name.clone()).or_default().merge(attribute);
    }
}

fn replace<T: Clone>(own: &mut Option<T>, over: Option<&T>) {
    if let Some(over) = over {
        *own = Some(over.clone());
    }
}

fn fill<T: Clone>(own: &mut Option<T>, from: Option<&T>) {
    if own.is_none() {
        *own = from.cloned();
    }
}

/// Called only where the key is present: its null means something.
fn scope<'de, D: Deserializer<'de>>(input: D) -> Result<Scope, D::Error> {
    let profile = Option::<String>::deserialize(input)?;
    Ok(profile.map_or(Scope::Always, |profile| Scope::of(&profile)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(text: &str) -> Attribute {
        serde_json::from_str(text).unwrap()
    }

    fn merged(under: &str, over: &str) -> Attribute {
        let mut attribute = attribute(under);
        attribute.merge(&self::attribute(over));
        attribute
    }

    #[test]
    fn the_upper_definition_wins_member_by_member() {
        let got = merged(
            r#"{"type": "string_t", "requirement": "required", "sibling": "a", "is_array": true}"#,
            r#"{"type": "ip_t", "requirement": "optional", "observable": 2}"#,
        );
        assert_eq!(got.type_name.as_deref(), Some("ip_t"));
        assert_eq!(got.requirement, Some(Requirement::Optional));
        assert_eq!((got.sibling.as_deref(), got.is_array, got.observable), (Some("a"), Some(true), Some(2)));
    }

    #[test]
    fn enums_merge_value_by_value() {
        let got = merged(
            r#"{"enum": {"1": {"caption": "One"}, "2": {"caption": "Two"}}}"#,
            r#"{"enum": {"2": {"caption": "Zwei"}, "3": {"caption": "Drei", "@deprecated": {"since": "1.2.0"}}}}"#,
        );
        let captions: Vec<_> = got.values.values().map(|value| value.caption.as_deref().unwrap()).collect();
        assert_eq!(captions, ["One", "Zwei", "Drei"]);
        assert_eq!(got.values["3"].deprecated.as_ref().unwrap().0, "1.2.0");
    }

    #[test]
    fn profiles_unite_and_null_takes_an_attribute_out_of_them() {
        let both = merged(r#"{"profile": "cloud"}"#, r#"{"profile": "host"}"#);
        assert_eq!(both.scope, Scope::Profiles(["cloud", "host"].map(str::to_owned).into()));
        assert_eq!(merged(r#"{"profile": "cloud"}"#, r#"{"profile": null}"#).scope, Scope::Always);
        assert_eq!(merged(r#"{"profile": null}"#, r#"{"profile": "cloud"}"#).scope, Scope::of("cloud"));
        assert_eq!(merged(r#"{"profile": "cloud"}"#, "{}").scope, Scope::of("cloud"));
    }

    #[test]
    fn the_stricter_requirement_of_two_profiles_stays() {
        let required = r#"{"profile": "a", "requirement": "required"}"#;
        let optional = r#"{"profile": "b", "requirement": "optional"}"#;
        assert_eq!(merged(required, optional).requirement, Some(Requirement::Required));
        assert_eq!(merged(optional, required).requirement, Some(Requirement::Required));
        // a definition without a profile may relax
        let relaxed = merged(required, r#"{"requirement": "optional"}"#);
        assert_eq!(relaxed.requirement, Some(Requirement::Optional));
    }

    #[test]
    fn a_deprecation_without_a_version_is_one_all_the_same() {
        let got = attribute(r#"{"@deprecated": {"message": "use other"}}"#);
        assert_eq!(got.deprecated.unwrap().0, "?");
    }
}
