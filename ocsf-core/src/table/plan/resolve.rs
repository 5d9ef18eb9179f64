//! One table's rules against the facts: paths, types, enums, profiles.

use std::ops::Range;
use std::sync::Arc;

use super::nodes::{LeafSource, Node, NodeKind};
use super::{ObservableDef, Planned, checks};
use crate::derive::observables;
use crate::options::MapperOptions;
use crate::schema::{Attribute, Item, Kind, Schema};
use crate::table::column::Setup;
use crate::table::expr::Sources;
use crate::table::{Rule, Wants, What};
use crate::time::{MAX_MS, MIN_MS};

/// A table whose rules fit the facts.
pub(super) struct ResolvedTable {
    pub(super) planned: Planned,
    pub(super) setups: Vec<(usize, Setup)>,
    pub(super) time: usize,
    pub(super) class_name: String,
}

/// The profiles of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profiles<'t> {
    /// Those that every event declares.
    pub(super) always: &'static [&'static str],
    /// Those that an event declares when one of these columns has a value.
    pub(super) by_row: &'t [(&'static str, Range<usize>)],
}

impl Profiles<'_> {
    /// The profiles that are declared wherever a rule fills its attribute.
    fn with(self, rule: &Rule) -> Vec<&'static str> {
        let column = match rule.what {
            What::Column { column, .. } | What::List { column, .. } => Some(column),
            _ => None,
        };
        let by_row = self.by_row.iter().filter(|(_, columns)| column.is_some_and(|at| columns.contains(&at)));
        self.always.iter().copied().chain(by_row.map(|(name, _)| *name)).collect()
    }
}

/// What stands first in every table, in this order.
const FIRST: [&str; 6] =
    ["metadata.version", "time", "class_uid", "category_uid", "activity_id", "severity_id"];

/// Resolves the table of a class; `None` when it has problems.
pub(super) fn class(
    schema: &'static Schema,
    class_uid: i32,
    profiles: Profiles<'_>,
    rules: &[Rule],
    options: &MapperOptions,
    problems: &mut Vec<String>,
) -> Option<ResolvedTable> {
    let Some((_, class)) = schema.class(class_uid) else {
        problems.push(format!("OCSF {} has no class {class_uid}", schema.version()));
        return None;
    };
    let names = profiles.always.iter().map(|name| (*name, 0..0)).chain(profiles.by_row.iter().cloned());
    let names: Vec<_> = names.collect();
    for (number, (profile, _)) in names.iter().enumerate() {
        if !class.profiles.iter().any(|known| known == profile) {
            problems.push(format!("{} has no profile `{profile}`", class.caption));
        }
        if names.iter().take(number).any(|(before, _)| before == profile) {
            problems.push(format!("profile `{profile}` is declared twice"));
        }
    }
    let base =
        |path, what| Rule { path, what, sources: Sources::default(), words: String::new(), lookup: false };
    let mut all = vec![
        base("metadata.version", What::Text(schema.version())),
        base("class_uid", What::Id(class.uid)),
        base("category_uid", What::Id(class.category_uid)),
    ];
    if !names.is_empty() {
        all.push(base("metadata.profiles", What::Texts(names)));
    }
    all.extend(rules.iter().cloned());
    all.sort_by_key(|rule| FIRST.iter().position(|first| *first == rule.path).unwrap_or(FIRST.len()));

    let mut scope = Scope { schema, profiles: Vec::new(), options, problems, setups: Vec::new() };
    let mut planned = scope.rules(class, &all, Some((class, profiles)));
    let setups = std::mem::take(&mut scope.setups);
    let (nodes, always) = (&planned.nodes, profiles.always);
    let mut found = checks::collect(schema, class, nodes, "", always, problems);
    // Behind the objects, some of which may be of the profile, and before the class, which is refused for what it lacks.
    let at = found.iter().position(|check| check.path.is_empty()).unwrap_or(found.len());
    let of_profiles = profiles.by_row.iter().filter_map(|(profile, columns)| {
        checks::of_profile(class, nodes, always, profile, columns.clone(), problems)
    });
    found.splice(at..at, of_profiles);
    planned.checks = found;
    let time = rules.iter().find_map(|rule| match rule.what {
        What::Column { column, wants: Wants::Time } if rule.path == "time" => Some(column),
        _ => None,
    });
    if time.is_none() {
        problems.push("no line fills `time`".to_owned());
    }
    Some(ResolvedTable { planned, setups, time: time?, class_name: class.caption.clone() })
}

struct Scope<'p> {
    schema: &'static Schema,
    /// Declared where the rule at hand fills its attribute.
    profiles: Vec<&'static str>,
    options: &'p MapperOptions,
    problems: &'p mut Vec<String>,
    setups: Vec<(usize, Setup)>,
}

