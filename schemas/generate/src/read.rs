//! Collects the definitions of a checkout and resolves `$include`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::checkout::Checkout;
use crate::definition::{Attribute, Attributes, Definitions, Item, Items, Scope, merge_attributes};
use crate::extension;
use crate::facts::{Category, Scalar};

/// Reads a checkout and the extensions in it.
pub(crate) fn read(checkout: &Checkout) -> Result<Definitions> {
    let version: VersionFile = checkout.json("version.json")?;
    let categories: Members<Category> = checkout.json("categories.json")?;
    let reader = Reader::base(checkout);
    let (dictionary, types) = reader.dictionary()?;
    let mut definitions = Definitions {
        version: version.version,
        categories: categories.attributes,
        types,
        dictionary,
        profiles: reader.profiles()?.into_keys().collect(),
        extensions: BTreeMap::new(),
        classes: named(reader.items("events/")?)?,
        objects: named(reader.items("objects/")?)?,
    };
    extension::read(checkout, &mut definitions)?;
    Ok(definitions)
}

/// Reads the files of the base schema or of one extension.
pub(crate) struct Reader<'c> {
    checkout: &'c Checkout,
    /// Folder of what is read; it ends with `/` unless it is the root.
    folder: &'c str,
}

impl<'c> Reader<'c> {
    /// A reader of the base schema.
    pub(crate) fn base(checkout: &'c Checkout) -> Self {
        Self { checkout, folder: "" }
    }

    /// A reader of the extension in `folder`.
    pub(crate) fn extension(checkout: &'c Checkout, folder: &'c str) -> Self {
        Self { checkout, folder }
    }

    /// Attributes and scalar types of the dictionary; none where there is no dictionary.
    pub(crate) fn dictionary(&self) -> Result<(Attributes, BTreeMap<String, Scalar>)> {
        let path = format!("{}dictionary.json", self.folder);
        if !self.checkout.has(&path) && !self.folder.is_empty() {
            return Ok(Default::default());
        }
        let file: DictionaryFile = self.checkout.json(&path)?;
        let mut types = BTreeMap::new();
        for (name, value) in file.types.attributes {
            types.insert(name.clone(), parse(value).with_context(|| format!("{path}: type `{name}`"))?);
        }
        Ok((self.attributes(&path, file.attributes, &[])?, types))
    }

    /// Profiles by name.
    pub(crate) fn profiles(&self) -> Result<Items> {
        named(self.items("profiles/")?)
    }

    /// The items of a folder such as `events/`, in the order of their paths.
    pub(crate) fn items(&self, kind: &str) -> Result<Vec<Item>> {
        let folder = format!("{}{kind}", self.folder);
        self.checkout.below(&folder).map(|path| self.item(path, &[])).collect()
    }

    /// One item. `trail` holds the files that include it.
    fn item(&self, path: &str, trail: &[&str]) -> Result<Item> {
        if trail.contains(&path) {
            bail!("{path}: includes itself by way of {}", trail.join(", "));
        }
        let mut value: Map<String, Value> = self.checkout.json(path)?;
        let attributes = match value.remove("attributes") {
            Some(Value::Object(attributes)) => attributes,
            None => Map::new(),
            Some(_) => bail!("{path}: `attributes` is no object"),
        };
        let mut item: Item = parse(Value::Object(value)).with_context(|| path.to_owned())?;
        path.clone_into(&mut item.file);
        item.attributes = self.attributes(path, attributes, &[trail, &[path]].concat())?;
        Ok(item)
    }

    fn attributes(&self, file: &str, mut members: Map<String, Value>, trail: &[&str]) -> Result<Attributes> {
        let includes = match members.remove("$include") {
            Some(Value::String(path)) => vec![path],
            Some(list) => parse(list).with_context(|| format!("{file}: `$include`"))?,
            None => Vec::new(),
        };
        let mut attributes = Attributes::new();
        for (name, body) in members {
            let context = || format!("{file}: attribute `{name}`");
            let mut attribute = parse(body).with_context(context)?;
            attribute = self.with_fragment(attribute).with_context(context)?;
            attributes.insert(name, attribute);
        }
        // each file goes below all that is there already
        for include in includes {
            let mut below = self.included(&include, trail).with_context(|| file.to_owned())?;
            merge_attributes(&mut below, &attributes);
            attributes = below;
        }
        Ok(attributes)
    }

    /// Lays an attribute over the fragment that it includes.
    fn with_fragment(&self, mut attribute: Attribute) -> Result<Attribute> {
        let Some(include) = attribute.include.take() else {
            return Ok(attribute);
        };
        let mut fragment: Attribute = self.checkout.json(&self.find(&include)?)?;
        fragment.merge(&attribute);
        Ok(fragment)
    }

    /// The attributes of an included file, stamped with its profile when it is one.
    fn included(&self, include: &str, trail: &[&str]) -> Result<Attributes> {
        let item = self.item(&self.find(include)?, trail)?;
        let stamp = match (item.meta.as_deref(), &item.name) {
            (Some("profile"), Some(name)) => Some(Scope::of(name)),
            (Some("profile"), None) => bail!("{include}: profile without `name`"),
            _ => None,
        };
        let mut attributes = item.attributes;
        for attribute in attributes.values_mut() {
            let mut annotated = item.annotations.clone();
            annotated.merge(attribute);
            if let Some(stamp) = &stamp {
                annotated.scope = stamp.clone();
            }
            *attribute = annotated;
        }
        Ok(attributes)
    }

