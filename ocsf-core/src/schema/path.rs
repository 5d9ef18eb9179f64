//! Dotted attribute paths, resolved against a version.

use std::fmt;

use super::{Attribute, Item, Schema};

/// A path that led to an attribute.
#[derive(Debug)]
pub struct Resolved<'s> {
    /// Names and facts from the top down; never empty.
    pub steps: Vec<(&'s str, &'s Attribute)>,
}

/// A path that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathError {
    /// The path as written.
    pub path: String,
    /// Its first name that does not exist.
    pub at: String,
    /// What that name was looked up in.
    pub item: String,
    /// A name of that item that looks alike.
    pub suggestion: Option<String>,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: no attribute `{}` in {}", self.path, self.at, self.item)?;
        match &self.suggestion {
            Some(name) => write!(f, ", did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for PathError {}

impl Schema {
    /// Follows `path` from `item` through objects, lists of objects included.
    ///
    /// # Errors
    /// A name on the way does not exist in this version, or stands below a scalar.
    pub fn resolve<'s>(&'s self, item: &'s Item, path: &str) -> Result<Resolved<'s>, PathError> {
        let mut steps: Vec<(&'s str, &'s Attribute)> = Vec::new();
        let mut here = Some(item);
        for name in path.split('.') {
            let fail = |item: &str, suggestion| PathError {
                path: path.to_owned(),
                at: name.to_owned(),
                item: item.to_owned(),
                suggestion,
            };
            let item = here.ok_or_else(|| fail(steps.last().map_or("a scalar", |(name, _)| name), None))?;
            let (name, attribute) = item
                .attributes
                .get_key_value(name)
                .ok_or_else(|| fail(&item.caption, nearest(name, item.attributes.keys())))?;
            here = attribute.object.as_deref().and_then(|object| self.object(object));
            steps.push((name, attribute));
        }
        Ok(Resolved { steps })
    }
}

impl<'s> Resolved<'s> {
    /// The attribute that the path names.
    pub fn attribute(&self) -> &'s Attribute {
        self.steps[self.steps.len() - 1].1
    }
}

/// The name that is most like `wanted`, when one is close.
pub(crate) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a String>) -> Option<String> {
    names
        .map(|name| (distance(wanted, name), name))
        .min()
        .filter(|(edits, name)| *edits <= 1 + name.len() / 3)
        .map(|(_, name)| name.clone())
}

fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let cost = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = cost;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_through_objects_and_lists() {
        let schema = Schema::get("1.1.0").unwrap();
        let (_, class) = schema.class(6003).unwrap();
        assert_eq!(schema.resolve(class, "actor.user.uid").unwrap().steps.len(), 3);
        assert!(schema.resolve(class, "resources").unwrap().attribute().array);
        assert_eq!(schema.resolve(class, "time").unwrap().attribute().type_name, "timestamp_t");
    }

    #[test]
    fn a_wrong_name_suggests_the_right_one() {
        let schema = Schema::get("1.1.0").unwrap();
        let (_, class) = schema.class(6003).unwrap();
        let error = schema.resolve(class, "actor.user.uuid").unwrap_err();
        assert_eq!(error.to_string(), "`actor.user.uuid`: no attribute `uuid` in User, did you mean `uid`?");
        assert!(schema.resolve(class, "time.x").is_err());
    }
}
