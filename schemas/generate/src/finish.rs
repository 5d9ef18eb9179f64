//! From inherited definitions to facts: ids, dictionary entries, datetime siblings, profiles, reachable objects.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, anyhow};

use crate::class_ids::ClassIds;
use crate::definition::{self, Definitions, EnumValue, Items, Scope};
use crate::facts::{Attribute, EnumId, Facts, Item, ObservableType, Requirement};

/// The profile that adds a date and time beside each timestamp.
const DATETIME: &str = "datetime";

/// The facts of definitions whose items have inherited.
pub(crate) fn finish(
    mut definitions: Definitions,
    observable_types: BTreeMap<u32, ObservableType>,
    reference: &str,
) -> Result<Facts> {
    definitions.classes.retain(|name, class| class.uid.is_some() || name == "base_event");
    definitions.objects.retain(|name, _| !name.rsplit('/').next().unwrap_or(name).starts_with('_'));
    add_observable_types(&mut definitions.objects, &observable_types);
    let mut classes = BTreeMap::new();
    for (name, mut class) in std::mem::take(&mut definitions.classes) {
        let ids = ClassIds::set(&mut class, &definitions.categories)?;
        classes.insert(name.clone(), definitions.item(&name, class, Some(ids))?);
    }
    let mut objects = BTreeMap::new();
    for (name, object) in &definitions.objects {
        objects.insert(name.clone(), definitions.item(name, object.clone(), None)?);
    }
    unite_profiles(&mut classes, &mut objects, &definitions.objects);
    let reached = reached(classes.values().flat_map(below), &objects);
    objects.retain(|name, _| reached.contains(name));
    Ok(Facts {
        version: definitions.version,
        reference: reference.to_owned(),
        categories: definitions.categories,
        types: definitions.types,
        profiles: definitions.profiles,
        extensions: definitions.extensions,
        observable_types,
        classes,
        objects,
    })
}

/// Every observable type becomes a value of `observable.type_id`.
fn add_observable_types(objects: &mut Items, observable_types: &BTreeMap<u32, ObservableType>) {
    let Some(observable) = objects.get_mut("observable") else { return };
    let type_id = observable.attributes.entry("type_id".into()).or_default();
    for (id, kind) in observable_types {
        type_id.values.insert(id.to_string(), EnumValue::new(&kind.caption));
    }
}

impl Definitions {
    fn item(&self, name: &str, item: definition::Item, class: Option<ClassIds>) -> Result<Item> {
        let attributes = self.attributes(&item).with_context(|| item.file.clone())?;
        let mut facts = Item {
            uid: None,
            caption: item.caption.unwrap_or_else(|| name.to_owned()),
            category: None,
            category_uid: None,
            category_name: None,
            extension: item.extension.map(|(name, _)| name),
            profiles: item.profiles,
            constraints: item.constraints.unwrap_or_default(),
            observables: item.observables.unwrap_or_default(),
            observable: item.observable,
            deprecated: item.deprecated.map(|deprecated| deprecated.0),
            attributes,
        };
        if let Some(ids) = class {
            facts.uid = Some(ids.uid);
            facts.category = item.category;
            facts.category_uid = Some(ids.category_uid);
            facts.category_name = Some(ids.category_name);
        }
        Ok(facts)
    }

    /// The attributes of an item and the datetime siblings of its timestamps.
    fn attributes(&self, item: &definition::Item) -> Result<BTreeMap<String, Attribute>> {
        let mut attributes = BTreeMap::new();
        for (name, attribute) in &item.attributes {
            let attribute = self.attribute(name, attribute).with_context(|| format!("attribute `{name}`"))?;
            attributes.insert(name.clone(), attribute);
        }
        if !self.profiles.contains(DATETIME) {
            return Ok(attributes);
        }
        let Some(datetime) = self.types.get("datetime_t") else { return Ok(attributes) };
        let times = attributes.iter().filter(|(_, attribute)| attribute.type_name == "timestamp_t");
        let siblings: Vec<_> = times
            .map(|(name, time)| {
                let sibling = Attribute {
                    type_name: "datetime_t".into(),
                    requirement: Requirement::Optional,
                    profiles: BTreeSet::from([DATETIME.to_owned()]),
                    observable: time.observable.or(datetime.observable),
                    ..time.clone()
                };
                (format!("{name}_dt"), sibling)
            })
            .collect();
        attributes.extend(siblings);
        Ok(attributes)
    }

