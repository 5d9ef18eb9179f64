//! The list of observable types of a version.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::definition::{Definitions, Item};
use crate::facts::ObservableType;

/// Every observable type and what defines it. Looks at definitions before inheritance, so that each counts once.
pub(crate) fn list(definitions: &Definitions) -> Result<BTreeMap<u32, ObservableType>> {
    let mut types = Types::default();
    for (name, scalar) in &definitions.types {
        types.add(scalar.observable, scalar.caption.clone(), "type", name)?;
    }
    for (name, attribute) in &definitions.dictionary {
        let caption = attribute.caption.as_ref().unwrap_or(name);
        types.add(attribute.observable, caption.clone(), "dictionary_attribute", name)?;
    }
    for (name, item) in &definitions.objects {
        types.add_item(name, item, "object", "Object")?;
    }
    for (name, item) in &definitions.classes {
        types.add_item(name, item, "class", "Class")?;
    }
    let fixed = definitions.objects.get("observable").and_then(|object| object.attributes.get("type_id"));
    for (id, value) in fixed.iter().flat_map(|attribute| &attribute.values) {
        if let (Ok(id), Some(caption)) = (id.parse(), value.caption.clone()) {
            let source = "observable.type_id".to_owned();
            types.0.entry(id).or_insert_with(|| ObservableType { caption, kind: "fixed", source });
        }
    }
    Ok(types.0)
}

#[derive(Default)]
struct Types(BTreeMap<u32, ObservableType>);

impl Types {
    fn add_item(&mut self, name: &str, item: &Item, kind: &'static str, word: &str) -> Result<()> {
        let caption = item.caption.as_deref().unwrap_or(name);
        let (of_attribute, of_path) = match kind {
            "class" => ("class_attribute", "class_path"),
            _ => ("object_attribute", "object_path"),
        };
        self.add(item.observable, caption.to_owned(), kind, name)?;
        for (attribute, body) in &item.attributes {
            let caption = format!("{caption} {word}: {attribute}");
            self.add(body.observable, caption, of_attribute, &format!("{name}.{attribute}"))?;
        }
        for (path, id) in item.observables.iter().flatten() {
            self.add(Some(*id), format!("{caption} {word}: {path}"), of_path, &format!("{name}:{path}"))?;
        }
        Ok(())
    }

    fn add(&mut self, id: Option<u32>, caption: String, kind: &'static str, source: &str) -> Result<()> {
        let Some(id) = id else { return Ok(()) };
        let new = ObservableType { caption, kind, source: source.to_owned() };
        if let Some(old) = self.0.insert(id, new) {
            bail!("observable type {id} is defined by `{}` and by `{source}`", old.source);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read;
    use crate::testing::checkout;

    #[test]
    fn types_come_from_every_level() {
        let types = list(
            &read(&checkout(&[
                (
                    "objects/user.json",
                    r#"{"name": "user", "caption": "User", "observable": 21, "observables": {"org.uid": 61},
                        "attributes": {"uid": {"observable": 31}}}"#,
                ),
                ("events/login.json", r#"{"name": "login", "attributes": {"uid": {"observable": 62}}}"#),
                (
                    "objects/observable.json",
                    r#"{"name": "observable", "attributes": {"type_id": {"enum": {
                        "0": {"caption": "Unknown"}, "21": {"caption": "ignored"}}}}}"#,
                ),
            ]))
            .unwrap(),
        )
        .unwrap();
        let got: Vec<_> = types
            .iter()
            .map(|(id, kind)| (*id, kind.caption.as_str(), kind.kind, kind.source.as_str()))
            .collect();
        assert_eq!(
            got,
            [
                (0, "Unknown", "fixed", "observable.type_id"),
                (2, "IP Address", "type", "ip_t"),
                (15, "Process ID", "dictionary_attribute", "pid"),
                (21, "User", "object", "user"),
                (31, "User Object: uid", "object_attribute", "user.uid"),
                (61, "User Object: org.uid", "object_path", "user:org.uid"),
                (62, "login Class: uid", "class_attribute", "login.uid"),
            ]
        );
    }

    #[test]
    fn a_number_has_one_meaning() {
        let user = r#"{"name": "user", "observable": 2}"#;
        let error = list(&read(&checkout(&[("objects/user.json", user)])).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "observable type 2 is defined by `ip_t` and by `user`");
    }
}
