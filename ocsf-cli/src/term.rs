//! Talk to the user on standard error, and text that is safe to show.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use crate::error::CliError;

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// Whether standard error gets colour.
    pub fn on_stderr(self) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR") => false,
            Self::Auto if set("CLICOLOR_FORCE") => true,
            Self::Auto => {
                io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors alone.
    Silent,
    /// Warnings and errors.
    Quiet,
    /// A summary too.
    Normal,
    /// A line for each input too.
    Verbose,
    /// All there is.
    Debug,
}

/// The voice of the program: lines on standard error.
#[derive(Debug, Clone, Copy)]
pub struct Talk {
    verbosity: Verbosity,
    color: bool,
}

impl Talk {
    /// A voice that says so much.
    pub fn new(verbosity: Verbosity, color: ColorChoice) -> Self {
        Self { verbosity, color: color.on_stderr() }
    }

    /// How much is said.
    pub fn verbosity(self) -> Verbosity {
        self.verbosity
    }

    /// Whether colour is used.
    pub fn color(self) -> bool {
        self.color
    }

    /// Says why the command failed.
    pub fn error(self, error: &CliError) {
        if error.is_silent() {
            return;
        }
        let mut text = self.labelled("error", RED, error.message());
        for cause in error.causes() {
            let _ = write!(text, "\n  {}", clean(cause));
        }
        if let Some(hint) = error.way_out() {
            let _ = write!(text, "\n\n{}", self.labelled("hint", CYAN, hint));
        }
        say(&text);
    }

    /// Says what the user should know, unless only errors are wanted.
    pub fn warn(self, text: impl fmt::Display) {
        if self.verbosity >= Verbosity::Quiet {
            say(&self.labelled("warning", YELLOW, &text.to_string()));
        }
    }

    /// Says how to go on from a warning.
    pub fn hint(self, text: impl fmt::Display) {
        if self.verbosity >= Verbosity::Quiet {
            say(&self.labelled("hint", CYAN, &text.to_string()));
        }
    }

    /// Says something when that much is wanted.
    pub fn say(self, at: Verbosity, text: impl fmt::Display) {
        if self.verbosity >= at {
            say(&text.to_string());
        }
    }

    fn labelled(self, label: &str, style: &str, text: &str) -> String {
        if self.color {
            format!("{style}{label}:{RESET} {}", clean(text))
        } else {
            format!("{label}: {}", clean(text))
        }
    }
}

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const CYAN: &str = "\x1b[1;36m";
const RESET: &str = "\x1b[0m";

/// A path for people: in backticks, control characters escaped.
pub fn quote(path: &Path) -> String {
    format!("`{}`", quote_text(&path.to_string_lossy()))
}

/// Text from outside for one line of output: control and formatting characters, line breaks too, are escaped.
///
/// ```
/// assert_eq!(ocsf_cli::quote_text("a\n\u{1b}[31mb"), r"a\n\u{1b}[31mb");
/// ```
pub fn quote_text(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unsafe) {
        Cow::Owned(text.chars().fold(String::with_capacity(text.len()), |mut safe, char| {
            if is_unsafe(char) {
                safe.extend(char.escape_default());
            } else {
                safe.push(char);
            }
            safe
        }))
    } else {
        Cow::Borrowed(text)
    }
}

/// The same for text of our own that has line breaks.
fn clean(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(quote_text).collect();
    lines.join("\n")
}

/// Characters that would move the cursor, change colours or reorder what is shown.
pub(crate) fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Writes a line. Standard error may be closed; there is nobody to tell then.
fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shown_text_cannot_steer_a_terminal(text in any::<String>()) {
            let shown = quote_text(&text);
            prop_assert!(!shown.chars().any(is_unsafe));
        }
    }
}