    /// An attribute laid over its dictionary entry.
    fn attribute(&self, name: &str, attribute: &definition::Attribute) -> Result<Attribute> {
        let entry = match &attribute.extension {
            Some(extension) => self.dictionary.get(&format!("{extension}/{name}")),
            None => self.dictionary.get(name),
        };
        let mut full = entry.ok_or_else(|| anyhow!("not in the dictionary"))?.clone();
        full.merge(attribute);
        let type_name = full.type_name.ok_or_else(|| anyhow!("no type"))?;
        let scalar = self.types.get(&type_name);
        let (type_name, object) = match scalar {
            Some(_) => (type_name, None),
            None if self.objects.contains_key(&type_name) => ("object_t".into(), Some(type_name)),
            None => return Err(anyhow!("`{type_name}` is neither a scalar type nor an object")),
        };
        let mut values = BTreeMap::new();
        let mut deprecated_values = BTreeSet::new();
        for (id, value) in full.values {
            let caption = value.caption.ok_or_else(|| anyhow!("enum value `{id}` has no caption"))?;
            if value.deprecated.is_some() {
                deprecated_values.insert(EnumId(id.clone()));
            }
            values.insert(EnumId(id), caption);
        }
        Ok(Attribute {
            type_name,
            object,
            array: full.is_array.unwrap_or(false),
            requirement: full.requirement.unwrap_or(Requirement::Optional),
            profiles: if let Scope::Profiles(profiles) = full.scope { profiles } else { BTreeSet::new() },
            values,
            deprecated_values,
            sibling: full.sibling,
            observable: full.observable.or_else(|| scalar.and_then(|scalar| scalar.observable)),
            deprecated: full.deprecated.map(|deprecated| deprecated.0),
        })
    }
}

/// An item has its own profiles and those that the objects it reaches declare. The datetime profile that a timestamp
/// brings counts for the item that has the timestamp alone.
fn unite_profiles(
    classes: &mut BTreeMap<String, Item>,
    objects: &mut BTreeMap<String, Item>,
    declared: &Items,
) {
    let unite = |item: &Item| {
        let mut profiles = item.profiles.clone();
        for name in reached(below(item), objects) {
            profiles.extend(declared.get(&name).iter().flat_map(|object| object.profiles.iter().cloned()));
        }
        if item.attributes.values().any(|attribute| attribute.profiles.contains(DATETIME)) {
            profiles.insert(DATETIME.to_owned());
        }
        profiles
    };
    let of_classes: Vec<_> = classes.values().map(unite).collect();
    let of_objects: Vec<_> = objects.values().map(unite).collect();
    for (item, profiles) in classes.values_mut().zip(of_classes).chain(objects.values_mut().zip(of_objects)) {
        item.profiles = profiles;
    }
}

/// Names of the objects that an item's attributes are of.
fn below(item: &Item) -> impl Iterator<Item = &str> {
    item.attributes.values().filter_map(|attribute| attribute.object.as_deref())
}

