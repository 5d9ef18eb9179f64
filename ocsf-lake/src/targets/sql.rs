//! Statements.

use std::fmt::Write as _;

use super::types::{CLICKHOUSE, HIVE};
use super::{PARTITION_COLUMNS, TargetTable};
use crate::error::LakeError;

/// Athena: columns by name, partitions by projection, so that no crawler has to run.
pub(super) fn athena(table: &TargetTable) -> Result<String, LakeError> {
    let columns = table
        .schema
        .fields()
        .iter()
        .map(|field| Ok(format!("  `{}` {}", field.name(), HIVE.of(field.data_type())?)));
    let columns = columns.collect::<Result<Vec<_>, LakeError>>()?.join(",\n");
    let partitions = PARTITION_COLUMNS.map(|name| format!("`{}` string", name.to_lowercase())).join(", ");
    let properties = properties(table).map(|(name, value)| format!("  '{name}' = '{}'", quoted(&value)));
    Ok(format!(
        "CREATE EXTERNAL TABLE `{}` (\n{columns}\n)\nPARTITIONED BY ({partitions})\nSTORED AS PARQUET\n\
         LOCATION '{}'\nTBLPROPERTIES (\n{}\n);\n",
        table.identifier(),
        quoted(&table.directory()),
        properties.collect::<Vec<_>>().join(",\n"),
    ))
}

/// Table properties: which partitions there are, worked out instead of listed.
///
/// Regions and accounts that are named are tried in every query; without, a query must name one itself.
pub(super) fn properties(table: &TargetTable) -> impl Iterator<Item = (String, String)> {
    let mut properties = vec![("projection.enabled".to_owned(), "true".to_owned())];
    for (column, values) in [("region", &table.regions), ("accountid", &table.accounts)] {
        let kind = if values.is_empty() { "injected" } else { "enum" };
        properties.push((format!("projection.{column}.type"), kind.to_owned()));
        if !values.is_empty() {
            properties.push((format!("projection.{column}.values"), values.join(",")));
        }
    }
    for (name, value) in [
        ("type", "date"),
        ("format", "yyyyMMdd"),
        ("range", "20200101,NOW"),
        ("interval", "1"),
        ("interval.unit", "DAYS"),
    ] {
        properties.push((format!("projection.eventday.{name}"), value.to_owned()));
    }
    let path = PARTITION_COLUMNS.map(|name| format!("{name}=${{{}}}", name.to_lowercase())).join("/");
    properties.push(("storage.location.template".to_owned(), format!("{}{path}/", table.directory())));
    properties.into_iter()
}

/// DuckDB reads columns from the files, which are all alike.
pub(super) fn duckdb(table: &TargetTable) -> String {
    let types = PARTITION_COLUMNS.map(|name| format!("'{name}': VARCHAR")).join(", ");
    format!(
        "CREATE OR REPLACE VIEW {} AS\nSELECT * FROM read_parquet('{}**/*.parquet', hive_partitioning = true,\n    \
         hive_types = {{{types}}});\n",
        table.identifier(),
        quoted(&table.directory()),
    )
}

/// ClickHouse is told the types, as it would guess others for partitions and for what is null in the first file.
pub(super) fn clickhouse(table: &TargetTable) -> Result<String, LakeError> {
    let mut columns = Vec::new();
    for field in table.schema.fields() {
        columns.push(format!("`{}` {}", field.name(), CLICKHOUSE.of(field.data_type())?));
    }
    columns.extend(PARTITION_COLUMNS.map(|name| format!("`{name}` LowCardinality(String)")));
    let directory = table.directory();
    let (function, path) = match directory.strip_prefix("s3://").and_then(|path| path.split_once('/')) {
        Some((bucket, path)) => ("s3", format!("https://{bucket}.s3.amazonaws.com/{path}")),
        None => ("file", directory),
    };
    let mut text = String::new();
    let _ = write!(
        text,
        "CREATE OR REPLACE VIEW {} AS\nSELECT * FROM {function}('{}**/*.parquet', 'Parquet', '{}')\n\
         SETTINGS use_hive_partitioning = 1;\n",
        table.identifier(),
        quoted(&path),
        quoted(&columns.join(", ")),
    );
    Ok(text)
}

/// Text between single quotes.
fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}
