//! `TableInput` of AWS Glue.

use serde_json::{Value, json};

use super::sql::properties;
use super::types::HIVE;
use super::{PARTITION_COLUMNS, TargetTable};
use crate::error::LakeError;

pub(super) fn render(table: &TargetTable) -> Result<String, LakeError> {
    let mut columns = Vec::new();
    for field in table.schema.fields() {
        columns.push(json!({"Name": field.name(), "Type": HIVE.of(field.data_type())?}));
    }
    let mut parameters: serde_json::Map<String, Value> =
        properties(table).map(|(name, value)| (name, Value::from(value))).collect();
    parameters.insert("classification".to_owned(), "parquet".into());
    let input = json!({
        "Name": table.identifier(),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
        "PartitionKeys": PARTITION_COLUMNS.map(|name| json!({"Name": name.to_lowercase(), "Type": "string"})),
        "StorageDescriptor": {
            "Columns": columns,
            "Location": table.directory(),
            "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
                "Parameters": {"serialization.format": "1"},
            },
        },
    });
    Ok(format!("{input:#}\n"))
}