    /// Path of a file that an item of this folder includes: in the folder, else in the base schema.
    fn find(&self, include: &str) -> Result<String> {
        let own = format!("{}{include}", self.folder);
        let found = [own.as_str(), include].into_iter().find(|path| self.checkout.has(path));
        found
            .map(str::to_owned)
            .ok_or_else(|| anyhow!("`$include` of `{include}`: no such file in the checkout"))
    }
}

/// A value of a parsed file.
pub(crate) fn parse<T: DeserializeOwned>(value: Value) -> Result<T> {
    Ok(serde_json::from_value(value)?)
}

fn named(list: Vec<Item>) -> Result<Items> {
    let mut items = Items::new();
    for item in list {
        let Some(name) = item.name.clone() else { bail!("{}: no `name`", item.file) };
        if let Some(twin) = items.get(&name) {
            bail!("{}: `{name}` is already defined in {}", item.file, twin.file);
        }
        items.insert(name, item);
    }
    Ok(items)
}

#[derive(Deserialize)]
struct VersionFile {
    version: String,
}

#[derive(Deserialize)]
struct Members<T> {
    attributes: BTreeMap<String, T>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DictionaryFile {
    attributes: Map<String, Value>,
    types: DictionaryTypes,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DictionaryTypes {
    attributes: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Requirement;
    use crate::testing::checkout;

    fn object(files: &[(&str, &str)]) -> Result<Item> {
        Ok(read(&checkout(files))?.objects.remove("user").unwrap())
    }

    #[test]
    fn items_go_by_name_not_by_file() {
        let definitions = read(&checkout(&[("objects/other_name.json", r#"{"name": "user"}"#)])).unwrap();
        assert!(definitions.objects.contains_key("user"));
    }

    #[test]
    fn an_included_profile_stamps_its_attributes_and_annotates_them() {
        let user = object(&[
            (
                "objects/user.json",
                r#"{"name": "user", "attributes": {
                    "$include": ["profiles/cloud.json"], "name": {"requirement": "required"}}}"#,
            ),
            (
                "profiles/cloud.json",
                r#"{"name": "cloud", "meta": "profile", "annotations": {"requirement": "recommended"},
                    "attributes": {"uid": {}, "name": {"requirement": "optional"}}}"#,
            ),
        ])
        .unwrap();
        assert_eq!(user.attributes["uid"].scope, Scope::of("cloud"));
        assert_eq!(user.attributes["uid"].requirement, Some(Requirement::Recommended));
        // the including item wins
        assert_eq!(user.attributes["name"].requirement, Some(Requirement::Required));
    }

    #[test]
    fn an_included_fragment_brings_attributes_without_a_profile() {
        let user = object(&[
            ("objects/user.json", r#"{"name": "user", "attributes": {"$include": "includes/a.json"}}"#),
            ("includes/a.json", r#"{"attributes": {"$include": ["includes/b.json"], "uid": {}}}"#),
            ("includes/b.json", r#"{"attributes": {"name": {"profile": null}}}"#),
        ])
        .unwrap();
        assert_eq!(user.attributes["uid"].scope, Scope::Unset);
        assert_eq!(user.attributes["name"].scope, Scope::Always);
    }

    #[test]
    fn the_first_of_two_includes_wins() {
        let user = object(&[
            (
                "objects/user.json",
                r#"{"name": "user", "attributes": {"$include": ["includes/a.json", "includes/b.json"]}}"#,
            ),
            ("includes/a.json", r#"{"attributes": {"uid": {"requirement": "optional"}}}"#),
            ("includes/b.json", r#"{"attributes": {"uid": {"requirement": "required"}}}"#),
        ])
        .unwrap();
        assert_eq!(user.attributes["uid"].requirement, Some(Requirement::Optional));
    }

    #[test]
    fn an_attribute_may_include_its_enum() {
        let user = object(&[
            (
                "objects/user.json",
                r#"{"name": "user", "attributes": {
                    "type_id": {"$include": "enums/t.json", "enum": {"1": {"caption": "Own"}}}}}"#,
            ),
            ("enums/t.json", r#"{"enum": {"0": {"caption": "Unknown"}, "1": {"caption": "One"}}}"#),
        ])
        .unwrap();
        let captions: Vec<_> = user.attributes["type_id"]
            .values
            .values()
            .map(|value| value.caption.as_deref().unwrap())
            .collect();
        assert_eq!(captions, ["Unknown", "Own"]);
    }

    #[test]
    fn mistakes_are_told_with_file_and_attribute() {
        let cases = [
            (r#"{"name": "user", "attributes": {"$include": "no.json"}}"#, "`$include` of `no.json`"),
            (r#"{"name": "user", "attributes": {"$include": "objects/user.json"}}"#, "includes itself"),
            (
                r#"{"name": "user", "attributes": {"uid": {"requirement": "maybe"}}}"#,
                "attribute `uid`: unknown variant",
            ),
            (
                r#"{"name": "user", "attributes": {"uid": {"$include": "x.json"}}}"#,
                "attribute `uid`: `$include`",
            ),
            (r#"{"name": "user", "attributes": []}"#, "`attributes` is no object"),
            (r#"{"caption": "User"}"#, "no `name`"),
        ];
        for (text, expected) in cases {
            let error = format!("{:#}", object(&[("objects/user.json", text)]).unwrap_err());
            assert!(error.starts_with("objects/user.json: ") && error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_name_is_defined_once() {
        let user = r#"{"name": "user"}"#;
        let error = read(&checkout(&[("objects/a.json", user), ("objects/b.json", user)])).unwrap_err();
        assert_eq!(error.to_string(), "objects/b.json: `user` is already defined in objects/a.json");
    }
}
