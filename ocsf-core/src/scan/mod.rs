//! One pass over the bytes of a record: raw slices for columns and for what no column takes.

pub(crate) mod emit;
mod fields;
mod json;
pub(crate) mod keys;
mod lookup;

pub use fields::{Field, FieldSet, FieldTree, Json, Leftover, Value};
pub(crate) use json::MAX_DEPTH;
pub use json::{Cursor, ScanError, Secrets};
pub use lookup::{JsonItems, items, lookup, members};
