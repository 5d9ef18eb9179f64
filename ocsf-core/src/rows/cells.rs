//! One column of any Arrow type, read cell by cell.

use std::fmt::{self, Display, Write};

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, Float32Array,
    Float64Array, Int64Array, LargeBinaryArray, LargeStringArray, MapArray, StringArray, StringViewArray,
    UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit, UInt64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::stamp::push_stamp;
use crate::scan::emit::push_string;

/// A column of any type. A value reads the same whatever type carries it: numbers as their shortest text, bytes as the
/// text they are, time stamps as RFC 3339 text.
pub(super) struct Cells<'b> {
    array: &'b dyn Array,
    form: Form<'b>,
}

/// What the text of a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Text,
    Number,
    Truth,
    /// An object or a list.
    Json,
}

enum Form<'b> {
    Null,
    Truth(&'b BooleanArray),
    Int(Int64Array),
    Unsigned(UInt64Array),
    Float(&'b Float32Array),
    Double(&'b Float64Array),
    Text(&'b StringArray),
    LargeText(&'b LargeStringArray),
    TextView(&'b StringViewArray),
    Bytes(&'b BinaryArray),
    LargeBytes(&'b LargeBinaryArray),
    BytesView(&'b BinaryViewArray),
    FixedBytes(&'b FixedSizeBinaryArray),
    Stamp(Int64Array, TimeUnit),
    /// The place of each cell's value among the values.
    Dictionary(Vec<usize>, Box<Cells<'b>>),
    Struct(Vec<(&'b str, Cells<'b>)>),
    List(Box<dyn Fn(usize) -> ArrayRef + 'b>),
    Map(&'b MapArray),
    /// As Arrow writes it: decimals are numbers; dates, durations and rarer types are text.
    Other(ArrayFormatter<'b>, Kind),
}

impl<'b> Cells<'b> {
    pub(super) fn of(array: &'b dyn Array) -> Self {
        Self { array, form: Form::of(array) }
    }

    /// The text of a cell that the array itself holds.
    pub(super) fn held(&self, row: usize) -> Option<&'b str> {
        if self.array.is_null(row) {
            return None;
        }
        match &self.form {
            Form::Text(array) => Some(array.value(row)),
            Form::LargeText(array) => Some(array.value(row)),
            Form::TextView(array) => Some(array.value(row)),
            Form::Dictionary(places, values) => values.held(*places.get(row)?),
            _ => std::str::from_utf8(self.bytes(row)?).ok(),
        }
    }

    /// The cell as a whole number; `None` when its type is another or it is null.
    pub(super) fn int(&self, row: usize) -> Option<i64> {
        match &self.form {
            Form::Int(array) if !array.is_null(row) => Some(array.value(row)),
            _ => None,
        }
    }

    /// Appends the text of a cell and says what it is.
    pub(super) fn write(&self, row: usize, out: &mut String) -> Kind {
        if let Some(text) = self.held(row) {
            out.push_str(text);
            return Kind::Text;
        }
        if self.array.is_null(row) {
            return Kind::Null;
        }
        match &self.form {
            Form::Truth(array) => push(Kind::Truth, array.value(row), out),
            Form::Int(array) => push(Kind::Number, array.value(row), out),
            Form::Unsigned(array) => push(Kind::Number, array.value(row), out),
            Form::Float(array) => push(number_if(array.value(row).is_finite()), array.value(row), out),
            Form::Double(array) => push(number_if(array.value(row).is_finite()), array.value(row), out),
            Form::Stamp(array, unit) => {
                let count = array.value(row);
                if push_stamp(count, *unit, out) { Kind::Text } else { push(Kind::Number, count, out) }
            }
            Form::Dictionary(places, values) => {
                places.get(row).map_or(Kind::Null, |place| values.write(*place, out))
            }
            Form::Struct(members) => {
                push_members(members.iter().map(|(name, cells)| (*name, cells, row)), out);
                Kind::Json
            }
            Form::List(items) => {
                let items = items(row);
                let cells = Cells::of(&*items);
                out.push('[');
                for item in 0..items.len() {
                    out.push_str(if item > 0 { "," } else { "" });
                    cells.push_json(item, out);
                }
                out.push(']');
                Kind::Json
            }
            Form::Map(array) => {
                let entries = array.value(row);
                let (keys, values) = (Cells::of(entries.column(0)), Cells::of(entries.column(1)));
                let names: Vec<String> = (0..entries.len()).map(|entry| keys.text(entry)).collect();
                push_members(names.iter().enumerate().map(|(entry, name)| (&**name, &values, entry)), out);
                Kind::Json
            }
            Form::Other(formatter, kind) => {
                let start = out.len();
                push(*kind, formatter.value(row), out);
                let is_number =
                    out[start..].starts_with(|first: char| first == '-' || first.is_ascii_digit());
                if is_number { *kind } else { Kind::Text }
            }
            Form::Null | Form::Text(_) | Form::LargeText(_) | Form::TextView(_) => Kind::Null,
            Form::Bytes(_) | Form::LargeBytes(_) | Form::BytesView(_) | Form::FixedBytes(_) => {
                out.push_str("0x");
                for byte in self.bytes(row).unwrap_or_default() {
                    push(Kind::Text, format_args!("{byte:02x}"), out);
                }
                Kind::Text
            }
        }
    }

    /// Appends a cell as JSON, `null` when there is no value.
    pub(super) fn push_json(&self, row: usize, out: &mut String) {
        let start = out.len();
        match self.write(row, out) {
            Kind::Null => out.push_str("null"),
            Kind::Text => {
                let text = out.split_off(start);
                push_string(&text, out);
            }
            Kind::Number | Kind::Truth | Kind::Json => {}
        }
    }

    fn text(&self, row: usize) -> String {
        let mut text = String::new();
        self.write(row, &mut text);
        text
    }

    fn bytes(&self, row: usize) -> Option<&'b [u8]> {
        match &self.form {
            Form::Bytes(array) => Some(array.value(row)),
            Form::LargeBytes(array) => Some(array.value(row)),
            Form::BytesView(array) => Some(array.value(row)),
            Form::FixedBytes(array) => Some(array.value(row)),
            _ => None,
        }
    }
}

impl fmt::Debug for Cells<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cells").field(self.array.data_type()).finish()
    }
}

impl<'b> Form<'b> {
    fn of(array: &'b dyn Array) -> Self {
        use DataType as T;
        match array.data_type() {
            T::Null => Self::Null,
            T::Boolean => Self::Truth(array.as_boolean()),
            T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 => {
                ints(array).map_or_else(|| Self::other(array, Kind::Number), Self::Int)
            }
            T::UInt64 => Self::Unsigned(array.as_primitive::<UInt64Type>().clone()),
            T::Float32 => Self::Float(array.as_primitive()),
            T::Float64 => Self::Double(array.as_primitive()),
            T::Utf8 => Self::Text(array.as_string()),
            T::LargeUtf8 => Self::LargeText(array.as_string()),
            T::Utf8View => Self::TextView(array.as_string_view()),
            T::Binary => Self::Bytes(array.as_binary()),
            T::LargeBinary => Self::LargeBytes(array.as_binary()),
            T::BinaryView => Self::BytesView(array.as_binary_view()),
            T::FixedSizeBinary(_) => Self::FixedBytes(array.as_fixed_size_binary()),
            T::Timestamp(unit, _) => {
                ints(array).map_or_else(|| Self::other(array, Kind::Text), |ints| Self::Stamp(ints, *unit))
            }
            T::Dictionary(..) => {
                let dictionary = array.as_any_dictionary();
                if dictionary.values().is_empty() {
                    return Self::Null;
                }
                let values = Box::new(Cells::of(dictionary.values()));
                Self::Dictionary(dictionary.normalized_keys(), values)
            }
            T::Struct(fields) => {
                let columns = array.as_struct().columns().iter();
                Self::Struct(
                    fields
                        .iter()
                        .zip(columns)
                        .map(|(field, column)| (field.name().as_str(), Cells::of(column)))
                        .collect(),
                )
            }
            T::List(_) => Self::List(Box::new(|row| array.as_list::<i32>().value(row))),
            T::LargeList(_) => Self::List(Box::new(|row| array.as_list::<i64>().value(row))),
            T::FixedSizeList(..) => Self::List(Box::new(|row| array.as_fixed_size_list().value(row))),
            T::Map(..) => Self::Map(array.as_map()),
            T::Decimal32(..) | T::Decimal64(..) | T::Decimal128(..) | T::Decimal256(..) => {
                Self::other(array, Kind::Number)
            }
            _ => Self::other(array, Kind::Text),
        }
    }

    fn other(array: &'b dyn Array, kind: Kind) -> Self {
        // A value that cannot be written tells so, with what it is.
        let options = FormatOptions::new().with_display_error(true);
        ArrayFormatter::try_new(array, &options).map_or(Self::Null, |formatter| Self::Other(formatter, kind))
    }
}

fn ints(array: &dyn Array) -> Option<Int64Array> {
    let ints = cast(array, &DataType::Int64).ok()?;
    Some(ints.as_primitive::<Int64Type>().clone())
}

fn number_if(is_number: bool) -> Kind {
    if is_number { Kind::Number } else { Kind::Text }
}

fn push(kind: Kind, value: impl Display, out: &mut String) -> Kind {
    let _ = write!(out, "{value}");
    kind
}

/// Appends an object of these cells.
fn push_members<'a>(members: impl Iterator<Item = (&'a str, &'a Cells<'a>, usize)>, out: &mut String) {
    out.push('{');
    let first = out.len();
    for (name, cells, row) in members {
        out.push_str(if out.len() > first { "," } else { "" });
        push_string(name, out);
        out.push(':');
        cells.push_json(row, out);
    }
    out.push('}');
}
