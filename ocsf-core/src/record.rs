//! What mapping tables see of a record.

use std::fmt::Debug;
use std::ops::Deref;

use bumpalo::Bump;

use crate::batch::TableId;
use crate::frame::Format;
use crate::mapper::MapperInfo;
use crate::scan::{Field, FieldSet, Json, Leftover, Secrets, Value, lookup};
use crate::source_option::SourceOption;
use crate::table::Tables;

/// The fields of a record, or of the items of a list in it, and what is decided once for each.
pub trait Shape: Sized + Send + Sync + Debug + 'static {
    /// The fields, as [`fields!`](crate::fields) declares them.
    const FIELDS: &'static [Field];

    /// What several columns need and is computed once a record; `()` when there is nothing.
    type Facts<'b>: Copy + Debug;

    /// Computes the facts of a record.
    fn facts<'b>(fields: Fields<'_, 'b>) -> Self::Facts<'b>;
}

/// One log source: how its records lie in an object, which table each goes to, and the tables.
///
/// Implement it and use [`SourceMapper`](crate::SourceMapper) to get a [`Mapper`](crate::Mapper).
pub trait Source: Shape {
    /// Name and version of the mapping.
    const INFO: MapperInfo;

    /// How records lie in an object.
    const FORMAT: Format;

    /// Members whose values are hidden unless the user wants them. None by default.
    const SECRETS: Secrets = Secrets::new(&[]);

    /// True when `-` in a field of a JSON record is no value, as it always is in records of lines. Default false.
    const DASH_IS_ABSENT: bool = false;

    /// Where a record belongs. Any JSON object comes here, also when the records are lines ([`Layout::Json`]): it is
    /// foreign unless it has the fields of a record.
    fn route(row: Row<'_, '_, Self>) -> Route;

    /// Account and Region that a record names.
    fn place<'b>(row: Row<'_, 'b, Self>) -> Place<'b>;

    /// Declares the tables; [`Route::Table`] counts them from 0 in the order of declaration.
    fn tables(tables: &mut Tables<Self>);
}

/// Where a record belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// To the table of that number.
    Table(TableId),
    /// Nowhere: it is rightly no event, counted under this stable reason.
    Skip(&'static str),
    /// It is no record of the source: perhaps a wrapping with records inside.
    Foreign,
}

/// How the fields of a record were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// They are members of a JSON object.
    #[default]
    Json,
    /// A header, or the user, names the columns of the line; or the record is a row of named columns.
    Named,
    /// The line is of the [`Form`](crate::Form) of that number.
    Form(usize),
}

/// What is known of a record besides its own text.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Origin<'b> {
    /// Path or key of the object.
    pub object: &'b str,
    /// Account id, twelve digits: of the log group that the wrapping names, else of the object.
    pub account: Option<&'b str>,
    /// Region name of the object.
    pub region: Option<&'b str>,
    /// When the wrapping, or a time stamp before the line, says that the record was logged: milliseconds since the epoch. When
    /// no other time is known, that of the object.
    pub time: Option<i64>,
    /// How its fields were found.
    pub layout: Layout,
    /// Names of the options that are on.
    pub(crate) flags: &'b [&'static str],
}

/// The account and the Region that a record names. Anything that is no account id or Region name is ignored.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place<'b> {
    /// Account id, twelve digits.
    pub account: Option<&'b str>,
    /// Region name.
    pub region: Option<&'b str>,
}

/// The field values of one record.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'r, 'b> {
    values: &'r [Value<'b>],
    filled: Filled,
    origin: &'r Origin<'b>,
    arena: &'b Bump,
}

/// Which fields of a record have a value. Most have none, and this tells without looking at them one by one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Filled {
    /// Those that are not absent.
    pub(crate) all: u128,
    /// Those among them that no column can carry.
    pub(crate) nothing: u128,
}

