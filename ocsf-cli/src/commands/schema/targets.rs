//! Tables in the words of engines.

use ocsf_core::TableInfo;
use ocsf_lake::{Target, TargetTable};

use crate::args::{SchemaArgs, SchemaFormat};
use crate::error::CliError;

/// Where lakes on S3 are in AWS's own examples.
const SOME_BUCKET: &str = "s3://amzn-s3-demo-bucket";

/// Where the lakes of our documents are.
const SOME_DIRECTORY: &str = "lake";

/// The engine that a format is for; `None` for the forms that are for people.
pub(super) fn target(format: SchemaFormat) -> Option<Target> {
    Some(match format {
        SchemaFormat::Tree | SchemaFormat::Json | SchemaFormat::Arrow => return None,
        SchemaFormat::Parquet => Target::Parquet,
        SchemaFormat::AthenaDdl => Target::Athena,
        SchemaFormat::GlueJson => Target::Glue,
        SchemaFormat::Iceberg => Target::Iceberg,
        SchemaFormat::Spark => Target::Spark,
        SchemaFormat::Duckdb => Target::DuckDb,
        SchemaFormat::Clickhouse => Target::ClickHouse,
        SchemaFormat::Vector => Target::Vector,
    })
}

/// The text for all of `tables`, one behind the other.
///
/// # Errors
/// The target takes one table, and there are several.
pub(super) fn render(tables: &[TableInfo], target: Target, args: &SchemaArgs) -> Result<String, CliError> {
    let is_one_document = matches!(target, Target::Glue | Target::Iceberg | Target::Spark | Target::Parquet);
    if let [_, _, ..] = tables
        && is_one_document
    {
        let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
        return Err(CliError::usage("that form is one document, and these are several tables")
            .hint(format!("name one of them: {}", names.join(", "))));
    }
    let on_disk = matches!(target, Target::DuckDb | Target::ClickHouse);
    let place = if on_disk { SOME_DIRECTORY } else { SOME_BUCKET };
    let texts = tables.iter().map(|table| {
        let table = TargetTable {
            name: table.name.to_owned(),
            schema: table.schema.clone(),
            location: args.location.clone().unwrap_or_else(|| place.to_owned()),
            regions: args.region.clone(),
            accounts: args.account.clone(),
        };
        target.render(&table).map_err(|error| CliError::usage("the table cannot be told").because_of(&error))
    });
    Ok(texts.collect::<Result<Vec<_>, _>>()?.join("\n"))
}
