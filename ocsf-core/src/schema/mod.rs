//! The facts of one OCSF version: classes, objects, attributes, enums, constraints.
//!
//! Loaded from [`ocsf_schemas`] on first use and kept for the life of the program.

mod path;
mod types;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use serde::Deserialize;

pub use ocsf_schemas::VERSIONS;
pub use path::{PathError, Resolved};
pub use types::Kind;
pub(crate) use types::list_type;

/// The facts of one OCSF version.
#[derive(Debug, Deserialize)]
pub struct Schema {
    version: String,
    classes: BTreeMap<String, Item>,
    objects: BTreeMap<String, Item>,
    types: BTreeMap<String, Scalar>,
    profiles: Vec<String>,
    observable_types: BTreeMap<String, ObservableType>,
}

/// An OCSF version, for comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u16, u16, u16);

impl Version {
    /// 1.3.0
    pub const V1_3: Self = Self(1, 3, 0);
    /// 1.5.0
    pub const V1_5: Self = Self(1, 5, 0);
    /// 1.8.0
    pub const V1_8: Self = Self(1, 8, 0);

    /// A version of its three numbers.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self(major, minor, patch)
    }

    /// The version of text such as `1.5.0`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(|part| part.parse().ok());
        let version = Self(parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// A class or an object.
#[derive(Debug, Deserialize)]
pub struct Item {
    /// `class_uid`; 0 for an object.
    #[serde(default)]
    pub uid: i32,
    /// Name for people, such as `API Activity`.
    pub caption: String,
    /// `category_uid`; 0 for an object.
    #[serde(default)]
    pub category_uid: i32,
    /// Name of the category; empty for an object.
    #[serde(default)]
    pub category_name: String,
    /// Profiles that an event of the class may declare.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// Names of which some must be present.
    #[serde(default)]
    pub constraints: Constraints,
    /// Observable type of the object as a whole.
    #[serde(default)]
    pub observable: Option<i32>,
    /// The version that deprecated it.
    #[serde(default)]
    pub deprecated: Option<String>,
    /// Attributes by name.
    pub attributes: BTreeMap<String, Attribute>,
}

/// Attribute sets of which members must be present.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct Constraints {
    /// One of these or more.
    #[serde(default)]
    pub at_least_one: Vec<String>,
    /// Exactly one of these.
    #[serde(default)]
    pub just_one: Vec<String>,
}

/// An attribute of a class or an object.
#[derive(Debug, Deserialize)]
pub struct Attribute {
    /// Name of the scalar type, or `object_t`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Name of the object when the type is `object_t`.
    #[serde(default)]
    pub object: Option<String>,
    /// A list of the type.
    #[serde(default)]
    pub array: bool,
    /// Whether events must have it.
    pub req: Requirement,
    /// Profiles that bring it; empty means that it is always there.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// Allowed values and their captions.
    #[serde(default, rename = "enum")]
    pub values: BTreeMap<String, String>,
    /// The caption attribute beside an id.
    #[serde(default)]
    pub sibling: Option<String>,
    /// Observable type of its values.
    #[serde(default)]
    pub observable: Option<i32>,
    /// The version that deprecated it.
    #[serde(default)]
    pub deprecated: Option<String>,
    /// Values of the enum that are deprecated.
    #[serde(default, rename = "enum_deprecated")]
    pub deprecated_values: Vec<String>,
}

/// How much an attribute is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Requirement {
    /// Must be present where its parent is.
    Required,
    /// Should be present.
    Recommended,
    /// May be present.
    Optional,
}

