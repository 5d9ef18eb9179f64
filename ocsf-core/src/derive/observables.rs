//! Observables: values of an event that are worth searching for, listed beside it.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StructArray};
use arrow::datatypes::{DataType, Int32Type};
use foldhash::fast::FixedState;

use super::observables_type;
use crate::options::Observables;
use crate::record::Shape;
use crate::schema::{Attribute, Item, Schema};
use crate::table::TableRun;
use crate::table::column::list_of;
use crate::table::leaf::{DictBuilder, Held, Leaf, NumberBuilder};

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
    names: DictBuilder,
    values: DictBuilder,
    captions: DictBuilder,
    type_ids: NumberBuilder<Int32Type>,
    ends: NumberBuilder<Int32Type>,
    /// What is known of each attribute that gives observables, until the batch ends.
    known: Vec<Known>,
    /// Values that the name at hand has in the row at hand, besides the first.
    seen: HashSet<i32, FixedState>,
}

/// Numbers in the dictionaries of the observables.
#[derive(Debug)]
struct Known {
    name: i32,
    caption: i32,
    /// Numbers of values by their numbers in the dictionary of the attribute's column; -1 where none was needed yet.
    values: Vec<i32>,
}

impl Known {
    /// The number of a value.
    fn value(&mut self, held: Held<'_>, values: &mut DictBuilder) -> i32 {
        let Held::Word(_, number) = held else { return values.code(held.text()) };
        let number = number as usize;
        if self.values.len() <= number {
            self.values.resize(number + 1, -1);
        }
        if self.values[number] < 0 {
            self.values[number] = values.code(held.text());
        }
        self.values[number]
    }
}

impl ObservablesBuilder {
    /// Appends the observables of a row of a table, each name and value once.
    pub(crate) fn append<S: Shape>(&mut self, run: &TableRun<S>, row: usize) {
        let Self { names, values, captions, type_ids, ends, known, seen } = self;
        let first = type_ids.len();
        let defs = &run.plan().observables;
        let new = defs.iter().skip(known.len()).map(|def| Known {
            name: names.code(&def.name),
            caption: captions.code(&def.caption),
            values: Vec::new(),
        });
        known.extend(new);
        for (def, known) in defs.iter().zip(known) {
            let mut first = None;
            run.column(def.column).texts(row, &def.within, &mut |held| {
                let code = known.value(held, values);
                if first.is_none() {
                    first = Some(code);
                } else if first == Some(code) || !seen.insert(code) {
                    return;
                }
                names.push_code(known.name);
                values.push_code(code);
                captions.push_code(known.caption);
                type_ids.push_number(def.type_id);
            });
            if !seen.is_empty() {
                seen.clear();
            }
        }
        ends.push_number(type_ids.len() as i32);
        if type_ids.len() == first {
            ends.null_out(ends.len() - 1);
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.names.bytes() + self.values.bytes() + self.captions.bytes() + self.type_ids.bytes()
    }

    pub(crate) fn finish(&mut self, dictionaries: bool) -> ArrayRef {
        self.known.clear();
        let arrays = vec![
            self.names.finish(dictionaries),
            self.values.finish(dictionaries),
            self.captions.finish(dictionaries),
            self.type_ids.finish(dictionaries),
        ];
        let DataType::List(element) = observables_type(dictionaries) else { unreachable!("a list") };
        let DataType::Struct(fields) = element.data_type() else { unreachable!("of structs") };
        let items = StructArray::new(fields.clone(), arrays, None);
        let ends = self.ends.finish(dictionaries);
        debug_assert!(ends.as_primitive_opt::<Int32Type>().is_some());
        list_of(Arc::new(items), &ends)
    }
}
