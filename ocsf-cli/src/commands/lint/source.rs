//! What the files of a source must have in common.

use std::collections::{BTreeMap, BTreeSet};

use parquet::schema::types::Type;

use super::columns::{described, element};
use super::rows::Values;
use super::rules::{
    COLUMN_MISSING, COLUMN_ORDER, Ruled, SCHEMA_DRIFT, SEVERAL_CLASSES, SEVERAL_VERSIONS, SMALL_FILES,
};
use crate::units::human_size;

/// A partition may have so many files however small they are: late records make some.
const FEW_FILES: usize = 8;

/// Files of this size on average are large enough.
const LARGE_BYTES: u64 = 16 << 20;

/// The files of a source, as far as they were looked at.
#[derive(Debug, Default)]
pub(super) struct Source {
    files: u64,
    /// Types of each column by leaf or group path, with a file that has it so.
    columns: BTreeMap<String, BTreeMap<String, (String, u64)>>,
    /// Names of the top-level columns in order, with a file that has them so.
    orders: BTreeMap<Vec<String>, String>,
    classes: BTreeMap<i64, String>,
    versions: BTreeMap<String, String>,
    /// Sizes of the files of each partition.
    partitions: BTreeMap<String, Vec<u64>>,
}

impl Source {
    pub(super) fn add(&mut self, file: &str, partition: &str, bytes: u64, root: &Type, values: &Values) {
        self.files += 1;
        let mut all = Vec::new();
        paths(root, "", &mut all);
        for (path, kind) in all {
            let (_, files) =
                self.columns.entry(path).or_default().entry(kind).or_insert_with(|| (file.to_owned(), 0));
            *files += 1;
        }
        let order = root.get_fields().iter().map(|column| column.name().to_owned()).collect();
        self.orders.entry(order).or_insert_with(|| file.to_owned());
        for class in &values.classes {
            self.classes.entry(*class).or_insert_with(|| file.to_owned());
        }
        for version in &values.versions {
            self.versions.entry(version.clone()).or_insert_with(|| file.to_owned());
        }
        self.partitions.entry(partition.to_owned()).or_default().push(bytes);
    }

    /// Says what the files do not have in common. `tell` takes a rule, its subject, a message, and a file or the source.
    pub(super) fn tell(&self, name: &str, tell: &mut dyn FnMut(Ruled, &str, String, &str)) {
        if self.classes.len() > 1 {
            let (classes, file) = (joined(self.classes.keys()), self.classes.values().last());
            tell(SEVERAL_CLASSES, name, format!("classes {classes}"), file.map_or("", String::as_str));
        }
        if self.versions.len() > 1 {
            let (versions, file) = (joined(self.versions.keys()), self.versions.values().last());
            tell(SEVERAL_VERSIONS, name, format!("versions {versions}"), file.map_or("", String::as_str));
        }
        for (path, kinds) in &self.columns {
            let files: u64 = kinds.values().map(|(_, files)| files).sum();
            let rarest = kinds.values().min_by_key(|(_, files)| *files).map_or("", |(file, _)| file);
            if kinds.len() > 1 {
                tell(SCHEMA_DRIFT, path, joined(kinds.keys()), rarest);
            } else if files < self.files && self.has_parent(path) {
                tell(
                    COLUMN_MISSING,
                    path,
                    format!("{files} of {} files of {name} have it", self.files),
                    rarest,
                );
            }
        }
        self.tell_orders(name, tell);
        for (partition, sizes) in &self.partitions {
            let bytes: u64 = sizes.iter().sum();
            let mean = bytes / (sizes.len() as u64).max(1);
            if sizes.len() > FEW_FILES && mean < LARGE_BYTES {
                let message = format!("{} files of {} on average", sizes.len(), human_size(mean));
                tell(SMALL_FILES, name, message, &format!("{name}/{partition}"));
            }
        }
    }

    /// Of a missing struct, its members are not told as well.
    fn has_parent(&self, path: &str) -> bool {
        let Some((above, _)) = path.rsplit_once('.') else { return true };
        self.columns
            .get(above)
            .is_some_and(|kinds| kinds.values().map(|(_, files)| files).sum::<u64>() == self.files)
    }

    /// Orders are compared by the columns that files share.
    fn tell_orders(&self, name: &str, tell: &mut dyn FnMut(Ruled, &str, String, &str)) {
        let mut orders = self.orders.iter();
        let Some((first, _)) = orders.next() else { return };
        for (other, file) in orders {
            let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) = (first.iter().collect(), other.iter().collect());
            let shared = |order: &Vec<String>| -> Vec<String> {
                order
                    .iter()
                    .filter(|column| ours.contains(column) && theirs.contains(column))
                    .cloned()
                    .collect()
            };
            let moved = shared(first).into_iter().zip(shared(other)).find(|(one, other)| one != other);
            if let Some((one, other)) = moved {
                tell(
                    COLUMN_ORDER,
                    name,
                    format!("`{one}` in one file is where `{other}` is in another"),
                    file,
                );
            }
        }
    }
}

/// Every column and member with its type. What lists and their elements are called inside, tools choose at will.
fn paths(of: &Type, above: &str, out: &mut Vec<(String, String)>) {
    for member in of.get_fields() {
        let dot = if above.is_empty() { "" } else { "." };
        let path = format!("{above}{dot}{}", member.name());
        let element = element(member);
        out.push((
            path.clone(),
            element.map_or_else(|| described(member), |of| format!("a list of {}", described(of))),
        ));
        let inner = element.unwrap_or(member);
        if inner.is_group() {
            paths(inner, &path, out);
        }
    }
}

fn joined(values: impl Iterator<Item = impl ToString>) -> String {
    values.map(|value| value.to_string()).collect::<Vec<_>>().join(", ")
}