impl Filled {
    pub(crate) fn of(values: &[Value<'_>]) -> Self {
        let mut filled = Self::default();
        for (at, value) in values.iter().enumerate().take(Field::MAX) {
            if *value != Value::Absent {
                filled.add(at, value.is_nothing());
            }
        }
        filled
    }

    /// Adds the field of that number.
    #[inline]
    pub(crate) fn add(&mut self, field: usize, is_nothing: bool) {
        self.all |= 1 << field;
        self.nothing |= u128::from(is_nothing) << field;
    }
}

/// The places of the bits that are set, lowest first.
pub(crate) fn bits(mut set: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = set.trailing_zeros();
        set &= set.wrapping_sub(1);
        (at < u128::BITS).then_some(at as usize)
    })
}

impl<'r, 'b> Fields<'r, 'b> {
    #[cfg(test)]
    pub(crate) fn of(values: &'r [Value<'b>], origin: &'r Origin<'b>, arena: &'b Bump) -> Self {
        Self { values, filled: Filled::of(values), origin, arena }
    }

    /// The value of a field.
    #[inline]
    pub fn value(&self, field: Field) -> Value<'b> {
        if self.filled.all & field.bit() == 0 {
            return Value::Absent;
        }
        self.values.get(field.index()).copied().unwrap_or_default()
    }

    /// True when the record has one of these fields, whatever its value.
    #[inline]
    pub fn has_any(&self, fields: FieldSet) -> bool {
        self.filled.all & fields.bits() != 0
    }

    /// The value of a field as text; `None` when it is absent, null, empty, an object or an array.
    #[inline]
    pub fn text(&self, field: Field) -> Option<&'b str> {
        self.value(field).text()
    }

    /// Text of the first of some fields that has any.
    pub fn first<const N: usize>(&self, fields: [Field; N]) -> Option<&'b str> {
        fields.into_iter().find_map(|field| self.text(field))
    }

    /// Text of a field, or `otherwise` when the record does not have it. `None` when it has a value that is no text, which
    /// a line that takes the field must not hide.
    pub fn text_or(&self, field: Field, otherwise: Option<&'b str>) -> Option<&'b str> {
        if self.value(field).is_some() { self.text(field) } else { otherwise }
    }

    /// The value of a field as an object or array that is not empty.
    pub fn json(&self, field: Field) -> Option<Json<'b>> {
        match self.value(field) {
            Value::Json(json) if !json.is_empty() => Some(json),
            _ => None,
        }
    }

    /// The value at a dotted path inside the object of a field.
    pub fn inside(&self, field: Field, path: &str) -> Value<'b> {
        match self.value(field) {
            Value::Json(json) => lookup(json, path, self.arena),
            _ => Value::Absent,
        }
    }

    /// Text at a dotted path inside the object of a field.
    pub fn text_inside(&self, field: Field, path: &str) -> Option<&'b str> {
        self.inside(field, path).text()
    }

    /// What is known of the record besides its own text; nothing for the items of a list.
    pub fn origin(&self) -> &'r Origin<'b> {
        self.origin
    }

    /// True when the user turned on this option of the source.
    pub fn is_set(&self, option: &SourceOption) -> bool {
        self.origin.flags.contains(&option.name)
    }

    /// Memory that lives as long as the record: for texts that are composed.
    pub fn arena(&self) -> &'b Bump {
        self.arena
    }

    /// Fields that have a value which none of the `taken` carries, and it.
    pub(crate) fn untaken(&self, taken: u128) -> impl Iterator<Item = (usize, Value<'b>)> + use<'r, 'b> {
        let values = self.values;
        bits(self.filled.all & (!taken | self.filled.nothing))
            .map(move |at| (at, values.get(at).copied().unwrap_or_default()))
    }
}

/// One record as a mapping table sees it: its fields and the facts decided from them.
#[derive(Debug)]
pub struct Row<'r, 'b, S: Shape> {
    fields: Fields<'r, 'b>,
    /// What was decided once for the record.
    pub facts: &'r S::Facts<'b>,
}

impl<'r, 'b, S: Shape> Row<'r, 'b, S> {
    pub(crate) fn new(fields: Fields<'r, 'b>, facts: &'r S::Facts<'b>) -> Self {
        Self { fields, facts }
    }
}

