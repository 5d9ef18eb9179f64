//! Observables: values of an event that are worth searching for, listed beside it.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, StructArray};
use arrow::datatypes::{DataType, Int32Type};
use foldhash::fast::RandomState;

use super::observables_type;
use crate::options::Observables;
use crate::record::Shape;
use crate::schema::{Attribute, Item, Schema};
use crate::table::column::list_of;
use crate::table::leaf::{DictBuilder, Leaf, NumberBuilder};
use crate::table::{Appended, Interner, ObservableDef, TableRun};

/// Host name, IP address, user name, e-mail address, URL, hash, resource uid.
const AWS_TYPES: [i32; 7] = [1, 2, 4, 5, 6, 8, RESOURCE_UID];
const RESOURCE_UID: i32 = 10;

/// Type and caption of the observables that an attribute gives, when it gives any.
pub(crate) fn of(
    schema: &Schema,
    path: &str,
    attribute: &Attribute,
    siblings: &Item,
    mode: Observables,
) -> Option<(i32, String)> {
    let name = path.rsplit('.').next().unwrap_or(path);
    // AWS lists ids of resources and instances under this type also where the schema gives them none.
    let is_resource_uid = name == "instance_uid" || (name == "uid" && siblings.caption == "Resource Details");
    let type_id = match mode {
        Observables::None => None,
        Observables::Aws if is_resource_uid => Some(RESOURCE_UID),
        Observables::Aws => attribute.observable.filter(|kind| AWS_TYPES.contains(kind)),
        Observables::All => attribute.observable.or_else(|| is_resource_uid.then_some(RESOURCE_UID)),
    }?;
    Some((type_id, schema.observable_caption(type_id)?.to_owned()))
}

/// The `observables` column.
#[derive(Debug, Default)]
pub(crate) struct ObservablesBuilder {
    values: DictBuilder,
    /// Which definition each value follows.
    defs: Vec<u16>,
    ends: NumberBuilder<Int32Type>,
    /// The numbers here of each attribute's words.
    known: Vec<Known>,
    /// Values that the name at hand has in the row at hand, besides the first.
    seen: HashSet<i32, RandomState>,
}

/// The numbers that the words of a column have among the observables.
#[derive(Debug, Default)]
struct Known {
    /// By their numbers in the column; -1 where none was needed yet.
    values: Vec<i32>,
    /// The generations of both dictionaries that this holds for.
    generations: (u32, u32),
}

impl Known {
    /// The number of a word.
    #[inline]
    fn value(&mut self, word: usize, words: &Interner, values: &mut DictBuilder) -> i32 {
        match self.values.get(word) {
            Some(value) if *value >= 0 => *value,
            _ => self.add(word, words, values),
        }
    }

    #[cold]
    fn add(&mut self, word: usize, words: &Interner, values: &mut DictBuilder) -> i32 {
        if self.values.len() <= word {
            self.values.resize(words.len().max(word + 1), -1);
        }
        self.values[word] = values.code(words.get(word as u32));
        self.values[word]
    }
}

/// A definition that gives observables in some rows, and the words of its column where that has some.
struct Giving<'t> {
    number: u16,
    def: &'t ObservableDef,
    words: Option<(&'t [i32], &'t Interner)>,
}

impl ObservablesBuilder {
    /// Appends the observables of the rows that a table has just taken, each name and value once.
    pub(crate) fn append<S: Shape>(&mut self, run: &TableRun<S>, appended: &Appended) {
        let Self { values, defs, ends, known, seen } = self;
        let all = &run.plan().observables;
        known.resize_with(all.len(), Known::default);
        let giving = (0..).zip(all).filter(|(_, def)| appended.counts[def.column] > 0);
        let giving: Vec<Giving<'_>> = giving
            .map(|(number, def)| Giving { number, def, words: run.column(def.column).leaf().words() })
            .collect();
        for Giving { number, words, .. } in &giving {
            let known = &mut known[usize::from(*number)];
            let generations = (words.map_or(0, |(_, words)| words.generation()), values.generation());
            if known.generations != generations {
                *known = Known { values: Vec::new(), generations };
            }
        }
        for row in appended.first..run.len() {
            let first = defs.len();
            for Giving { number, def, words } in &giving {
                if let Some((codes, words)) = words {
                    if let Ok(word) = usize::try_from(codes[row]) {
                        let code = known[usize::from(*number)].value(word, words, values);
                        values.push_code(code);
                        defs.push(*number);
                    }
                    continue;
                }
                let mut first = None;
                run.column(def.column).texts(row, &def.within, &mut |text| {
                    let code = values.code(text);
                    if first.is_none() {
                        first = Some(code);
                    } else if first == Some(code) || !seen.insert(code) {
                        return;
                    }
                    values.push_code(code);
                    defs.push(*number);
                });
                if !seen.is_empty() {
                    seen.clear();
                }
            }
            let end = defs.len() as i32;
            if defs.len() == first {
                ends.push_nulls_at(end, 1);
            } else {
                ends.push_number(end);
            }
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.values.bytes() + self.defs.len() * 12
    }

    /// The array, by the definitions that rows were appended with.
    pub(crate) fn finish(&mut self, all: &[ObservableDef], dictionaries: bool) -> ArrayRef {
        let defs = std::mem::take(&mut self.defs);
        let words = |text: fn(&ObservableDef) -> &str| {
            let mut builder = DictBuilder::default();
            let codes: Vec<i32> = all.iter().map(|def| builder.code(text(def))).collect();
            for def in &defs {
                builder.push_code(codes[usize::from(*def)]);
            }
            builder.finish(dictionaries)
        };
        let type_ids = defs.iter().map(|def| all[usize::from(*def)].type_id);
        let arrays = vec![
            words(|def| &def.name),
            self.values.finish(dictionaries),
            words(|def| &def.caption),
            Arc::new(Int32Array::from_iter_values(type_ids)),
        ];
        let DataType::List(element) = observables_type(dictionaries) else { unreachable!("a list") };
        let DataType::Struct(fields) = element.data_type() else { unreachable!("of structs") };
        let items = StructArray::new(fields.clone(), arrays, None);
        let ends = self.ends.finish(dictionaries);
        list_of(Arc::new(items), &ends)
    }
}