impl Scope<'_> {
    fn rules(
        &mut self,
        item: &'static Item,
        rules: &[Rule],
        class: Option<(&'static Item, Profiles<'_>)>,
    ) -> Planned {
        let mut planned = Planned::default();
        for rule in rules {
            if let Some((_, profiles)) = class {
                self.profiles = profiles.with(rule);
            }
            let path = match self.schema.resolve(item, rule.path) {
                Ok(path) => path,
                Err(error) => {
                    self.problems.push(error.to_string());
                    continue;
                }
            };
            let (last, parents) = path.steps.split_last().unwrap_or_else(|| unreachable!("a path has steps"));
            if let Some((name, _)) = parents.iter().find(|(_, attribute)| attribute.array) {
                self.problems.push(format!(
                    "`{}`: `{name}` is a list, its items have a table of their own",
                    rule.path
                ));
                continue;
            }
            if let Some((name, attribute)) = path.steps.iter().find(|(_, a)| !a.in_scope(&self.profiles)) {
                let needs = attribute.profiles.join("` or `");
                self.problems.push(format!("`{}`: `{name}` needs profile `{needs}`", rule.path));
                continue;
            }
            let siblings = match parents.last() {
                Some((_, parent)) => parent.object.as_deref().and_then(|object| self.schema.object(object)),
                None => Some(item),
            };
            let Some(siblings) = siblings else { continue };
            let class = class.map(|(class, _)| class);
            for node in self.nodes(rule, last.0, last.1, siblings, class, &mut planned.observables) {
                let names: Vec<&str> = parents.iter().map(|(name, _)| *name).collect();
                if let Err(name) = insert(&mut planned.nodes, &names, node) {
                    self.problems.push(format!("`{}`: `{name}` is filled twice", rule.path));
                }
            }
        }
        planned
    }

    /// The nodes that a rule fills: the attribute, and its caption or `_dt` twin.
    fn nodes(
        &mut self,
        rule: &Rule,
        name: &str,
        attribute: &'static Attribute,
        siblings: &'static Item,
        class: Option<&'static Item>,
        observables: &mut Vec<ObservableDef>,
    ) -> Vec<Node> {
        let kind = Kind::of(self.schema, attribute);
        match &rule.what {
            What::Text(text) => match kind {
                Some(Kind::Text) if !attribute.array => {
                    vec![leaf(name, Kind::Text, true, LeafSource::Text((*text).into()))]
                }
                _ => self.wrong(rule, attribute, "a constant text"),
            },
            What::Texts(texts) => match kind {
                Some(Kind::Text) if attribute.array => {
                    let texts = texts.iter().map(|(text, columns)| (Arc::from(*text), columns.clone()));
                    let source = LeafSource::Texts(texts.collect());
                    vec![Node { name: name.to_owned(), kind: NodeKind::Texts { source } }]
                }
                _ => self.wrong(rule, attribute, "a constant list of texts"),
            },
            What::Id(id) => match (kind, attribute.caption(*id)) {
                (Some(Kind::Int), Some(caption)) if !attribute.array => {
                    let mut nodes = vec![leaf(name, Kind::Int, false, LeafSource::Int(*id))];
                    if let Some(sibling) = &attribute.sibling {
                        nodes.push(leaf(sibling, Kind::Text, true, LeafSource::Text(caption.into())));
                    }
                    nodes
                }
                _ => self.wrong(rule, attribute, &format!("the id {id}, which its enum does not have")),
            },
            What::List { column, rules } => {
                let object = attribute.object.as_deref().and_then(|object| self.schema.object(object));
                let Some(object) = object.filter(|_| attribute.array) else {
                    return self.wrong(rule, attribute, "a list of objects");
                };
                let outer = std::mem::take(&mut self.setups);
                let mut items = self.rules(object, rules, None);
                let setups = std::mem::replace(&mut self.setups, outer);
                items.checks =
                    checks::collect(self.schema, object, &items.nodes, "", &self.profiles, self.problems);
                for item in items.observables.drain(..) {
                    let name = format!("{}[].{}", rule.path, item.name).into();
                    let within = std::iter::once(item.column).chain(item.within).collect();
                    observables.push(ObservableDef { name, column: *column, within, ..item });
                }
                let nodes = items.nodes.clone();
                self.setups.push((*column, Setup::Items { planned: items, setups }));
                vec![Node {
                    name: name.to_owned(),
                    kind: NodeKind::List { column: Some(*column), items: nodes },
                }]
            }
            What::Column { wants, column } => {
                let observable =
                    observables::of(self.schema, rule.path, attribute, siblings, self.options.observables);
                observables.extend(observable.map(|(type_id, caption)| ObservableDef {
                    name: rule.path.into(),
                    type_id,
                    caption: caption.into(),
                    column: *column,
                    within: Vec::new(),
                }));
                self.column(rule, name, attribute, siblings, class, (*wants, *column))
            }
        }
    }

    /// The nodes that a column of values fills.
    fn column(
        &mut self,
        rule: &Rule,
        name: &str,
        attribute: &'static Attribute,
        siblings: &'static Item,
        class: Option<&'static Item>,
        (wants, column): (Wants, usize),
    ) -> Vec<Node> {
        let source = || LeafSource::Column { column, part: 0 };
        let kind = Kind::of(self.schema, attribute);
        let one = |kind| vec![leaf(name, kind, wants == Wants::Word, source())];
        if let Some((least, greatest)) = self.schema.range(&attribute.type_name) {
            self.setups.push((column, Setup::Range(least, greatest)));
        }
        match (wants, kind) {
            (Wants::Texts, Some(Kind::Text)) if attribute.array => {
                vec![Node { name: name.to_owned(), kind: NodeKind::Texts { source: source() } }]
            }
            _ if attribute.array => self.wrong(rule, attribute, &format!("{wants:?}")),
            (Wants::Text | Wants::Json, Some(kind @ (Kind::Text | Kind::Json)))
            | (Wants::Word, Some(kind @ Kind::Text))
            | (Wants::Int, Some(kind @ Kind::Int))
            | (Wants::Long, Some(kind @ Kind::Long))
            | (Wants::Float, Some(kind @ Kind::Float))
            | (Wants::Truth, Some(kind @ Kind::Bool)) => one(kind),
            (Wants::Time, Some(Kind::Time)) => {
                self.setups.push((column, Setup::Range(MIN_MS, MAX_MS - 1)));
                let twin = format!("{name}_dt");
                let has_twin = siblings.attributes.get(&twin).is_some_and(|a| a.in_scope(&self.profiles));
                let mut nodes = one(Kind::Time);
                if has_twin {
                    nodes.push(leaf(&twin, Kind::DateTime, false, LeafSource::DateTime { column }));
                }
                nodes
            }
            (Wants::Id, Some(Kind::Int)) if !attribute.values.is_empty() => {
                self.id(name, column, attribute, class)
            }
            _ => self.wrong(rule, attribute, &format!("{wants:?}")),
        }
    }

    /// Notes that a line gives what its attribute does not take.
    fn wrong(&mut self, rule: &Rule, attribute: &Attribute, given: &str) -> Vec<Node> {
        let found = match Kind::of(self.schema, attribute) {
            Some(kind) if attribute.array => format!("a list of {kind:?}"),
            Some(kind) => format!("{kind:?}"),
            None => "an object".to_owned(),
        };
        let (path, version) = (rule.path, self.schema.version());
        self.problems.push(format!("`{path}` is {found} in OCSF {version}, the line gives {given}"));
        Vec::new()
    }

    fn id(
        &mut self,
        name: &str,
        column: usize,
        attribute: &Attribute,
        class: Option<&'static Item>,
    ) -> Vec<Node> {
        let part = |part| LeafSource::Column { column, part };
        let captions = attribute
            .values
            .iter()
            .filter_map(|(id, caption)| Some((id.parse().ok()?, caption.clone())))
            .collect();
        let class = class.filter(|_| name == "activity_id");
        let mut nodes = vec![leaf(name, Kind::Int, false, part(0))];
        if let Some(sibling) = &attribute.sibling {
            nodes.push(leaf(sibling, Kind::Text, true, part(1)));
        }
        if class.is_some() {
            nodes.push(leaf("type_uid", Kind::Long, false, part(2)));
            nodes.push(leaf("type_name", Kind::Text, true, part(3)));
        }
        let class = class.map(|class| (class.uid, class.caption.clone()));
        self.setups.push((column, Setup::Enum { captions, class }));
        nodes
    }
}

fn leaf(name: &str, kind: Kind, word: bool, source: LeafSource) -> Node {
    Node { name: name.to_owned(), kind: NodeKind::Leaf { kind, word, source } }
}

/// Puts a node below these names; the name that is taken already otherwise.
fn insert(nodes: &mut Vec<Node>, names: &[&str], node: Node) -> Result<(), String> {
    let Some((first, below)) = names.split_first() else {
        if nodes.iter().any(|there| there.name == node.name) {
            return Err(node.name);
        }
        nodes.push(node);
        return Ok(());
    };
    let at = nodes.iter().position(|there| there.name == *first).unwrap_or_else(|| {
        nodes.push(Node { name: (*first).to_owned(), kind: NodeKind::Object(Vec::new()) });
        nodes.len() - 1
    });
    match &mut nodes[at].kind {
        NodeKind::Object(inner) => insert(inner, below, node),
        _ => Err((*first).to_owned()),
    }
}
