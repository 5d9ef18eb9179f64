//! The mapping surface: tables with an OCSF path on the left and a source expression on the right.
//!
//! Every line is one column. It is resolved against an OCSF version when the mapper is built, and becomes one
//! monomorphised loop over a chunk of records. An expression knows the fields it takes, so that `unmapped`, `explain`
//! and the documentation follow from the tables alone.

use std::ops::Range;

pub(crate) mod column;
pub(crate) mod expr;
mod interner;
pub(crate) mod leaf;
mod list;
mod plan;
mod run;

use crate::mapper::Routing;
use crate::record::{Row, Shape};
use crate::scan::Field;
use crate::schema::Version;

pub(crate) use column::Column;
pub use expr::{Enumerated, First, Uses, reads, takes};
pub(crate) use interner::Interner;
pub use list::Items;
pub use plan::PlanError;
pub(crate) use plan::{ObservableDef, SourcePlan};
pub(crate) use run::{Appended, TableRun};

use column::{IdColumn, JsonColumn, ScalarColumn, TextsColumn};
use expr::{By, Float, Int, Long, Port, Seconds, Sources, Text, Time, Truth, Word};
use list::ListColumn;

/// The tables of a source, one a class.
#[derive(Debug)]
pub struct Tables<S: Shape> {
    version: Version,
    pub(crate) list: Vec<TableDef<S>>,
}

/// One table: the columns of one class.
#[derive(Debug)]
pub(crate) struct TableDef<S: Shape> {
    pub(crate) name: &'static str,
    pub(crate) class_uid: i32,
    pub(crate) profiles: &'static [&'static str],
    pub(crate) routing: Routing,
    pub(crate) table: Table<S>,
}

impl<S: Shape> Tables<S> {
    pub(crate) fn new(version: Version) -> Self {
        Self { version, list: Vec::new() }
    }

    /// Declares the table of a class: its default source name in a lake (at most 20 characters), its `class_uid`, the
    /// profiles that every event declares, and its columns. [`Table::profile`] brings those that only some declare.
    pub fn class(
        &mut self,
        name: &'static str,
        class_uid: i32,
        profiles: &'static [&'static str],
        columns: impl FnOnce(&mut Table<S>),
    ) -> &mut Self {
        let mut table = Table::new(self.version);
        columns(&mut table);
        self.list.push(TableDef { name, class_uid, profiles, routing: Routing::default(), table });
        self
    }

    /// Says in words which records the class that was just declared gets, and the fields that decide: what
    /// [`Source::route`](crate::Source::route) does. A source of one class needs no words.
    pub fn gets(&mut self, rule: &'static str, fields: &[Field]) -> &mut Self {
        if let Some(def) = self.list.last_mut() {
            def.routing = Routing { sources: fields.iter().map(|field| field.path()).collect(), rule };
        }
        self
    }
}

/// Columns of a class, or of the items of a list attribute.
///
/// Paths are relative to the class or the item. A column that is named twice, does not exist in the version, or has
/// another type than the method gives is a [`PlanError`].
#[derive(Debug)]
pub struct Table<S: Shape> {
    version: Version,
    pub(crate) rules: Vec<Rule>,
    pub(crate) columns: Vec<Box<dyn Column<S>>>,
    /// Profiles that rows declare when one of these columns has a value.
    pub(crate) profiles: Vec<(&'static str, Range<usize>)>,
}

/// One line of a table, without its code.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) path: &'static str,
    pub(crate) what: What,
    pub(crate) sources: Sources,
    /// What becomes of the source, for people.
    pub(crate) words: String,
    pub(crate) lookup: bool,
}

/// How a line fills its attribute. Columns are counted in the order of their lines.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A column of values.
    Column { wants: Wants, column: usize },
    /// The same text in every row.
    Text(&'static str),
    /// The same id, and its caption, in every row.
    Id(i32),
    /// A list of texts: each in rows where one of these columns has a value; in every row without any.
    Texts(Vec<(&'static str, Range<usize>)>),
    /// A list of objects with lines of its own.
    List { column: usize, rules: Vec<Rule> },
}

/// The attribute types that a column can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    Text,
    Word,
    Texts,
    Json,
    Int,
    Long,
    Float,
    Truth,
    Time,
    Id,
}

/// A line that was just added, to say more about it.
#[derive(Debug)]
pub struct Line<'t> {
    lookup: &'t mut bool,
    words: &'t mut String,
}

