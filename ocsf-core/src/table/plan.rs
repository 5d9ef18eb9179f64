//! Rules resolved against an OCSF version: every path, type and enum checked, all faults reported at once.

mod checks;
mod nodes;
mod resolve;

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema as ArrowSchema};

pub(crate) use checks::Check;
pub(crate) use nodes::{Node, NodeKind};

use super::column::Setup;
use super::{Tables, What};
use crate::derive;
use crate::mapper::{MappingLine, TableInfo};
use crate::options::MapperOptions;
use crate::record::Source;
use crate::schema::{Schema, Version};

/// A mapping, or an option of it, that does not fit the OCSF version: every fault of every table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanError {
    /// The source.
    pub source: &'static str,
    /// The OCSF version.
    pub version: String,
    /// One text a fault, with the table, or the option, in front.
    pub problems: Vec<String>,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be mapped to OCSF {} with these options", self.source, self.version)?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for PlanError {}

/// What is planned for a table, or for the items of a list.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    pub(crate) nodes: Vec<Node>,
    /// Deepest objects first.
    pub(crate) checks: Vec<Check>,
    pub(crate) observables: Vec<ObservableDef>,
}

/// A column that gives observables.
#[derive(Debug, Clone)]
pub(crate) struct ObservableDef {
    pub(crate) name: Arc<str>,
    pub(crate) type_id: i32,
    pub(crate) caption: Arc<str>,
    pub(crate) column: usize,
    /// When `column` is a list: the column within its items, and so on when that is a list again.
    pub(crate) within: Vec<usize>,
}

/// A source, planned.
#[derive(Debug)]
pub(crate) struct SourcePlan {
    pub(crate) tables: Vec<TablePlan>,
}

#[derive(Debug)]
pub(crate) struct TablePlan {
    pub(crate) info: TableInfo,
    pub(crate) planned: Planned,
    /// Column of the event time.
    pub(crate) time: usize,
}

impl SourcePlan {
    /// Plans the tables of `S` and prepares their columns.
    pub(crate) fn new<S: Source>(options: &MapperOptions) -> Result<(Self, Tables<S>), PlanError> {
        let fail = |problems| PlanError { source: S::INFO.name, version: options.version.clone(), problems };
        let schema = Schema::get(&options.version).map_err(|error| fail(vec![error]))?;
        let version = Version::parse(&options.version)
            .ok_or_else(|| fail(vec![format!("`{}` is no version", options.version)]))?;
        let mut tables = Tables::<S>::new(version);
        S::tables(&mut tables);

        let mut problems = Vec::new();
        let mut resolved = Vec::new();
        for def in &tables.list {
            let mut own = Vec::new();
            let profiles = resolve::Profiles { always: def.profiles, by_row: &def.table.profiles };
            let table = resolve::class(schema, def.class_uid, profiles, &def.table.rules, options, &mut own);
            problems.extend(own.into_iter().map(|problem| format!("{}: {problem}", def.name)));
            resolved.push(table);
        }
        let mut union = Vec::new();
        for table in resolved.iter().flatten() {
            nodes::unite(&mut union, &table.planned.nodes, "", &mut problems);
        }
        if !problems.is_empty() {
            return Err(fail(problems));
        }

        let arrow = Arc::new(ArrowSchema::new(fields(&union, options)));
        let mut plans = Vec::new();
        for (def, table) in tables.list.iter_mut().zip(resolved.into_iter().flatten()) {
            let resolve::ResolvedTable { mut planned, setups, time, class_name } = table;
            planned.nodes = nodes::project(&union, &planned.nodes);
            for (column, setup) in fitted(setups, &union, &planned.nodes) {
                if let Some(column) = def.table.columns.get_mut(column) {
                    column.prepare(setup);
                }
            }
            let info = TableInfo {
                name: def.name,
                class_uid: def.class_uid,
                class_name: class_name.into(),
                version: options.version.as_str().into(),
                schema: Arc::clone(&arrow),
                routing: def.routing.clone(),
                lookup_paths: lookup_paths(&def.table.rules, ""),
                mapping: mapping(&def.table.rules, ""),
            };
            plans.push(TablePlan { info, planned, time });
        }
        Ok((Self { tables: plans }, tables))
    }
}

/// What the columns of lists are told, in the shape that the tables of the source share.
fn fitted(mut all: Vec<(usize, Setup)>, union: &[Node], own: &[Node]) -> Vec<(usize, Setup)> {
    for (column, setup) in &mut all {
        if let Setup::Items { planned, setups } = setup
            && let Some(shape) = nodes::items_of(union, own, *column)
        {
            planned.nodes = nodes::project(shape, &planned.nodes);
            *setups = fitted(std::mem::take(setups), shape, &planned.nodes);
        }
    }
    all
}

/// Columns of every batch: what the tables fill, then what the core derives from whole rows.
fn fields(union: &[Node], options: &MapperOptions) -> Vec<Field> {
    let mut fields: Vec<Field> = union.iter().map(|node| node.field(options.dictionaries)).collect();
    fields.extend(derive::fields(options));
    fields
}

fn lookup_paths(rules: &[super::Rule], prefix: &str) -> Vec<String> {
    rules
        .iter()
        .flat_map(|rule| {
            let path = format!("{prefix}{}", rule.path);
            match &rule.what {
                What::List { rules, .. } => lookup_paths(rules, &format!("{path}[].")),
                _ if rule.lookup => vec![path],
                _ => Vec::new(),
            }
        })
        .collect()
}

fn mapping(rules: &[super::Rule], prefix: &str) -> Vec<MappingLine> {
    rules
        .iter()
        .flat_map(|rule| {
            let path = format!("{prefix}{}", rule.path);
            let mut lines = vec![MappingLine {
                path: path.clone(),
                sources: rule.sources.paths.clone(),
                takes: rule.sources.paths.iter().take(rule.sources.taken).copied().collect(),
                rule: rule.words.clone(),
            }];
            if let What::List { rules, .. } = &rule.what {
                lines.extend(mapping(rules, &format!("{path}[].")));
            }
            lines
        })
        .collect()
}

/// The Arrow type of an object of these nodes.
fn object_type(nodes: &[Node], dictionaries: bool) -> DataType {
    DataType::Struct(nodes.iter().map(|node| node.field(dictionaries)).collect())
}
