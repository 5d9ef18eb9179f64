//! The schema of a table in the words of the engines that read it, or of tools that write it.
//!
//! All come from the Arrow schema that the files are written with. Partition columns are text everywhere: an account is
//! no number, and engines that guess drop its leading zeros.

mod glue;
mod iceberg;
mod spark;
mod sql;
mod types;
mod vector;

use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowSchemaConverter;
use parquet::schema::printer::print_schema;

use crate::error::LakeError;

/// The partition columns of a lake, outermost first, as its paths spell them.
pub const PARTITION_COLUMNS: [&str; 3] = ["region", "accountId", "eventDay"];

/// Who is told of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// `CREATE EXTERNAL TABLE` for Amazon Athena, with partition projection.
    Athena,
    /// `TableInput` of AWS Glue `CreateTable`, as JSON.
    Glue,
    /// Schema of an Apache Iceberg table, as JSON, with the partition columns.
    Iceberg,
    /// `StructType` of Apache Spark, as JSON, with the partition columns.
    Spark,
    /// `CREATE VIEW` for DuckDB.
    DuckDb,
    /// `CREATE VIEW` for ClickHouse, over files or S3.
    ClickHouse,
    /// Sink of Vector that writes such a table.
    Vector,
    /// Parquet message type.
    Parquet,
}

/// A table that is told of.
#[derive(Debug, Clone)]
pub struct TargetTable {
    /// Its source name, such as `vpc-flow`.
    pub name: String,
    /// Columns of its files.
    pub schema: SchemaRef,
    /// The lake: a directory or `s3://bucket/prefix`, without a slash at its end.
    pub location: String,
    /// Regions that the table has, for partition projection; none when every query will name one.
    pub regions: Vec<String>,
    /// The same for accounts.
    pub accounts: Vec<String>,
}

impl Target {
    /// The text for `table`, which ends with a line break.
    ///
    /// # Errors
    /// The schema has a type that no column of a lake has.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow::datatypes::{DataType, Field, Schema};
    /// use ocsf_lake::{Target, TargetTable};
    ///
    /// let table = TargetTable {
    ///     name: "vpc-flow".into(),
    ///     schema: Arc::new(Schema::new(vec![Field::new("time", DataType::Int64, true)])),
    ///     location: "s3://amzn-s3-demo-bucket".into(),
    ///     regions: vec![],
    ///     accounts: vec![],
    /// };
    /// let ddl = Target::Athena.render(&table)?;
    /// assert!(ddl.starts_with("CREATE EXTERNAL TABLE `vpc_flow` (\n  `time` bigint\n)"));
    /// # Ok::<(), ocsf_lake::LakeError>(())
    /// ```
    pub fn render(self, table: &TargetTable) -> Result<String, LakeError> {
        match self {
            Self::Athena => sql::athena(table),
            Self::Glue => glue::render(table),
            Self::Iceberg => iceberg::render(table),
            Self::Spark => spark::render(table),
            Self::DuckDb => Ok(sql::duckdb(table)),
            Self::ClickHouse => sql::clickhouse(table),
            Self::Vector => Ok(vector::render(table)),
            Self::Parquet => message_type(table),
        }
    }
}

impl TargetTable {
    /// Its name where names have no dashes.
    pub fn identifier(&self) -> String {
        self.name.replace(|char: char| !char.is_ascii_alphanumeric(), "_").to_lowercase()
    }

    /// Where its files are, with a slash at the end.
    fn directory(&self) -> String {
        format!("{}/ext/{}/", self.location.trim_end_matches('/'), self.name)
    }
}

fn message_type(table: &TargetTable) -> Result<String, LakeError> {
    let schema = ArrowSchemaConverter::new().schema_root(&table.identifier()).convert(&table.schema)?;
    let mut text = Vec::new();
    print_schema(&mut text, schema.root_schema());
    Ok(String::from_utf8_lossy(&text).into_owned())
}