/// A scalar type.
#[derive(Debug, Deserialize)]
pub struct Scalar {
    /// The type that it narrows.
    #[serde(default)]
    pub base: Option<String>,
    /// The least and the greatest number.
    #[serde(default)]
    pub range: Option<(i64, i64)>,
    /// So many characters at most.
    #[serde(default)]
    pub max_len: Option<usize>,
    /// The regular expression that finds something in each of its texts.
    #[serde(default)]
    pub regex: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ObservableType {
    caption: String,
}

impl Schema {
    /// The facts of `version`, or the versions there are.
    ///
    /// # Errors
    /// The version is not one of [`ocsf_schemas::VERSIONS`].
    ///
    /// ```
    /// let schema = ocsf_core::schema::Schema::get("1.1.0")?;
    /// assert_eq!(schema.class(6003).unwrap().1.caption, "API Activity");
    /// # Ok::<(), String>(())
    /// ```
    pub fn get(version: &str) -> Result<&'static Self, String> {
        type Slot = OnceLock<Result<Schema, String>>;
        static LOADED: OnceLock<Vec<(&'static str, Slot)>> = OnceLock::new();
        let loaded = LOADED.get_or_init(|| {
            ocsf_schemas::VERSIONS.iter().map(|version| (*version, OnceLock::new())).collect()
        });
        let (version, slot) = loaded.iter().find(|(known, _)| *known == version).ok_or_else(|| {
            format!("OCSF version `{version}` is not known, there are {}", ocsf_schemas::VERSIONS.join(", "))
        })?;
        slot.get_or_init(|| {
            let text = ocsf_schemas::json(version).unwrap_or_default();
            serde_json::from_str(text).map_err(|error| format!("facts of OCSF {version}: {error}"))
        })
        .as_ref()
        .map_err(Clone::clone)
    }

    /// Version of these facts, such as `1.1.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Name and facts of the class with that `class_uid`.
    pub fn class(&self, uid: i32) -> Option<(&str, &Item)> {
        self.classes.iter().find(|(_, item)| item.uid == uid).map(|(name, item)| (name.as_str(), item))
    }

    /// Name and facts of every class.
    pub fn classes(&self) -> impl Iterator<Item = (&str, &Item)> {
        self.classes.iter().map(|(name, item)| (name.as_str(), item))
    }

    /// Facts of an object.
    pub fn object(&self, name: &str) -> Option<&Item> {
        self.objects.get(name)
    }

    /// Name and facts of every object.
    pub fn objects(&self) -> impl Iterator<Item = (&str, &Item)> {
        self.objects.iter().map(|(name, item)| (name.as_str(), item))
    }

    /// Name and facts of every scalar type.
    pub fn types(&self) -> impl Iterator<Item = (&str, &Scalar)> {
        self.types.iter().map(|(name, scalar)| (name.as_str(), scalar))
    }

    /// Names of all profiles.
    pub fn profiles(&self) -> &[String] {
        &self.profiles
    }

    /// True when the version has that profile.
    pub fn has_profile(&self, name: &str) -> bool {
        self.profiles.iter().any(|profile| profile == name)
    }

    /// Caption of an observable type.
    pub fn observable_caption(&self, type_id: i32) -> Option<&str> {
        self.observable_types.get(&type_id.to_string()).map(|kind| kind.caption.as_str())
    }

    /// The least and the greatest number of a type that has such limits, as ports have.
    pub fn range(&self, type_name: &str) -> Option<(i64, i64)> {
        self.types.get(type_name).and_then(|scalar| scalar.range)
    }

    /// The scalar type that `type_name` narrows, itself when it narrows none.
    fn base_type<'a>(&'a self, type_name: &'a str) -> &'a str {
        self.types.get(type_name).and_then(|scalar| scalar.base.as_deref()).unwrap_or(type_name)
    }
}

impl Attribute {
    /// Caption of an id; `None` when the version has no such id.
    pub fn caption(&self, id: i32) -> Option<&str> {
        self.values.get(&id.to_string()).map(String::as_str)
    }

    /// True when events that declare `profiles` may carry it.
    pub fn in_scope(&self, profiles: &[&str]) -> bool {
        self.profiles.is_empty() || self.profiles.iter().any(|own| profiles.contains(&own.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_version_loads() {
        for version in ocsf_schemas::VERSIONS {
            let schema = Schema::get(version).unwrap();
            assert_eq!(schema.version(), version.to_owned());
            assert_eq!(schema.class(6003).unwrap().0, "api_activity");
            assert!(schema.has_profile("cloud"));
        }
    }

    #[test]
    fn an_unknown_version_names_the_known_ones() {
        let error = Schema::get("0.9.0").unwrap_err();
        assert!(error.contains("1.1.0") && error.contains("0.9.0"), "{error}");
    }
}
