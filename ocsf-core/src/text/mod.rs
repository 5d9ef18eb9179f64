//! Records that are lines of text: cut into fields, named by position.

mod columns;
mod look;
mod reader;
mod tokens;

pub(crate) use columns::{Columns, NameIndex, parse_names};
pub use look::Look;
pub(crate) use reader::{Line, LineReader, drop_dashes};
pub(crate) use tokens::has_open_quote;
