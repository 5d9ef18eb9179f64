//! Standard output: data, and nothing but data.

use std::fmt::{Display, Write as _};
use std::io::{self, Write};

use crate::error::CliError;

/// Writes `text` to standard output.
///
/// # Errors
/// It cannot be written. A reader that went away gives a silent error.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| CliError::stdout(&error))
}

/// Writes each of `values` on a line of its own.
///
/// # Errors
/// As [`print`].
pub(crate) fn print_lines(values: impl IntoIterator<Item = impl Display>) -> Result<(), CliError> {
    let mut text = String::new();
    for value in values {
        let _ = writeln!(text, "{value}");
    }
    print(&text)
}