impl<S: Shape> Clone for Row<'_, '_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Shape> Copy for Row<'_, '_, S> {}

impl<'r, 'b, S: Shape> Deref for Row<'r, 'b, S> {
    type Target = Fields<'r, 'b>;

    fn deref(&self) -> &Fields<'r, 'b> {
        &self.fields
    }
}

/// Some records, or list items, side by side.
#[derive(Debug)]
pub(crate) struct Chunk<'b, S: Shape> {
    pub(crate) arena: &'b Bump,
    values: Vec<Value<'b>>,
    filled: Vec<Filled>,
    /// The fields that some row has.
    in_use: u128,
    facts: Vec<S::Facts<'b>>,
    origins: Vec<Origin<'b>>,
    pub(crate) rest: Vec<Leftover<'b>>,
    /// `rest` of row `i` ends at `rest_ends[i]`.
    rest_ends: Vec<usize>,
}

impl<'b, S: Shape> Chunk<'b, S> {
    /// An empty chunk with room for some rows.
    pub(crate) fn with_capacity(arena: &'b Bump, rows: usize) -> Self {
        Self {
            arena,
            values: Vec::with_capacity(rows * S::FIELDS.len()),
            filled: Vec::with_capacity(rows),
            in_use: 0,
            facts: Vec::with_capacity(rows),
            origins: Vec::with_capacity(rows),
            rest: Vec::new(),
            rest_ends: Vec::new(),
        }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.facts.len()
    }

    /// Room for the fields of one more row, to be followed by [`commit`](Self::commit) or [`cancel`](Self::cancel).
    pub(crate) fn open(&mut self) -> (&mut [Value<'b>], &mut Vec<Leftover<'b>>) {
        let start = self.values.len();
        self.values.resize(start + S::FIELDS.len(), Value::Absent);
        (&mut self.values[start..], &mut self.rest)
    }

    /// Makes the opened row part of the chunk. What fields have a value is looked up where it is not known.
    pub(crate) fn commit(&mut self, origin: Origin<'b>, filled: Option<Filled>) {
        let values = &self.values[self.facts.len() * S::FIELDS.len()..];
        let filled = filled.unwrap_or_else(|| Filled::of(values));
        let facts = S::facts(Fields { values, filled, origin: &origin, arena: self.arena });
        self.in_use |= filled.all;
        self.filled.push(filled);
        self.facts.push(facts);
        self.origins.push(origin);
        self.rest_ends.push(self.rest.len());
    }

    /// Gives the last committed row a time from outside of it.
    pub(crate) fn set_time(&mut self, ms: i64) {
        if let Some(origin) = self.origins.last_mut() {
            origin.time = Some(ms);
        }
    }

    /// Forgets the opened row, or the last committed one.
    pub(crate) fn cancel(&mut self, committed: bool) {
        if committed {
            self.facts.pop();
            self.filled.pop();
            self.origins.pop();
            self.rest_ends.pop();
        }
        self.values.truncate(self.facts.len() * S::FIELDS.len());
        self.rest.truncate(self.rest_ends.last().copied().unwrap_or(0));
    }

    pub(crate) fn fields(&self, row: usize) -> Fields<'_, 'b> {
        let width = S::FIELDS.len();
        let values = self.values.get(row * width..(row + 1) * width).unwrap_or_default();
        Fields { values, filled: self.filled[row], origin: &self.origins[row], arena: self.arena }
    }

    /// True when no row has any of these fields.
    pub(crate) fn lacks(&self, fields: u128) -> bool {
        self.in_use & fields == 0
    }

    pub(crate) fn row(&self, row: usize) -> Row<'_, 'b, S> {
        Row::new(self.fields(row), &self.facts[row])
    }

    pub(crate) fn rest(&self, row: usize) -> &[Leftover<'b>] {
        let start = row.checked_sub(1).map_or(0, |before| self.rest_ends[before]);
        &self.rest[start..self.rest_ends[row]]
    }
}
