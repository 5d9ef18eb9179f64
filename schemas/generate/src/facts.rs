//! The facts of one OCSF version, in the shape of its facts file.

mod text;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The facts of one version.
#[derive(Debug)]
pub struct Facts {
    pub(crate) version: String,
    pub(crate) reference: String,
    pub(crate) categories: BTreeMap<String, Category>,
    pub(crate) types: BTreeMap<String, Scalar>,
    pub(crate) profiles: BTreeSet<String>,
    pub(crate) extensions: BTreeMap<String, Extension>,
    pub(crate) observable_types: BTreeMap<u32, ObservableType>,
    pub(crate) classes: BTreeMap<String, Item>,
    pub(crate) objects: BTreeMap<String, Item>,
}

impl Facts {
    /// The version that the checkout says it is.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Classes by name; those of an extension are `extension/name`.
    pub fn classes(&self) -> &BTreeMap<String, Item> {
        &self.classes
    }

    /// Objects that a class reaches, by name.
    pub fn objects(&self) -> &BTreeMap<String, Item> {
        &self.objects
    }
}

/// A category of classes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Category {
    /// `category_uid`
    pub uid: u32,
    /// `category_name`
    pub caption: String,
}

/// A scalar type.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Scalar {
    /// The type it narrows.
    #[serde(rename(deserialize = "type", serialize = "base"), skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Most characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_len: Option<u32>,
    /// Least and greatest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<Value>,
    /// What a value looks like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// All values there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Value>,
    /// Observable type of its values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observable: Option<u32>,
    #[serde(skip_serializing)]
    pub(crate) caption: String,
}

/// An extension that is part of the default schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Extension {
    /// Its number, part of the uids of its classes.
    pub uid: u32,
    /// Its own version.
    pub version: String,
}

/// An observable type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservableType {
    /// Name for people, such as `IP Address`.
    pub caption: String,
    /// `type`, `dictionary_attribute`, `object`, `object_attribute`, `object_path`, the same for classes, or `fixed`
    /// for a value that only the enum of `observable.type_id` has.
    pub kind: &'static str,
    /// What defines it.
    pub source: String,
}

/// A class or an object.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// `class_uid`; `None` for an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<i64>,
    /// Name for people.
    pub caption: String,
    /// Name of the category of a class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// `category_uid` of a class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_uid: Option<u32>,
    /// `category_name` of a class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_name: Option<String>,
    /// The extension that defines it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// Profiles of the item and of all objects it reaches.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub profiles: BTreeSet<String>,
    /// Attributes of which some must be present, by kind of the rule: `at_least_one`, `just_one`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub constraints: BTreeMap<String, Vec<String>>,
    /// Observable types of paths below it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub observables: BTreeMap<String, u32>,
    /// Observable type of the object as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observable: Option<u32>,
    /// The version that deprecated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// Attributes by name.
    #[serde(skip)]
    pub attributes: BTreeMap<String, Attribute>,
}

/// An attribute of a class or an object.
#[derive(Debug, Clone, Serialize)]
pub struct Attribute {
    /// Name of the scalar type, or `object_t`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Name of the object when the type is `object_t`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// A list of the type.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub array: bool,
    /// Whether events must have it.
    #[serde(rename = "req")]
    pub requirement: Requirement,
    /// Profiles that bring it; empty means that it is always there.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub profiles: BTreeSet<String>,
    /// Captions of the values.
    #[serde(rename = "enum", skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<EnumId, String>,
    /// Values that are deprecated.
    #[serde(rename = "enum_deprecated", skip_serializing_if = "BTreeSet::is_empty")]
    pub deprecated_values: BTreeSet<EnumId>,
    /// The caption attribute beside an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sibling: Option<String>,
    /// Observable type of its values: the item's word, else the dictionary's, else that of the scalar type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observable: Option<u32>,
    /// The version that deprecated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
}

/// How much an attribute is wanted, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Requirement {
    /// May be present.
    Optional,
    /// Should be present.
    Recommended,
    /// Must be present where its parent is.
    Required,
}

/// Key of an enum value. Numbers come in their order, then words in theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnumId(pub String);

impl Ord for EnumId {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |id: &Self| id.0.parse::<i64>().unwrap_or(i64::MAX);
        key(self).cmp(&key(other)).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for EnumId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enum_values_sort_by_number() {
        let mut ids = ["GET", "99", "0", "10", "2", "DELETE"].map(|id| EnumId(id.to_owned()));
        ids.sort();
        assert_eq!(ids.map(|id| id.0), ["0", "2", "10", "99", "DELETE", "GET"]);
    }
}
