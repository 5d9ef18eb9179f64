//! What no mapper writes: observables, unmapped values, the raw record.

pub(crate) mod observables;
pub(crate) mod unmapped;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};

use crate::options::{MapperOptions, Observables, Unmapped};
use crate::schema::{Kind, list_type};

/// The columns that are derived from whole rows; the last of every table.
pub(crate) fn fields(options: &MapperOptions) -> Vec<Field> {
    let mut fields = Vec::new();
    if options.observables != Observables::None {
        fields.push(Field::new("observables", observables_type(options.dictionaries), true));
    }
    match options.unmapped {
        Unmapped::Map => fields.push(Field::new("unmapped", map_type(options.dictionaries), true)),
        Unmapped::Json => fields.push(Field::new("unmapped", DataType::Utf8, true)),
        Unmapped::None => {}
    }
    if options.raw_data {
        fields.push(Field::new("raw_data", DataType::Utf8, true));
    }
    fields
}

fn observables_type(dictionaries: bool) -> DataType {
    let text = Kind::Text.arrow(dictionaries);
    list_type(DataType::Struct(
        vec![
            Field::new("name", text.clone(), true),
            Field::new("value", text.clone(), true),
            Field::new("type", text, true),
            Field::new("type_id", DataType::Int32, true),
        ]
        .into(),
    ))
}

/// `map<string, string>`, its parts named as Parquet has them.
fn map_type(dictionaries: bool) -> DataType {
    let entry = vec![
        Field::new("key", Kind::Text.arrow(dictionaries), false),
        Field::new("value", DataType::Utf8, true),
    ];
    DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(entry.into()), false)), false)
}
