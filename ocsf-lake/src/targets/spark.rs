//! `StructType` of Apache Spark, for `spark.read.schema(StructType.fromJson(...))`.

use arrow::datatypes::{DataType, Field};
use serde_json::{Value, json};

use super::types::Shape;
use super::{PARTITION_COLUMNS, TargetTable};
use crate::error::LakeError;

pub(super) fn render(table: &TargetTable) -> Result<String, LakeError> {
    let fields = table.schema.fields().iter().map(|field| member(field));
    let mut fields = fields.collect::<Result<Vec<_>, _>>()?;
    fields.extend(PARTITION_COLUMNS.map(|name| named(name, &"string".into())));
    Ok(format!("{:#}\n", json!({"type": "struct", "fields": fields})))
}

fn member(field: &Field) -> Result<Value, LakeError> {
    Ok(named(field.name(), &kind(field.data_type())?))
}

fn named(name: &str, kind: &Value) -> Value {
    json!({"name": name, "type": kind, "nullable": true, "metadata": {}})
}

fn kind(of: &DataType) -> Result<Value, LakeError> {
    Ok(match Shape::of(of)? {
        Shape::Text => "string".into(),
        Shape::Int => "integer".into(),
        Shape::Long => "long".into(),
        Shape::Double => "double".into(),
        Shape::Boolean => "boolean".into(),
        Shape::Timestamp => "timestamp".into(),
        Shape::List(item) => {
            json!({"type": "array", "elementType": kind(item.data_type())?, "containsNull": true})
        }
        Shape::Map(name, value) => json!({
            "type": "map", "keyType": kind(name.data_type())?, "valueType": kind(value.data_type())?,
            "valueContainsNull": true,
        }),
        Shape::Object(members) => {
            let fields = members.iter().map(|field| member(field)).collect::<Result<Vec<_>, _>>()?;
            json!({"type": "struct", "fields": fields})
        }
    })
}
