//! `extends`: parents first, the child wins.

use anyhow::{Result, anyhow, bail};

use crate::definition::{Item, Items};

/// Gives every item what its ancestors define.
pub(crate) fn inherit(items: &mut Items) -> Result<()> {
    let mut done = Items::new();
    for name in items.keys() {
        resolve(name, items, &mut done, &mut Vec::new())?;
    }
    *items = done;
    Ok(())
}

fn resolve<'i>(name: &'i str, items: &'i Items, done: &mut Items, trail: &mut Vec<&'i str>) -> Result<()> {
    if done.contains_key(name) {
        return Ok(());
    }
    let mut item = items[name].clone();
    if let Some(parent) = parent(&item, items)? {
        if trail.contains(&parent) {
            bail!("{}: extends itself by way of `{parent}`", item.file);
        }
        trail.push(name);
        resolve(parent, items, done, trail)?;
        item.inherit(&done[parent]);
    }
    done.insert(name.to_owned(), item);
    Ok(())
}

/// The key of what an item extends: one of its own extension, else of the base schema.
fn parent<'i>(item: &Item, items: &'i Items) -> Result<Option<&'i str>> {
    let Some(parent) = &item.extends else { return Ok(None) };
    let own = item.extension.as_ref().and_then(|(name, _)| items.get_key_value(&format!("{name}/{parent}")));
    let found = own.or_else(|| items.get_key_value(parent));
    let (key, _) = found.ok_or_else(|| anyhow!("{}: extends `{parent}`, which does not exist", item.file))?;
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read;
    use crate::testing::checkout;

    fn inherited(files: &[(&str, &str)]) -> Result<Items> {
        let mut objects = read(&checkout(files))?.objects;
        inherit(&mut objects)?;
        Ok(objects)
    }

    #[test]
    fn a_child_wins_over_its_ancestors() {
        let objects = inherited(&[
            (
                "objects/a.json",
                r#"{"name": "a", "caption": "A", "extends": "b", "uid": 7, "profiles": ["cloud"],
                    "attributes": {"uid": {"requirement": "required"}}}"#,
            ),
            ("objects/b.json", r#"{"name": "b", "caption": "B", "extends": "_c", "constraints": {}}"#),
            (
                "objects/c.json",
                r#"{"name": "_c", "caption": "C", "uid": 3, "profiles": ["host"], "observable": 4,
                    "constraints": {"just_one": ["uid"]}, "@deprecated": {"since": "1.1.0"},
                    "attributes": {"uid": {"requirement": "optional", "type": "long_t"}, "name": {}}}"#,
            ),
        ])
        .unwrap();
        let a = &objects["a"];
        assert_eq!((a.caption.as_deref(), a.uid, a.observable), (Some("A"), Some(7), Some(4)));
        assert_eq!(a.profiles, ["cloud", "host"].map(str::to_owned).into());
        assert_eq!(a.attributes.keys().collect::<Vec<_>>(), ["name", "uid"]);
        assert_eq!(a.attributes["uid"].type_name.as_deref(), Some("long_t"));
        assert_eq!(a.attributes["uid"].requirement, Some(crate::facts::Requirement::Required));
        assert!(a.constraints.as_ref().unwrap().is_empty(), "empty constraints remove the parent's");
        assert_eq!(a.deprecated.as_ref().unwrap().0, "1.1.0");
        assert_eq!(objects["b"].uid, None, "a uid is not inherited");
    }

    #[test]
    fn an_extension_prefers_its_own_parent() {
        let objects = inherited(&[
            ("objects/key.json", r#"{"name": "key", "caption": "Base"}"#),
            ("extensions/w/extension.json", r#"{"name": "win", "uid": 2}"#),
            ("extensions/w/objects/key.json", r#"{"name": "key", "caption": "Own"}"#),
            ("extensions/w/objects/sub.json", r#"{"name": "sub", "extends": "key"}"#),
        ])
        .unwrap();
        assert_eq!(objects["win/sub"].caption.as_deref(), Some("Own"));
    }

    #[test]
    fn a_missing_parent_and_a_circle_are_told() {
        let error = inherited(&[("objects/a.json", r#"{"name": "a", "extends": "x"}"#)]).unwrap_err();
        assert_eq!(error.to_string(), "objects/a.json: extends `x`, which does not exist");
        let error = inherited(&[
            ("objects/a.json", r#"{"name": "a", "extends": "b"}"#),
            ("objects/b.json", r#"{"name": "b", "extends": "a"}"#),
        ])
        .unwrap_err();
        assert!(error.to_string().contains("extends itself"), "{error}");
    }
}
