//! The ids of a class: `class_uid`, `type_uid`, `category_uid`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow};

use crate::definition::{Attributes, EnumValue, Item};
use crate::facts::Category;

/// What a class is counted as.
pub(crate) struct ClassIds {
    pub(crate) uid: i64,
    pub(crate) category_uid: u32,
    pub(crate) category_name: String,
}

impl ClassIds {
    /// Computes the ids of a class and cuts the enums of its id attributes to them.
    pub(crate) fn set(class: &mut Item, categories: &BTreeMap<String, Category>) -> Result<Self> {
        let category = match class.category.as_deref() {
            // the category of base_event is not listed
            None | Some("other") => None,
            Some(name) => Some(
                categories
                    .get(name)
                    .ok_or_else(|| anyhow!("{}: category `{name}` is not in categories.json", class.file))?,
            ),
        };
        let category_uid = category.map_or(0, |category| category.uid);
        let category_name = category.map_or("Uncategorized", |category| &category.caption);
        let extension = class.extension.as_ref().map_or(0, |(_, uid)| i64::from(*uid) * 100);
        let uid = (extension + i64::from(category_uid)) * 1000 + i64::from(class.uid.unwrap_or(0));

        let caption = class.caption.clone().unwrap_or_default();
        let mut types = BTreeMap::new();
        for (id, activity) in class.attributes.get("activity_id").iter().flat_map(|activity| &activity.values)
        {
            let number: u32 =
                id.parse().with_context(|| format!("{}: attribute `activity_id`: `{id}`", class.file))?;
            let activity = activity.caption.as_deref().unwrap_or_default();
            types.insert(
                (uid * 100 + i64::from(number)).to_string(),
                EnumValue::new(format!("{caption}: {activity}")),
            );
        }
        types.insert((uid * 100).to_string(), EnumValue::new(format!("{caption}: Unknown")));
        set_values(&mut class.attributes, "type_uid", types);
        let values = BTreeMap::from([(uid.to_string(), EnumValue::new(caption))]);
        set_values(&mut class.attributes, "class_uid", values);
        if let Some(category) = category {
            let values = BTreeMap::from([(category.uid.to_string(), EnumValue::new(&category.caption))]);
            set_values(&mut class.attributes, "category_uid", values);
        }
        Ok(Self { uid, category_uid, category_name: category_name.to_owned() })
    }
}

fn set_values(attributes: &mut Attributes, name: &str, values: BTreeMap<String, EnumValue>) {
    if let Some(attribute) = attributes.get_mut(name) {
        attribute.values = values;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::testing::checkout;

    const ATTRIBUTES: &str = r#"{"activity_id": {"enum": {"0": {"caption": "None"}, "1": {"caption": "Start"},
        "99": {"caption": "Other"}}}, "type_uid": {}, "class_uid": {}, "category_uid": {}}"#;

    fn facts(path: &str, head: &str) -> Result<Facts> {
        let class = format!(r#"{{"name": "boot", "caption": "Boot", "attributes": {ATTRIBUTES}, {head}}}"#);
        let extension = ("extensions/w/extension.json", r#"{"name": "win", "uid": 2}"#);
        crate::compile(&checkout(&[(path, &class), extension]), "main")
    }

    fn values(facts: &Facts, class: &str, attribute: &str) -> Vec<String> {
        let values = &facts.classes()[class].attributes[attribute].values;
        values.iter().map(|(id, caption)| format!("{} {caption}", id.0)).collect()
    }

    #[test]
    fn a_class_is_numbered_within_its_category() {
        let facts = facts("events/boot.json", r#""category": "iam", "uid": 7"#).unwrap();
        let class = &facts.classes()["boot"];
        assert_eq!(
            (class.uid, class.category_uid, class.category_name.as_deref()),
            (Some(3007), Some(3), Some("Identity"))
        );
        assert_eq!(
            values(&facts, "boot", "type_uid"),
            ["300700 Boot: Unknown", "300701 Boot: Start", "300799 Boot: Other"]
        );
        assert_eq!(values(&facts, "boot", "class_uid"), ["3007 Boot"]);
        assert_eq!(values(&facts, "boot", "category_uid"), ["3 Identity"]);
    }

    #[test]
    fn a_class_of_an_extension_is_numbered_within_it() {
        let facts = facts("extensions/w/events/boot.json", r#""category": "system", "uid": 3"#).unwrap();
        assert_eq!(facts.classes()["win/boot"].uid, Some(201_003));
        assert_eq!(values(&facts, "win/boot", "type_uid")[1], "20100301 Boot: Start");
    }

    #[test]
    fn the_category_other_counts_as_none() {
        let facts = facts("events/boot.json", r#""category": "other", "uid": 0"#).unwrap();
        let class = &facts.classes()["boot"];
        assert_eq!((class.uid, class.category_name.as_deref()), (Some(0), Some("Uncategorized")));
        assert!(values(&facts, "boot", "category_uid").is_empty());
    }

    #[test]
    fn unknown_categories_and_activities_without_a_number_are_told() {
        let error = facts("events/boot.json", r#""category": "iamm", "uid": 7"#).unwrap_err().to_string();
        assert_eq!(error, "events/boot.json: category `iamm` is not in categories.json");
        let class =
            r#"{"name": "boot", "uid": 1, "attributes": {"activity_id": {"enum": {"x": {"caption": "X"}}}}}"#;
        let error = crate::compile(&checkout(&[("events/boot.json", class)]), "main").unwrap_err();
        let error = format!("{error:#}");
        assert!(error.starts_with("events/boot.json: attribute `activity_id`: `x`"), "{error}");
    }
}