impl Line<'_> {
    /// People search this column by exact value: a lake may add Bloom filters.
    pub fn searched(self) -> Self {
        *self.lookup = true;
        self
    }

    /// Says in words what becomes of the value, and why.
    pub fn note(self, text: &str) -> Self {
        if !self.words.is_empty() {
            self.words.push_str("; ");
        }
        self.words.push_str(text);
        self
    }
}

impl<S: Shape> Table<S> {
    pub(crate) fn new(version: Version) -> Self {
        Self { version, rules: Vec::new(), columns: Vec::new(), profiles: Vec::new() }
    }

    /// The OCSF version that the table is built for.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Lines for this OCSF version and later ones. Before it their fields stay unmapped.
    pub fn since(&mut self, version: Version, lines: impl FnOnce(&mut Self)) {
        if self.version >= version {
            lines(self);
        }
    }

    /// Lines for OCSF versions before this one.
    pub fn before(&mut self, version: Version, lines: impl FnOnce(&mut Self)) {
        if self.version < version {
            lines(self);
        }
    }

    /// Lines of a class that bring a profile which not every event has: a row declares it when one of them has a value.
    /// When an attribute that the profile requires has none, the values of all these lines stay unmapped. None of them
    /// can be constant.
    pub fn profile(&mut self, name: &'static str, lines: impl FnOnce(&mut Self)) {
        let first = self.columns.len();
        lines(self);
        if self.columns.len() > first {
            self.profiles.push((name, first..self.columns.len()));
        }
    }