/// `start` and every object below.
fn reached<'a>(
    start: impl Iterator<Item = &'a str>,
    objects: &'a BTreeMap<String, Item>,
) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut ahead: Vec<&str> = start.collect();
    while let Some(name) = ahead.pop() {
        if seen.insert(name.to_owned()) {
            ahead.extend(objects.get(name).into_iter().flat_map(below));
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile;
    use crate::testing::checkout;

    const LOGIN: (&str, &str) = (
        "events/login.json",
        r#"{"name": "login", "caption": "Login", "category": "iam", "uid": 2, "profiles": ["host"],
            "attributes": {"users": {"requirement": "required"}}}"#,
    );
    const USER: (&str, &str) = (
        "objects/user.json",
        r#"{"name": "user", "profiles": ["cloud"], "observable": 21, "attributes": {"time": {"requirement": "required"},
            "ip": {}, "parent": {}, "name": {"profile": "cloud", "requirement": "recommended"}}}"#,
    );
    const PROCESS: (&str, &str) = (
        "objects/process.json",
        r#"{"name": "process", "profiles": ["container"], "attributes": {"pid": {"observable": 99}, "parent": {}}}"#,
    );
    const DATETIME_PROFILE: (&str, &str) =
        ("profiles/datetime.json", r#"{"name": "datetime", "meta": "profile"}"#);

    fn facts(files: &[(&str, &str)]) -> Result<Facts> {
        compile(&checkout(&[&[LOGIN, USER, PROCESS], files].concat()), "main")
    }

    #[test]
    fn an_attribute_is_its_dictionary_entry_under_the_items_word() {
        let facts = facts(&[]).unwrap();
        let users = &facts.classes()["login"].attributes["users"];
        assert_eq!(
            (users.type_name.as_str(), users.object.as_deref(), users.array),
            ("object_t", Some("user"), true)
        );
        assert_eq!(users.requirement, Requirement::Required);
        let user = &facts.objects()["user"];
        assert_eq!(user.observable, Some(21));
        assert_eq!(user.attributes["ip"].requirement, Requirement::Optional, "no word means optional");
        assert_eq!(user.attributes["name"].profiles, ["cloud".to_owned()].into());
        assert_eq!(user.attributes["time"].deprecated.as_deref(), Some("1.2.0"));
    }

    #[test]
    fn observable_types_come_from_the_item_the_dictionary_or_the_scalar_type() {
        let other = (
            "objects/p.json",
            r#"{"name": "p", "extends": "process", "attributes": {"ip": {}, "users": {}}}"#,
        );
        let plain = (
            "objects/process.json",
            r#"{"name": "process", "attributes": {"pid": {}, "parent": {"type": "p"}}}"#,
        );
        let of =
            |facts: &Facts, object: &str, name: &str| facts.objects()[object].attributes[name].observable;
        let own = facts(&[]).unwrap();
        assert_eq!(of(&own, "process", "pid"), Some(99));
        let inherited = facts(&[plain, other]).unwrap();
        assert_eq!(of(&inherited, "process", "pid"), Some(15));
        assert_eq!(of(&inherited, "p", "ip"), Some(2));
        assert_eq!(of(&inherited, "p", "users"), None);
    }

    #[test]
    fn every_timestamp_has_a_datetime_sibling_with_the_profile() {
        assert!(!facts(&[]).unwrap().objects()["user"].attributes.contains_key("time_dt"));
        let facts = facts(&[DATETIME_PROFILE]).unwrap();
        let user = &facts.objects()["user"];
        let sibling = &user.attributes["time_dt"];
        assert_eq!((sibling.type_name.as_str(), sibling.requirement), ("datetime_t", Requirement::Optional));
        assert_eq!(sibling.profiles, ["datetime".to_owned()].into());
        assert_eq!(sibling.deprecated.as_deref(), Some("1.2.0"));
        assert_eq!(user.attributes["time"].requirement, Requirement::Required);
        // for the object that has a timestamp, not for what reaches it
        assert!(user.profiles.contains("datetime"));
        assert!(!facts.classes()["login"].profiles.contains("datetime"));
    }

    #[test]
    fn profiles_are_those_of_everything_below() {
        let facts = facts(&[]).unwrap();
        let names = |item: &Item| item.profiles.iter().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(names(&facts.classes()["login"]), "cloud container host");
        assert_eq!(names(&facts.objects()["user"]), "cloud container");
        assert_eq!(names(&facts.objects()["process"]), "container");
    }

    #[test]
    fn abstract_and_unreachable_items_are_dropped() {
        let facts = facts(&[
            ("events/iam.json", r#"{"name": "iam", "caption": "IAM"}"#),
            (
                "events/base_event.json",
                r#"{"name": "base_event", "caption": "Base Event", "category": "other"}"#,
            ),
            ("objects/_entity.json", r#"{"name": "_entity"}"#),
            ("objects/island.json", r#"{"name": "island"}"#),
        ])
        .unwrap();
        assert_eq!(facts.classes().keys().collect::<Vec<_>>(), ["base_event", "login"]);
        assert_eq!(facts.objects().keys().collect::<Vec<_>>(), ["process", "user"]);
    }

    #[test]
    fn observable_types_become_values_of_type_id() {
        let facts = facts(&[
            ("objects/observable.json", r#"{"name": "observable", "attributes": {"type_id": {}}}"#),
            (
                "objects/process.json",
                r#"{"name": "process", "attributes": {"users": {"type": "observable"}}}"#,
            ),
        ])
        .unwrap();
        let values = &facts.objects()["observable"].attributes["type_id"].values;
        let values: Vec<_> = values.iter().map(|(id, caption)| format!("{} {caption}", id.0)).collect();
        assert_eq!(values, ["0 Unknown", "2 IP Address", "15 Process ID", "21 user"]);
    }

    #[test]
    fn deprecated_enum_values_are_listed() {
        let process = r#"{"name": "process", "attributes": {"type_id": {"enum": {
            "1": {"caption": "Old", "@deprecated": {"since": "1.1.0"}}}}}}"#;
        let facts = facts(&[("objects/process.json", process)]).unwrap();
        let type_id = &facts.objects()["process"].attributes["type_id"];
        assert_eq!(type_id.values.len(), 2);
        assert_eq!(type_id.deprecated_values, [EnumId("1".into())].into());
    }

    #[test]
    fn mistakes_are_told_with_file_and_attribute() {
        let cases = [
            (r#""nonsense": {}"#, "attribute `nonsense`: not in the dictionary"),
            (
                r#""pid": {"type": "pid_t"}"#,
                "attribute `pid`: `pid_t` is neither a scalar type nor an object",
            ),
            (r#""type_id": {"enum": {"5": {}}}"#, "attribute `type_id`: enum value `5` has no caption"),
        ];
        for (attribute, expected) in cases {
            let text = format!(r#"{{"name": "process", "attributes": {{{attribute}}}}}"#);
            let error = format!("{:#}", facts(&[("objects/process.json", &text)]).unwrap_err());
            assert_eq!(error, format!("objects/process.json: {expected}"));
        }
    }
}
