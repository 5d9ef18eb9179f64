//! Events as rows of Arrow columns, whatever types their producer chose.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, Float64Array, Int64Array, MapArray,
    OffsetSizeTrait, RecordBatch, StringViewArray, StructArray, TimestampMillisecondArray, UInt64Array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit};
use arrow::error::ArrowError;

use crate::value::{Value, View};

/// The columns of a record batch, laid out for checking row by row.
///
/// Null is absent, in lists too. Integers and floats of any width, text of any layout, dictionaries, run ends, lists and
/// maps of any kind, and times of any unit are read as what they are. Bytes that are UTF-8 count as text. A column
/// that is null in every row costs nothing.
#[derive(Debug)]
pub struct Columns {
    rows: usize,
    root: Column,
}

/// A value of a row.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    column: &'a Column,
    row: usize,
}

#[derive(Debug)]
enum Column {
    Bool(BooleanArray),
    Int(Int64Array),
    Unsigned(UInt64Array),
    Float(Float64Array),
    Text(StringViewArray),
    Bytes(BinaryViewArray),
    Instant(TimestampMillisecondArray),
    Coded { codes: Vec<usize>, nulls: Option<NullBuffer>, values: Box<Column> },
    Struct { members: Vec<(String, Column)>, nulls: Option<NullBuffer> },
    List { ranges: Vec<(usize, usize)>, nulls: Option<NullBuffer>, items: Box<Column> },
    Map { entries: Box<Map>, nulls: Option<NullBuffer> },
    Other { name: String, nulls: Option<NullBuffer> },
}

#[derive(Debug)]
struct Map {
    ranges: Vec<(usize, usize)>,
    names: StringViewArray,
    values: Column,
}

impl Columns {
    /// The columns of `batch`.
    ///
    /// # Errors
    /// Arrow cannot cast a column to the widest type of its kind; no batch that is sound does that.
    pub fn new(batch: &RecordBatch) -> Result<Self, ArrowError> {
        let members = batch.schema_ref().fields().iter().zip(batch.columns());
        let members = members.map(|(field, column)| (field.name().as_str(), column));
        Ok(Self { rows: batch.num_rows(), root: Column::of_members(members, None)? })
    }

    /// Number of events.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The event of a row.
    pub fn row(&self, row: usize) -> Cell<'_> {
        Cell { column: &self.root, row }
    }
}

impl Column {
    fn new(array: &ArrayRef) -> Result<Self, ArrowError> {
        let nulls = array.logical_nulls();
        Ok(match array.data_type() {
            DataType::Boolean => Self::Bool(array.as_boolean().clone()),
            DataType::UInt64 => Self::Unsigned(array.as_primitive().clone()),
            kind if kind.is_integer() => Self::Int(cast(array, &DataType::Int64)?.as_primitive().clone()),
            kind if kind.is_floating() => {
                Self::Float(cast(array, &DataType::Float64)?.as_primitive().clone())
            }
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                Self::Text(cast(array, &DataType::Utf8View)?.as_string_view().clone())
            }
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
                Self::Bytes(cast(array, &DataType::BinaryView)?.as_binary_view().clone())
            }
            DataType::Timestamp(_, zone) => {
                let to = DataType::Timestamp(TimeUnit::Millisecond, zone.clone());
                Self::Instant(cast(array, &to)?.as_primitive().clone())
            }
            DataType::Dictionary(_, _) => {
                let dictionary = array.as_any_dictionary();
                let codes = dictionary.normalized_keys();
                Self::Coded { codes, nulls, values: Box::new(Self::new(dictionary.values())?) }
            }
            DataType::RunEndEncoded(_, values) => Self::new(&cast(array, values.data_type())?)?,
            DataType::Struct(_) => Self::of_struct(array.as_struct(), nulls)?,
            DataType::List(_) => Self::of_list::<i32>(array, nulls)?,
            DataType::LargeList(_) => Self::of_list::<i64>(array, nulls)?,
            DataType::FixedSizeList(field, _)
            | DataType::ListView(field)
            | DataType::LargeListView(field) => {
                Self::of_list::<i64>(&cast(array, &DataType::LargeList(field.clone()))?, nulls)?
            }
            DataType::Map(_, _) => Self::of_map(array.as_map(), nulls)?,
            other => Self::Other { name: other.to_string(), nulls },
        })
    }

    fn of_struct(array: &StructArray, nulls: Option<NullBuffer>) -> Result<Self, ArrowError> {
        let members = array.fields().iter().zip(array.columns());
        Self::of_members(members.map(|(field, column)| (field.name().as_str(), column)), nulls)
    }

    fn of_members<'m>(
        members: impl Iterator<Item = (&'m str, &'m ArrayRef)>,
        nulls: Option<NullBuffer>,
    ) -> Result<Self, ArrowError> {
        let members = members
            .filter(|(_, column)| column.logical_null_count() < column.len())
            .map(|(name, column)| Ok((name.to_owned(), Self::new(column)?)))
            .collect::<Result<_, ArrowError>>()?;
        Ok(Self::Struct { members, nulls })
    }

    fn of_list<O: OffsetSizeTrait>(array: &ArrayRef, nulls: Option<NullBuffer>) -> Result<Self, ArrowError> {
        let list = array.as_list::<O>();
        let ranges = ranges(list.value_offsets());
        Ok(Self::List { ranges, nulls, items: Box::new(Self::new(list.values())?) })
    }

    fn of_map(map: &MapArray, nulls: Option<NullBuffer>) -> Result<Self, ArrowError> {
        let entries = Map {
            ranges: ranges(map.value_offsets()),
            names: cast(map.keys(), &DataType::Utf8View)?.as_string_view().clone(),
            values: Self::new(map.values())?,
        };
        Ok(Self::Map { entries: Box::new(entries), nulls })
    }

    fn is_null(&self, row: usize) -> bool {
        let absent =
            |nulls: Option<&NullBuffer>| nulls.is_some_and(|nulls| row >= nulls.len() || nulls.is_null(row));
        match self {
            Self::Bool(array) => absent(array.nulls()),
            Self::Int(array) => absent(array.nulls()),
            Self::Unsigned(array) => absent(array.nulls()),
            Self::Float(array) => absent(array.nulls()),
            Self::Text(array) => absent(array.nulls()),
            Self::Bytes(array) => absent(array.nulls()),
            Self::Instant(array) => absent(array.nulls()),
            Self::Coded { nulls, .. }
            | Self::Struct { nulls, .. }
            | Self::List { nulls, .. }
            | Self::Map { nulls, .. }
            | Self::Other { nulls, .. } => absent(nulls.as_ref()),
        }
    }
}

