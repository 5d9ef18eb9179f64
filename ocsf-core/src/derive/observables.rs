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
use crate::table::leaf::{DictBuilder, Leaf, NumberBuilder};

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
    /// Values that the name at hand has in the row at hand.
    seen: HashSet<i32, FixedState>,
}

impl ObservablesBuilder {
    /// Appends the observables of a row of a table, each name and value once.
    pub(crate) fn append<S: Shape>(&mut self, run: &TableRun<S>, row: usize) {
        let first = self.type_ids.len();
        for def in &run.plan().observables {
            self.seen.clear();
            run.column(def.column).texts(row, &def.within, &mut |text| {
                let code = self.values.code(text);
                if !self.seen.insert(code) {
                    return;
                }
                self.names.push_text(&def.name);
                self.values.push_code(code);
                self.captions.push_text(&def.caption);
                self.type_ids.push_number(def.type_id);
            });
        }
        self.ends.push_number(self.type_ids.len() as i32);
        if self.type_ids.len() == first {
            self.ends.null_out(self.ends.len() - 1);
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.names.bytes() + self.values.bytes() + self.captions.bytes() + self.type_ids.bytes()
    }

    pub(crate) fn finish(&mut self, dictionaries: bool) -> ArrayRef {
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
