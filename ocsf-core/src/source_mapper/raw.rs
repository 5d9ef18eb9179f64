//! A record as it came.

use std::borrow::Cow;

use crate::rows::Rows;

/// A record as it came.
#[derive(Debug, Clone, Copy)]
pub(super) enum Raw<'b> {
    Text(&'b str),
    /// A row of columns. Its text is a JSON object, which is made only where it is asked for.
    Row {
        rows: &'b Rows<'b>,
        number: usize,
        /// Length of the values.
        len: usize,
    },
}

impl<'b> Raw<'b> {
    /// Its text.
    pub(super) fn text(self) -> Cow<'b, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Row { rows, number, .. } => Cow::Owned(rows.json(number)),
        }
    }

    /// Its length in bytes; that of a row is the one of a line with its values.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Row { len, .. } => len,
        }
    }
}
