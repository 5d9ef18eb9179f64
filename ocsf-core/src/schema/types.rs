//! OCSF types as Arrow types, as the tables of Amazon Security Lake have them.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};

use super::{Attribute, Schema};

/// What a leaf of a table holds. One per Arrow type that a column can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// `Utf8`.
    Text,
    /// `Utf8` that holds JSON.
    Json,
    /// `Int32`.
    Int,
    /// `Int64`.
    Long,
    /// `Float64`.
    Float,
    /// `Boolean`.
    Bool,
    /// `Int64`, milliseconds since the epoch.
    Time,
    /// `Timestamp(Millisecond, "UTC")`.
    DateTime,
}

impl Kind {
    /// The kind of a scalar attribute; `None` for an object.
    pub fn of(schema: &Schema, attribute: &Attribute) -> Option<Self> {
        let named = match attribute.type_name.as_str() {
            "timestamp_t" => Some(Self::Time),
            "datetime_t" => Some(Self::DateTime),
            _ => None,
        };
        named.or_else(|| match schema.base_type(&attribute.type_name) {
            "string_t" | "bytestring_t" => Some(Self::Text),
            "json_t" => Some(Self::Json),
            "integer_t" => Some(Self::Int),
            "long_t" => Some(Self::Long),
            "float_t" => Some(Self::Float),
            "boolean_t" => Some(Self::Bool),
            _ => None,
        })
    }

    /// The Arrow type; text as `Dictionary(Int32, Utf8)` when `dictionary`.
    pub fn arrow(self, dictionary: bool) -> DataType {
        match self {
            Self::Text | Self::Json if dictionary => dictionary_type(),
            Self::Text | Self::Json => DataType::Utf8,
            Self::Int => DataType::Int32,
            Self::Long | Self::Time => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::DateTime => DataType::Timestamp(TimeUnit::Millisecond, Some(Arc::from("UTC"))),
        }
    }
}

/// `Dictionary(Int32, Utf8)`.
pub(crate) fn dictionary_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// A nullable list of `item`, its field named `element` as Parquet's three-level lists have it.
pub(crate) fn list_type(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("element", item, true)))
}
