//! What an object or a class must have to be valid, as far as it depends on the record.

use std::ops::Range;
use std::sync::Arc;

use super::{Node, NodeKind, nodes::LeafSource};
use crate::schema::{Item, Requirement, Schema};

/// What an object must have where it is present.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    /// Path of the object; empty for the class, or for a list's item.
    pub(crate) path: Arc<str>,
    /// Every column below it.
    pub(crate) columns: Vec<usize>,
    /// Groups of columns: in each group one must have a value.
    pub(crate) one_of: Vec<Group>,
    /// Groups of which exactly one must have a value.
    pub(crate) just_one: Vec<Vec<usize>>,
}

/// Columns of which one must have a value, and the attributes that say so.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) columns: Vec<usize>,
    pub(crate) what: String,
}

/// When an attribute is present.
enum Presence {
    Always,
    Never,
    With(Vec<usize>),
}

fn presence(node: &Node) -> Presence {
    let of_source = |source: &LeafSource| match source {
        LeafSource::Column { column, .. } | LeafSource::DateTime { column } => Presence::With(vec![*column]),
        LeafSource::Null => Presence::Never,
        _ => Presence::Always,
    };
    match &node.kind {
        NodeKind::Leaf { source, .. } | NodeKind::Texts { source } => of_source(source),
        NodeKind::List { column, .. } => {
            column.map_or(Presence::Never, |column| Presence::With(vec![column]))
        }
        NodeKind::Object(nodes) => any(nodes.iter()),
    }
}

fn any<'a>(nodes: impl Iterator<Item = &'a Node>) -> Presence {
    let mut columns = Vec::new();
    for node in nodes {
        match presence(node) {
            Presence::Always => return Presence::Always,
            Presence::Never => {}
            Presence::With(more) => columns.extend(more),
        }
    }
    columns.sort_unstable();
    columns.dedup();
    if columns.is_empty() { Presence::Never } else { Presence::With(columns) }
}

fn named<'a>(nodes: &'a [Node], name: &'a str) -> impl Iterator<Item = &'a Node> {
    nodes.iter().filter(move |node| node.name == name)
}

/// Collects the checks of `item`, whose attributes `nodes` fill, and of all objects below it, deepest first. What no
/// record can satisfy is a problem of the mapping.
pub(super) fn collect(
    schema: &Schema,
    item: &Item,
    nodes: &[Node],
    path: &str,
    profiles: &[&str],
    problems: &mut Vec<String>,
) -> Vec<Check> {
    let mut checks = Vec::new();
    for node in nodes {
        if let NodeKind::Object(below) = &node.kind
            && let Some(object) =
                item.attributes.get(&node.name).and_then(|attribute| attribute.object.as_deref())
            && let Some(object) = schema.object(object)
        {
            let path = if path.is_empty() { node.name.clone() } else { format!("{path}.{}", node.name) };
            checks.extend(collect(schema, object, below, &path, profiles, problems));
        }
    }
    let columns = match any(nodes.iter().filter(|node| !matches!(presence(node), Presence::Always))) {
        Presence::With(columns) => columns,
        _ => Vec::new(),
    };
    let mut check = Check { path: path.into(), columns, one_of: Vec::new(), just_one: Vec::new() };
    let place = if path.is_empty() { item.caption.clone() } else { format!("`{path}`") };

    for (name, attribute) in &item.attributes {
        if attribute.req != Requirement::Required || !attribute.in_scope(profiles) {
            continue;
        }
        match any(named(nodes, name)) {
            Presence::Always => {}
            Presence::Never => problems.push(format!("{place} requires `{name}`, and no line fills it")),
            Presence::With(columns) => check.one_of.push(Group { columns, what: name.clone() }),
        }
    }
    let at_least_one = &item.constraints.at_least_one;
    if !at_least_one.is_empty() {
        match any(at_least_one.iter().flat_map(|name| named(nodes, name))) {
            Presence::Always => {}
            Presence::Never => {
                problems.push(format!(
                    "{place} needs one of `{}`, and no line fills any",
                    at_least_one.join("`, `")
                ));
            }
            Presence::With(columns) => {
                check.one_of.push(Group { columns, what: at_least_one.join(" or ") });
            }
        }
    }
    for name in &item.constraints.just_one {
        match any(named(nodes, name)) {
            Presence::With(columns) => check.just_one.push(columns),
            Presence::Always => check.just_one.push(Vec::new()),
            Presence::Never => {}
        }
    }
    if !check.one_of.is_empty() || !check.just_one.is_empty() {
        checks.push(check);
    }
    checks
}

/// What an optional profile requires of the class, next to what every event must have. Without it, all columns of the
/// profile are dropped from the row.
pub(super) fn of_profile(
    class: &Item,
    nodes: &[Node],
    always: &[&str],
    profile: &str,
    columns: Range<usize>,
    problems: &mut Vec<String>,
) -> Option<Check> {
    let mut check =
        Check { path: profile.into(), columns: columns.collect(), one_of: Vec::new(), just_one: Vec::new() };
    for (name, attribute) in &class.attributes {
        let is_of_profile = attribute.in_scope(&[profile]) && !attribute.in_scope(always);
        if attribute.req != Requirement::Required || !is_of_profile {
            continue;
        }
        match any(named(nodes, name)) {
            Presence::With(columns) => check.one_of.push(Group { columns, what: name.clone() }),
            Presence::Always => {}
            Presence::Never => {
                problems.push(format!("profile `{profile}` requires `{name}`, and no line fills it"));
            }
        }
    }
    (!check.one_of.is_empty()).then_some(check)
}

impl Check {
    /// True when it is plain that nothing is missing in so many rows, of which each column has `counts` values.
    pub(crate) fn holds(&self, counts: &[usize], rows: usize) -> bool {
        let in_all = |columns: &[usize]| columns.iter().any(|column| counts[*column] == rows);
        let in_none = |columns: &[usize]| columns.iter().all(|column| counts[*column] == 0);
        (!self.path.is_empty() && in_none(&self.columns))
            || (self.just_one.is_empty() && self.one_of.iter().all(|group| in_all(&group.columns)))
    }

    /// What is missing in a row, or `None` when all is there or the object is absent. `valid` tells whether a column
    /// has a value in the row.
    pub(crate) fn missing(&self, valid: impl Fn(usize) -> bool) -> Option<&str> {
        let has = |columns: &[usize]| columns.iter().any(|column| valid(*column));
        if !self.path.is_empty() && !has(&self.columns) {
            return None;
        }
        if let Some(group) = self.one_of.iter().find(|group| !has(&group.columns)) {
            return Some(&group.what);
        }
        let together = self.just_one.iter().filter(|columns| columns.is_empty() || has(columns)).count();
        (!self.just_one.is_empty() && together != 1).then_some("exactly one of its alternatives")
    }
}
