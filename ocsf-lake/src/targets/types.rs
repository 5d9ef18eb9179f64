//! Column types in words.

use arrow::datatypes::{DataType, Field, Fields};

use crate::error::LakeError;

/// How an engine writes types.
pub(super) struct Words {
    pub(super) text: &'static str,
    pub(super) int: &'static str,
    pub(super) long: &'static str,
    pub(super) double: &'static str,
    pub(super) boolean: &'static str,
    pub(super) timestamp: &'static str,
    pub(super) list: fn(&str) -> String,
    pub(super) map: fn(&str, &str) -> String,
    pub(super) object: fn(&[(&str, String)]) -> String,
}

/// Hive, and so Athena and Glue.
pub(super) const HIVE: Words = Words {
    text: "string",
    int: "int",
    long: "bigint",
    double: "double",
    boolean: "boolean",
    timestamp: "timestamp",
    list: |item| format!("array<{item}>"),
    map: |name, value| format!("map<{name},{value}>"),
    object: |members| {
        let members: Vec<String> = members.iter().map(|(name, kind)| format!("{name}:{kind}")).collect();
        format!("struct<{}>", members.join(","))
    },
};

/// ClickHouse, where only scalars can be null.
pub(super) const CLICKHOUSE: Words = Words {
    text: "Nullable(String)",
    int: "Nullable(Int32)",
    long: "Nullable(Int64)",
    double: "Nullable(Float64)",
    boolean: "Nullable(Bool)",
    timestamp: "Nullable(DateTime64(3, 'UTC'))",
    list: |item| format!("Array({item})"),
    map: |_, value| format!("Map(String, {value})"),
    object: |members| {
        let members: Vec<String> = members.iter().map(|(name, kind)| format!("`{name}` {kind}")).collect();
        format!("Tuple({})", members.join(", "))
    },
};

impl Words {
    pub(super) fn of(&self, kind: &DataType) -> Result<String, LakeError> {
        Ok(match Shape::of(kind)? {
            Shape::Text => self.text.to_owned(),
            Shape::Int => self.int.to_owned(),
            Shape::Long => self.long.to_owned(),
            Shape::Double => self.double.to_owned(),
            Shape::Boolean => self.boolean.to_owned(),
            Shape::Timestamp => self.timestamp.to_owned(),
            Shape::List(item) => (self.list)(&self.of(item.data_type())?),
            Shape::Map(name, value) => (self.map)(&self.of(name.data_type())?, &self.of(value.data_type())?),
            Shape::Object(members) => {
                let members =
                    members.iter().map(|member| Ok((member.name().as_str(), self.of(member.data_type())?)));
                (self.object)(&members.collect::<Result<Vec<_>, LakeError>>()?)
            }
        })
    }
}

/// The types that columns of a lake have.
pub(super) enum Shape<'t> {
    Text,
    Int,
    Long,
    Double,
    Boolean,
    Timestamp,
    List(&'t Field),
    Map(&'t Field, &'t Field),
    Object(&'t Fields),
}

impl<'t> Shape<'t> {
    pub(super) fn of(kind: &'t DataType) -> Result<Self, LakeError> {
        Ok(match kind {
            DataType::Utf8 => Self::Text,
            DataType::Dictionary(_, values) => Self::of(values)?,
            DataType::Int32 => Self::Int,
            DataType::Int64 => Self::Long,
            DataType::Float64 => Self::Double,
            DataType::Boolean => Self::Boolean,
            DataType::Timestamp(_, Some(_)) => Self::Timestamp,
            DataType::List(item) => Self::List(item),
            DataType::Struct(members) => Self::Object(members),
            DataType::Map(entries, _) => match entries.data_type() {
                DataType::Struct(members) if members.len() == 2 => Self::Map(&members[0], &members[1]),
                other => return Err(unknown(other)),
            },
            other => return Err(unknown(other)),
        })
    }
}

fn unknown(kind: &DataType) -> LakeError {
    LakeError::Schema { reason: format!("no column of a lake has type {kind}") }
}
