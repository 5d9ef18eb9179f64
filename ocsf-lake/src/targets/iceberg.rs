//! Schema of an Apache Iceberg table, as its specification writes it in JSON.
//!
//! Field ids count from 1 in the order of the columns, members behind their object: the same schema has the same ids.

use arrow::datatypes::{DataType, Field};
use serde_json::{Value, json};

use super::types::Shape;
use super::{PARTITION_COLUMNS, TargetTable};
use crate::error::LakeError;

pub(super) fn render(table: &TargetTable) -> Result<String, LakeError> {
    let mut ids = Ids(0);
    let fields = table.schema.fields().iter().map(|field| ids.member(field));
    let mut fields = fields.collect::<Result<Vec<_>, _>>()?;
    fields.extend(PARTITION_COLUMNS.map(|name| named(ids.next(), name, &"string".into())));
    Ok(format!("{:#}\n", json!({"type": "struct", "schema-id": 0, "fields": fields})))
}

struct Ids(u32);

impl Ids {
    fn next(&mut self) -> u32 {
        self.0 += 1;
        self.0
    }

    fn member(&mut self, field: &Field) -> Result<Value, LakeError> {
        let id = self.next();
        Ok(named(id, field.name(), &self.kind(field.data_type())?))
    }

    fn kind(&mut self, of: &DataType) -> Result<Value, LakeError> {
        Ok(match Shape::of(of)? {
            Shape::Text => "string".into(),
            Shape::Int => "int".into(),
            Shape::Long => "long".into(),
            Shape::Double => "double".into(),
            Shape::Boolean => "boolean".into(),
            Shape::Timestamp => "timestamptz".into(),
            Shape::List(item) => {
                let id = self.next();
                json!({
                    "type": "list", "element-id": id, "element": self.kind(item.data_type())?,
                    "element-required": false,
                })
            }
            Shape::Map(name, value) => {
                let (name_id, value_id) = (self.next(), self.next());
                json!({
                    "type": "map", "key-id": name_id, "key": self.kind(name.data_type())?,
                    "value-id": value_id, "value": self.kind(value.data_type())?, "value-required": false,
                })
            }
            Shape::Object(members) => {
                let fields = members.iter().map(|field| self.member(field));
                json!({"type": "struct", "fields": fields.collect::<Result<Vec<_>, _>>()?})
            }
        })
    }
}

fn named(id: u32, name: &str, kind: &Value) -> Value {
    json!({"id": id, "name": name, "required": false, "type": kind})
}
