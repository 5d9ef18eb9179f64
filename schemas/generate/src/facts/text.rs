//! Writes facts as JSON with one line per attribute, so that two versions can be compared line by line.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Result;
use serde::Serialize;
use serde_json::to_string;

use super::{Attribute, Facts, Item};

impl Facts {
    /// The facts file: JSON text, the same for the same checkout and reference.
    ///
    /// # Errors
    /// Never for facts that [`compile`](crate::compile) gave.
    pub fn to_json(&self) -> Result<String> {
        let mut categories: Vec<_> = self.categories.iter().collect();
        categories.sort_by_key(|(_, category)| category.uid);
        let mut classes: Vec<_> = self.classes.iter().collect();
        classes.sort_by_key(|(_, class)| class.uid);

        let mut out = String::from("{\n");
        writeln!(out, "\"version\": {},", to_string(&self.version)?)?;
        writeln!(out, "\"generated_by\": {},", to_string(env!("CARGO_PKG_NAME"))?)?;
        writeln!(out, "\"upstream\": \"https://github.com/ocsf/ocsf-schema\",")?;
        writeln!(out, "\"ref\": {},", to_string(&self.reference)?)?;
        writeln!(out, "\"profiles\": {},", to_string(&self.profiles)?)?;
        section(&mut out, "extensions", &lines(&self.extensions)?)?;
        section(&mut out, "categories", &lines(categories)?)?;
        section(&mut out, "types", &lines(&self.types)?)?;
        let observable_types: Vec<_> =
            self.observable_types.iter().map(|(id, kind)| (id.to_string(), kind)).collect();
        section(&mut out, "observable_types", &lines(observable_types)?)?;
        section(&mut out, "classes", &items(classes)?)?;
        section(&mut out, "objects", &items(&self.objects)?)?;
        out.truncate(out.len() - ",\n".len());
        out.push_str("\n}\n");
        Ok(out)
    }
}

/// A member of the file whose value is an object of `entries`.
fn section(out: &mut String, name: &str, entries: &[String]) -> Result<()> {
    let body = if entries.is_empty() { "{}".to_owned() } else { format!("{{\n{}\n}}", entries.join(",\n")) };
    writeln!(out, "\"{name}\": {body},")?;
    Ok(())
}

fn lines<K: AsRef<str>, T: Serialize>(entries: impl IntoIterator<Item = (K, T)>) -> Result<Vec<String>> {
    let line = |(name, value): (K, T)| Ok(format!(" {}:{}", to_string(name.as_ref())?, to_string(&value)?));
    entries.into_iter().map(line).collect()
}

fn items<'a>(entries: impl IntoIterator<Item = (&'a String, &'a Item)>) -> Result<Vec<String>> {
    let line = |(name, item): (&String, &Item)| {
        let head = to_string(item)?;
        let attributes = attributes(&item.attributes)?;
        // an item always has a caption, so the comma fits
        Ok(format!(
            " {}:{},\"attributes\":{attributes}}}",
            to_string(name)?,
            head.strip_suffix('}').unwrap_or(&head)
        ))
    };
    entries.into_iter().map(line).collect()
}

fn attributes(attributes: &BTreeMap<String, Attribute>) -> Result<String> {
    if attributes.is_empty() {
        return Ok("{}".into());
    }
    Ok(format!("{{\n {}}}", lines(attributes)?.join(",\n ")))
}

#[cfg(test)]
mod tests {
    use crate::compile;
    use crate::testing::checkout;

    #[test]
    fn one_line_per_attribute_and_no_key_without_a_value() {
        let facts = compile(
            &checkout(&[
                (
                    "events/b.json",
                    r#"{"name": "b", "caption": "B", "category": "iam", "uid": 2, "constraints": {"just_one": ["ip", "name"]},
                        "attributes": {"name": {"requirement": "required"}, "ip": {"profile": "cloud"}, "users": {}}}"#,
                ),
                ("events/a.json", r#"{"name": "z", "caption": "Z", "category": "system", "uid": 1}"#),
                ("objects/user.json", r#"{"name": "user", "caption": "User", "attributes": {"uid": {}}}"#),
            ]),
            "v9.9.9",
        );
        let text = facts.unwrap().to_json().unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
        let (head, rest) = text.split_once("\"profiles\"").unwrap();
        assert_eq!(
            head,
            "{\n\"version\": \"9.9.9\",\n\"generated_by\": \"ocsf-schemas-generate\",\n\
             \"upstream\": \"https://github.com/ocsf/ocsf-schema\",\n\"ref\": \"v9.9.9\",\n"
        );
        let classes = &rest[rest.find("\"classes\"").unwrap()..];
        assert_eq!(
            classes,
            r#""classes": {
 "z":{"uid":1001,"caption":"Z","category":"system","category_uid":1,"category_name":"System Activity","attributes":{}},
 "b":{"uid":3002,"caption":"B","category":"iam","category_uid":3,"category_name":"Identity","constraints":{"just_one":["ip","name"]},"attributes":{
  "ip":{"type":"ip_t","req":"optional","profiles":["cloud"],"observable":2},
  "name":{"type":"string_t","req":"required"},
  "users":{"type":"object_t","object":"user","array":true,"req":"optional"}}}
},
"objects": {
 "user":{"caption":"User","attributes":{
  "uid":{"type":"string_t","req":"optional"}}}
}
}
"#
        );
    }
}
