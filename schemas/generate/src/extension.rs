//! What the extensions in a checkout bring: items of their own under `extension/name`, and patches of other items.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde::Deserialize;

use crate::checkout::Checkout;
use crate::definition::{Attributes, Definitions, Item, Items, Scope};
use crate::facts::Extension;
use crate::read::Reader;

/// Adds every extension of the checkout, in the order of their uids.
pub(crate) fn read(checkout: &Checkout, definitions: &mut Definitions) -> Result<()> {
    let mut found = Vec::new();
    for path in checkout.below("extensions/") {
        if let Some(folder) = path.strip_suffix("extension.json").filter(|folder| folder.ends_with('/')) {
            found.push((checkout.json::<ExtensionFile>(path)?, folder));
        }
    }
    found.sort_by_key(|(file, _)| file.uid);
    for (file, folder) in found {
        add(&Reader::extension(checkout, folder), file, definitions)?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct ExtensionFile {
    name: String,
    uid: u32,
    version: Option<String>,
}

/// Names that mean the extension's own things where the extension uses them.
struct Names<'a> {
    extension: &'a str,
    profiles: BTreeSet<String>,
    objects: BTreeSet<String>,
    attributes: BTreeSet<String>,
}

fn add(reader: &Reader<'_>, file: ExtensionFile, definitions: &mut Definitions) -> Result<()> {
    let classes = reader.items("events/")?;
    let objects = reader.items("objects/")?;
    let (dictionary, types) = reader.dictionary()?;
    let names = Names {
        extension: &file.name,
        profiles: reader.profiles()?.into_keys().collect(),
        objects: objects.iter().filter_map(own_name).map(str::to_owned).collect(),
        attributes: dictionary.keys().cloned().collect(),
    };
    definitions.profiles.extend(names.profiles.iter().map(|profile| names.scoped(profile)));
    definitions.types.extend(types);
    for (name, mut attribute) in dictionary {
        names.scope_type(&mut attribute.type_name);
        attribute.extension = Some(file.name.clone());
        definitions.dictionary.insert(names.scoped(&name), attribute);
    }
    names.place(classes, file.uid, &mut definitions.classes)?;
    names.place(objects, file.uid, &mut definitions.objects)?;
    let version = file.version.unwrap_or_else(|| definitions.version.clone());
    definitions.extensions.insert(file.name, Extension { uid: file.uid, version });
    Ok(())
}

/// The name of an item; `None` for a patch, which has none or that of the item it extends.
fn own_name(item: &Item) -> Option<&str> {
    item.name.as_deref().filter(|name| item.extends.as_deref() != Some(name))
}

impl Names<'_> {
    fn scoped(&self, name: &str) -> String {
        format!("{}/{name}", self.extension)
    }

    /// Adds the items that are new, then lays the patches over what is there.
    fn place(&self, list: Vec<Item>, uid: u32, items: &mut Items) -> Result<()> {
        let mut patches = Vec::new();
        for mut item in list {
            self.scope_item(&mut item);
            let Some(name) = own_name(&item).map(|name| self.scoped(name)) else {
                patches.push(item);
                continue;
            };
            item.extension = Some((self.extension.to_owned(), uid));
            if let Some(twin) = items.get(&name) {
                bail!("{}: `{name}` is already defined in {}", item.file, twin.file);
            }
            items.insert(name, item);
        }
        for patch in patches {
            let Some(target) = patch.extends.as_deref() else {
                bail!("{}: neither `name` nor `extends`", patch.file);
            };
            let Some(item) = items.get_mut(target) else {
                bail!("{}: patches `{target}`, which does not exist", patch.file);
            };
            item.patch(&patch);
        }
        Ok(())
    }

    fn scope_item(&self, item: &mut Item) {
        item.profiles = self.scope_profiles(&item.profiles);
        self.scope_attributes(&mut item.attributes);
    }

    fn scope_attributes(&self, attributes: &mut Attributes) {
        for (name, attribute) in attributes {
            if let Scope::Profiles(profiles) = &mut attribute.scope {
                *profiles = self.scope_profiles(profiles);
            }
            if self.attributes.contains(name) {
                attribute.extension = Some(self.extension.to_owned());
            }
            self.scope_type(&mut attribute.type_name);
        }
    }

    fn scope_profiles(&self, profiles: &BTreeSet<String>) -> BTreeSet<String> {
        let scope =
            |name: &String| if self.profiles.contains(name) { self.scoped(name) } else { name.clone() };
        profiles.iter().map(scope).collect()
    }

    fn scope_type(&self, type_name: &mut Option<String>) {
        if let Some(name) = type_name
            && self.objects.contains(name)
        {
            *name = self.scoped(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;
    use crate::testing::checkout;

    const EXTENSION: (&str, &str) = ("extensions/windows/extension.json", r#"{"name": "win", "uid": 2}"#);
    const PROCESS: (&str, &str) = (
        "objects/process.json",
        r#"{"name": "process", "caption": "Process", "profiles": ["container"], "constraints": {"just_one": ["pid"]},
            "attributes": {"pid": {"requirement": "optional"}}}"#,
    );

    fn definitions(files: &[(&str, &str)]) -> Result<Definitions> {
        read::read(&checkout(&[&[EXTENSION, PROCESS], files].concat()))
    }

    #[test]
    fn own_items_and_what_they_name_carry_the_extension() {
        let definitions = definitions(&[
            (
                "extensions/windows/dictionary.json",
                r#"{"attributes": {"key": {"type": "reg_key"}, "path": {"type": "string_t"}},
                    "types": {"attributes": {"reg_path_t": {"type": "string_t", "caption": "Path"}}}}"#,
            ),
            (
                "extensions/windows/objects/reg_key.json",
                r#"{"name": "reg_key", "profiles": ["wow", "cloud"], "attributes": {
                    "path": {"profile": "wow"}, "key": {}, "parent": {"type": "reg_key"}}}"#,
            ),
            ("extensions/windows/profiles/wow.json", r#"{"name": "wow", "meta": "profile"}"#),
        ])
        .unwrap();
        let key = &definitions.objects["win/reg_key"];
        assert_eq!(key.extension, Some(("win".into(), 2)));
        assert_eq!(key.profiles, ["cloud", "win/wow"].map(str::to_owned).into());
        assert_eq!(key.attributes["path"].scope, Scope::of("win/wow"));
        assert_eq!(key.attributes["path"].extension.as_deref(), Some("win"));
        assert_eq!(key.attributes["parent"].type_name.as_deref(), Some("win/reg_key"));
        assert_eq!(key.attributes["parent"].extension, None);
        assert_eq!(definitions.dictionary["win/key"].type_name.as_deref(), Some("win/reg_key"));
        assert!(definitions.types.contains_key("reg_path_t"));
        assert!(definitions.profiles.contains("win/wow"));
        assert_eq!(definitions.extensions["win"], Extension { uid: 2, version: "9.9.9".into() });
    }

    #[test]
    fn a_patch_unites_profiles_merges_attributes_and_replaces_constraints() {
        for name in ["", r#""name": "process","#] {
            let patch = format!(
                r#"{{{name} "extends": "process", "caption": "Windows Process", "profiles": ["host"],
                    "constraints": {{"at_least_one": ["pid", "sid"]}}, "observable": 25,
                    "attributes": {{"pid": {{"requirement": "required"}}, "sid": {{}}}}}}"#
            );
            let process = definitions(&[("extensions/windows/objects/p.json", &patch)])
                .unwrap()
                .objects
                .remove("process")
                .unwrap();
            assert_eq!(process.caption.as_deref(), Some("Process"));
            assert_eq!(process.profiles, ["container", "host"].map(str::to_owned).into());
            assert_eq!(process.attributes.keys().collect::<Vec<_>>(), ["pid", "sid"]);
            assert_eq!(process.observable, Some(25));
            assert!(process.constraints.unwrap().contains_key("at_least_one"));
            assert_eq!(process.extension, None);
        }
    }

    #[test]
    fn empty_constraints_of_a_patch_remove_them() {
        let patch = r#"{"extends": "process", "constraints": {}}"#;
        let definitions = definitions(&[("extensions/windows/objects/p.json", patch)]).unwrap();
        assert!(definitions.objects["process"].constraints.as_ref().unwrap().is_empty());
    }

    #[test]
    fn extensions_come_in_the_order_of_their_uids() {
        let definitions = definitions(&[
            ("extensions/a/extension.json", r#"{"name": "late", "uid": 9}"#),
            ("extensions/a/objects/p.json", r#"{"extends": "process", "observable": 9}"#),
            ("extensions/windows/objects/p.json", r#"{"extends": "process", "observable": 2}"#),
        ])
        .unwrap();
        assert_eq!(definitions.objects["process"].observable, Some(9));
    }

    #[test]
    fn a_patch_of_nothing_is_told() {
        let error =
            definitions(&[("extensions/windows/objects/p.json", r#"{"extends": "prozess"}"#)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "extensions/windows/objects/p.json: patches `prozess`, which does not exist"
        );
    }
}