    /// Text with many distinct values: the first of the fields that has one.
    pub fn str(&mut self, path: &'static str, from: impl Into<First>) -> Line<'_> {
        let from = from.into();
        let sources = from.sources();
        self.column(path, Wants::Text, sources, "", ScalarColumn::<Text, _>::new(from))
    }

    /// Text with many distinct values, by an expression. `rule` says what it does.
    pub fn str_by<F>(&mut self, path: &'static str, uses: Uses, rule: &str, by: F) -> Line<'_>
    where
        F: for<'r, 'b> Fn(Row<'r, 'b, S>) -> Option<&'b str> + Send + Sync + 'static,
    {
        let sources = uses.sources();
        self.column(path, Wants::Text, sources, rule, ScalarColumn::<Text, _>::new(By(uses, by)))
    }

    /// Text with few distinct values: a dictionary column. The first of the fields that has one.
    pub fn dict(&mut self, path: &'static str, from: impl Into<First>) -> Line<'_> {
        let from = from.into();
        let sources = from.sources();
        self.column(path, Wants::Word, sources, "", ScalarColumn::<Word, _>::new(from))
    }

    /// Text with few distinct values, by an expression.
    pub fn dict_by<F>(&mut self, path: &'static str, uses: Uses, rule: &str, by: F) -> Line<'_>
    where
        F: for<'r, 'b> Fn(Row<'r, 'b, S>) -> Option<&'b str> + Send + Sync + 'static,
    {
        let sources = uses.sources();
        self.column(path, Wants::Word, sources, rule, ScalarColumn::<Word, _>::new(By(uses, by)))
    }

    /// A list of texts, by an expression that adds them.
    pub fn strs_by<F>(&mut self, path: &'static str, uses: Uses, rule: &str, by: F) -> Line<'_>
    where
        F: for<'r, 'b> Fn(Row<'r, 'b, S>, &mut Vec<&'b str>) + Send + Sync + 'static,
    {
        let sources = uses.sources();
        self.column(path, Wants::Texts, sources, rule, TextsColumn::new(uses, by))
    }

    /// An object or array as compact JSON text, secrets hidden; null when it is empty.
    pub fn json(&mut self, path: &'static str, from: Field) -> Line<'_> {
        self.column(path, Wants::Json, from.into(), "as compact JSON text", JsonColumn::new(from))
    }

    /// An `integer_t`.
    pub fn int(&mut self, path: &'static str, from: impl Into<First>) -> Line<'_> {
        let from = from.into();
        let sources = from.sources();
        self.column(path, Wants::Int, sources, "", ScalarColumn::<Int, _>::new(from))
    }

    /// An `integer_t`, by an expression.
    pub fn int_by<F>(&mut self, path: &'static str, uses: Uses, rule: &str, by: F) -> Line<'_>
    where
        F: for<'r, 'b> Fn(Row<'r, 'b, S>) -> Option<i32> + Send + Sync + 'static,
    {
        let sources = uses.sources();
        self.column(path, Wants::Int, sources, rule, ScalarColumn::<Int, _>::new(By(uses, by)))
    }

    /// A `port_t`: 0 to 65535.
    pub fn port(&mut self, path: &'static str, from: impl Into<First>) -> Line<'_> {
        let from = from.into();
        let sources = from.sources();
        self.column(path, Wants::Int, sources, "", ScalarColumn::<Port, _>::new(from))
    }

    /// A `port_t`, by an expression.
    pub fn port_by<F>(&mut self, path: &'static str, uses: Uses, rule: &str, by: F) -> Line<'_>
    where
        F: for<'r, 'b> Fn(Row<'r, 'b, S>) -> Option<u16> + Send + Sync + 'static,
    {
        self.int_by(path, uses, rule, move |row| by(row).map(i32::from))
    }

    /// A `long_t`.
    pub fn long(&mut self, path: &'static str, from: impl Into<First>) -> Line<'_> {
        let from = from.into();
        let sources = from.sources();
        self.column(path, Wants::Long, sources, "", ScalarColumn::<Long, _>::new(from))
    }

    /// A `long_t`, by an expression.
    pub fn long_by<F>(&mut self, path: &'static str, uses: Uses, rule: &str, by: F) -> Line<'_>
    where
        F: for<'r, 'b> Fn(Row<'r, 'b, S>) -> Option<i64> + Send + Sync + 'static,
    {
        let sources = uses.sources();
        self.column(path, Wants::Long, sources, rule, ScalarColumn::<Long, _>::new(By(uses, by)))
    }

    /// A `float_t`.
    pub fn float(&mut self, path: &'static str, from: impl Into<First>) -> Line<'_> {
        let from = from.into();
        let sources = from.sources();
        self.column(path, Wants::Float, sources, "", ScalarColumn::<Float, _>::new(from))
    }

    /// A `boolean_t`; `true`, `yes` and `1` mean true, `false`, `no` and `0` false, without regard to case.
    pub fn truth(&mut self, path: &'static str, from: impl Into<First>) -> Line<'_> {
        let from = from.into();
        let sources = from.sources();
        self.column(path, Wants::Truth, sources, "", ScalarColumn::<Truth, _>::new(from))
    }

    /// A `boolean_t`, by an expression.
    pub fn truth_by<F>(&mut self, path: &'static str, uses: Uses, rule: &str, by: F) -> Line<'_>
    where
        F: for<'r, 'b> Fn(Row<'r, 'b, S>) -> Option<bool> + Send + Sync + 'static,
    {
        let sources = uses.sources();
        self.column(path, Wants::Truth, sources, rule, ScalarColumn::<Truth, _>::new(By(uses, by)))
    }

    /// A `timestamp_t` from ISO 8601 text, milliseconds since the epoch; its `_dt` twin comes by itself.
    pub fn time(&mut self, path: &'static str, from: impl Into<First>) -> Line<'_> {
        let from = from.into();
        let sources = from.sources();
        self.column(path, Wants::Time, sources, "", ScalarColumn::<Time, _>::new(from))
    }

    /// A `timestamp_t` from whole seconds since the epoch, or ISO 8601 text, in 1990..2100.
    pub fn seconds(&mut self, path: &'static str, from: impl Into<First>) -> Line<'_> {
        let from = from.into();
        let sources = from.sources();
        self.column(
            path,
            Wants::Time,
            sources,
            "seconds to milliseconds",
            ScalarColumn::<Seconds, _>::new(from),
        )
    }

    /// A `timestamp_t`, by an expression that gives milliseconds since the epoch.
    pub fn time_by<F>(&mut self, path: &'static str, uses: Uses, rule: &str, by: F) -> Line<'_>
    where
        F: for<'r, 'b> Fn(Row<'r, 'b, S>) -> Option<i64> + Send + Sync + 'static,
    {
        let sources = uses.sources();
        self.column(path, Wants::Time, sources, rule, ScalarColumn::<Time, _>::new(By(uses, by)))
    }

    /// An enum id and the caption beside it: `path` names the id, the caption comes from the schema.
    pub fn id<F>(&mut self, path: &'static str, uses: Uses, rule: &str, by: F) -> Line<'_>
    where
        F: for<'r, 'b> Fn(Row<'r, 'b, S>) -> Enumerated<'b> + Send + Sync + 'static,
    {
        let sources = uses.sources();
        self.column(path, Wants::Id, sources, rule, IdColumn::new(By(uses, by)))
    }

    /// The same text in every row.
    pub fn konst(&mut self, path: &'static str, value: &'static str) {
        self.constant(path, What::Text(value), format!("always `{value}`"));
    }

    /// The same list of texts in every row.
    pub fn konsts(&mut self, path: &'static str, values: &'static [&'static str]) {
        let texts = values.iter().map(|value| (*value, 0..0)).collect();
        self.constant(path, What::Texts(texts), format!("always `{}`", values.join("`, `")));
    }

    /// The same enum id, with its caption, in every row.
    pub fn id_konst(&mut self, path: &'static str, id: i32) {
        self.constant(path, What::Id(id), format!("always {id}"));
    }

    /// A list of objects from the elements of a JSON array. What the item columns leave goes to `unmapped` as
    /// `<field>[].<member>`; an item that cannot be a valid object is left out and goes there whole.
    pub fn list<I: Shape>(&mut self, path: &'static str, from: Field, items: impl FnOnce(&mut Table<I>)) {
        self.items(path, from.into(), "", list::From::Json { array: from, or_empty: false }, items);
    }

    /// As [`list`](Self::list), where an empty array says something: it stays an empty list. By default it is null.
    pub fn list_or_empty<I: Shape>(
        &mut self,
        path: &'static str,
        from: Field,
        items: impl FnOnce(&mut Table<I>),
    ) {
        let rule = "an empty array stays an empty list";
        self.items(path, from.into(), rule, list::From::Json { array: from, or_empty: true }, items);
    }

    /// A list of objects that an expression composes.
    pub fn list_by<I: Shape, F>(
        &mut self,
        path: &'static str,
        uses: Uses,
        rule: &str,
        by: F,
        items: impl FnOnce(&mut Table<I>),
    ) where
        F: for<'r, 'b> Fn(Row<'r, 'b, S>, &mut Items<'b>) + Send + Sync + 'static,
    {
        self.items(path, uses.sources(), rule, list::From::By(uses, Box::new(by)), items);
    }

    fn items<I: Shape>(
        &mut self,
        path: &'static str,
        sources: Sources,
        rule: &str,
        from: list::From<S>,
        items: impl FnOnce(&mut Table<I>),
    ) {
        let mut table = Table::<I>::new(self.version);
        items(&mut table);
        let Table { rules, columns, .. } = table;
        let what = What::List { column: self.columns.len(), rules };
        self.rules.push(Rule { path, what, sources, words: rule.to_owned(), lookup: false });
        self.columns.push(Box::new(ListColumn::<S, I>::new(from, columns)));
    }

    fn constant(&mut self, path: &'static str, what: What, words: String) {
        self.rules.push(Rule { path, what, sources: Sources::default(), words, lookup: false });
    }

    fn column(
        &mut self,
        path: &'static str,
        wants: Wants,
        sources: Sources,
        rule: &str,
        column: impl Column<S> + 'static,
    ) -> Line<'_> {
        self.rules.push(Rule {
            path,
            what: What::Column { wants, column: self.columns.len() },
            sources,
            words: rule.to_owned(),
            lookup: false,
        });
        self.columns.push(Box::new(column));
        let at = self.rules.len() - 1;
        let rule = &mut self.rules[at];
        Line { lookup: &mut rule.lookup, words: &mut rule.words }
    }
}