/// Where the elements of each row begin and end.
fn ranges<O: OffsetSizeTrait>(offsets: &[O]) -> Vec<(usize, usize)> {
    let ends = offsets.iter().skip(1);
    offsets.iter().zip(ends).map(|(from, to)| (from.as_usize(), to.as_usize())).collect()
}

impl<'a> Cell<'a> {
    fn of(column: &'a Column, row: usize) -> Option<Self> {
        (!column.is_null(row)).then_some(Self { column, row })
    }
}

impl<'a> Value<'a> for Cell<'a> {
    const JSON_TEXT_IS_OBJECT: bool = true;

    fn view(self) -> View<'a, Self> {
        let row = self.row;
        match self.column {
            Column::Bool(array) => View::Bool(array.value(row)),
            Column::Int(array) => View::Int(array.value(row).into()),
            Column::Unsigned(array) => View::Int(array.value(row).into()),
            Column::Float(array) => View::Float(array.value(row)),
            Column::Text(array) => View::Text(array.value(row)),
            Column::Bytes(array) => match std::str::from_utf8(array.value(row)) {
                Ok(text) => View::Text(text),
                Err(_) => View::Other("bytes that are no UTF-8"),
            },
            Column::Instant(array) => View::Instant(array.value(row)),
            Column::Coded { codes, values, .. } => {
                let code = codes.get(row).copied().unwrap_or_default();
                Self { column: values, row: code }.view()
            }
            Column::Struct { .. } | Column::Map { .. } => View::Object(self),
            Column::List { .. } => View::List(self),
            Column::Other { name, .. } => View::Other(name),
        }
    }

    fn items(self) -> impl Iterator<Item = Self> {
        let (range, items) = match self.column {
            Column::List { ranges, items, .. } => (ranges.get(self.row).copied(), Some(items)),
            _ => (None, None),
        };
        let (from, to) = range.unwrap_or_default();
        (from..to).filter_map(move |row| Cell::of(items?, row))
    }

    fn members(self) -> impl Iterator<Item = (&'a str, Self)> {
        let row = self.row;
        let members = match self.column {
            Column::Struct { members, .. } => members.as_slice(),
            _ => &[],
        };
        let map = match self.column {
            Column::Map { entries, .. } => Some(entries),
            _ => None,
        };
        let (from, to) = map.and_then(|map| map.ranges.get(row).copied()).unwrap_or_default();
        let entries = (from..to).filter_map(move |row| {
            let map = map?;
            Some((map.names.value(row), Cell::of(&map.values, row)?))
        });
        members
            .iter()
            .filter_map(move |(name, column)| Some((name.as_str(), Cell::of(column, row)?)))
            .chain(entries)
    }

    fn get(self, name: &str) -> Option<Self> {
        match self.column {
            Column::Struct { members, .. } => {
                let (_, column) = members.iter().find(|(own, _)| own == name)?;
                Cell::of(column, self.row)
            }
            _ => self.members().find(|(own, _)| *own == name).map(|(_, value)| value),
        }
    }
}
