//! Standard output: data, and nothing but data.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};
use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::error::CliError;
use crate::term::is_unsafe;

/// Writes `text` to standard output. Characters of it that would steer a terminal are escaped on one, as JSON does it;
/// elsewhere it comes as it is.
///
/// # Errors
/// It cannot be written. A reader that went away gives a silent error.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    let text = if out.is_terminal() { tamed(text) } else { Cow::Borrowed(text) };
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| CliError::stdout(&error))
}

fn tamed(text: &str) -> Cow<'_, str> {
    let steers = |char| is_unsafe(char) && char != '\n' && char != '\t';
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::with_capacity(text.len()), |mut safe, char| {
        if steers(char) {
            let _ = write!(safe, "\\u{:04x}", u32::from(char));
        } else {
            safe.push(char);
        }
        safe
    }))
}

/// Writes `value` as JSON on a line.
///
/// # Errors
/// As [`print`].
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string(value).map_err(|error| CliError::stdout(&error.into()))?;
    print(&(text + "\n"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_json_stays_json() {
        assert_eq!(tamed("a\tb\nü"), "a\tb\nü");
        let shown = tamed("{\"a\":\"\u{9b}31m\u{202e}\u{7f}\"}\n");
        assert_eq!(shown, "{\"a\":\"\\u009b31m\\u202e\\u007f\"}\n");
        assert_eq!(tamed("\u{1b}[2J"), "\\u001b[2J");
    }
}
