//! Settings from `ocsf.toml`: they become the defaults of the flags that they name.
//!
//! ```toml
//! color = "never"             # a flag of every command
//!
//! [convert]                   # flags of one command, by their long names
//! memory = "2GiB"
//! class = ["api_activity", "authentication"]
//! source-name = { ct-api-activity = "org-trail" }
//! ```

use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::CliError;
use crate::suggest::nearest;
use crate::term::{quote, quote_text};

/// Read when it is there and no other file is named.
const DEFAULT_FILE: &str = "ocsf.toml";

/// Flags that tell about the settings file itself.
const ABOUT_THE_FILE: [&str; 4] = ["config", "no-config", "help", "version"];

/// Settings of one file for one command.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    file: PathBuf,
    list: Vec<Setting>,
}

#[derive(Debug)]
struct Setting {
    flag: String,
    values: Vec<String>,
}

impl Settings {
    /// Reads the file that the command line names, else `ocsf.toml` where there is one. All commands are checked, those of
    /// the chosen one are kept.
    ///
    /// # Errors
    /// The file cannot be read, or has unknown keys or wrong values: all of them are told.
    pub(crate) fn load(command: &Command, matches: &ArgMatches) -> Result<Self, CliError> {
        if matches.get_flag("no_config") {
            return Ok(Self::default());
        }
        let named = matches.get_one::<PathBuf>("config");
        let file = named.cloned().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => {
                let message = format!("cannot read the settings in {}", quote(&file));
                return Err(CliError::usage(message).because(error));
            }
        };
        let mut reader =
            Reader { text: &text, chosen: matches.subcommand_name(), list: Vec::new(), faults: Vec::new() };
        reader.read(command);
        reader.faults.sort();
        if reader.faults.is_empty() {
            return Ok(Self { list: reader.list, file });
        }
        let error = CliError::usage(format!("{} has settings that make no sense", quote(&file)));
        Err(reader
            .faults
            .iter()
            .fold(error, |error, (line, fault)| error.because(format!("line {line}: {fault}"))))
    }

    /// Makes the settings the defaults of the flags of `command`.
    pub(crate) fn apply(&self, mut command: Command, chosen: &str) -> Command {
        for Setting { flag, values } in &self.list {
            let default = |arg: Arg| arg.required(false).default_values(values.clone());
            let is_general = command.get_arguments().any(|arg| arg.get_long() == Some(flag));
            command = if is_general {
                command.mut_args(|arg| if arg.get_long() == Some(flag) { default(arg) } else { arg })
            } else {
                command.mut_subcommand(chosen, |sub| {
                    sub.mut_args(|arg| if arg.get_long() == Some(flag) { default(arg) } else { arg })
                })
            };
        }
        command
    }

    /// The flags that the file sets, and the file.
    pub(crate) fn flags(&self) -> (Vec<&str>, &Path) {
        (self.list.iter().map(|setting| setting.flag.as_str()).collect(), &self.file)
    }
}

struct Reader<'t> {
    text: &'t str,
    chosen: Option<&'t str>,
    list: Vec<Setting>,
    /// Line and fault.
    faults: Vec<(usize, String)>,
}

impl Reader<'_> {
    fn read(&mut self, command: &Command) {
        let table = match DeTable::parse(self.text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let line = self.line(&error.span().unwrap_or_default());
                self.faults.push((line, error.message().to_owned()));
                return;
            }
        };
        for (key, value) in &table {
            let name = key.get_ref().as_ref();
            let verb = command.get_subcommands().find(|sub| sub.get_name() == name);
            match (verb, value.get_ref()) {
                (Some(verb), DeValue::Table(inner)) => {
                    for (key, value) in inner {
                        self.read_flag(
                            key.get_ref(),
                            key.span(),
                            value,
                            &[verb, command],
                            self.chosen == Some(name),
                        );
                    }
                }
                (None, DeValue::Table(_)) => {
                    let verbs = command.get_subcommands().map(Command::get_name);
                    let fault = unknown("command", name, nearest(name, verbs));
                    self.faults.push((self.line(&key.span()), fault));
                }
                _ => self.read_flag(name, key.span(), value, &[command], true),
            }
        }
    }

    fn read_flag(
        &mut self,
        name: &str,
        span: Range<usize>,
        value: &Spanned<DeValue<'_>>,
        commands: &[&Command],
        keep: bool,
    ) {
        let flags =
            || commands.iter().flat_map(|command| command.get_arguments()).filter(|arg| is_setting(arg));
        let Some(arg) = flags().find(|arg| arg.get_long() == Some(name)) else {
            let fault = unknown("setting", name, nearest(name, flags().filter_map(Arg::get_long)));
            self.faults.push((self.line(&span), fault));
            return;
        };
        let checked = texts(value.get_ref()).and_then(|values| check(arg, &values).map(|()| values));
        match checked {
            Ok(values) if keep && !values.is_empty() => {
                self.list.push(Setting { flag: name.to_owned(), values });
            }
            Ok(_) => {}
            Err(fault) => {
                self.faults.push((self.line(&value.span()), format!("`{}`: {fault}", quote_text(name))));
            }
        }
    }

    fn line(&self, span: &Range<usize>) -> usize {
        1 + self.text.as_bytes().iter().take(span.start).filter(|byte| **byte == b'\n').count()
    }
}

fn is_setting(arg: &Arg) -> bool {
    arg.get_long().is_some_and(|long| !ABOUT_THE_FILE.contains(&long))
}

fn unknown(what: &str, name: &str, near: Option<&str>) -> String {
    let suggestion = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
    format!("no {what} is called `{}`{suggestion}", quote_text(name))
}

/// The values as they would stand on the command line.
fn texts(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let scalar = |value: &DeValue<'_>| match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.to_string()),
        DeValue::Float(number) => Ok(number.to_string()),
        DeValue::Boolean(flag) => Ok(flag.to_string()),
        DeValue::Datetime(time) => Ok(time.to_string()),
        other => Err(format!("expected a plain value, found {}", other.type_str())),
    };
    match value {
        DeValue::Array(items) => items.iter().map(|item| scalar(item.get_ref())).collect(),
        DeValue::Table(table) => {
            let pair = |(key, value): (&Spanned<_>, &Spanned<_>)| {
                Ok(format!("{}={}", key.get_ref(), scalar(value.get_ref())?))
            };
            table.iter().map(pair).collect()
        }
        plain => Ok(vec![scalar(plain)?]),
    }
}

/// Lets the flag itself judge the values.
fn check(arg: &Arg, values: &[String]) -> Result<(), String> {
    let name = arg.get_long().unwrap_or_default();
    if !arg.get_action().takes_values() {
        let number = matches!(arg.get_action(), clap::ArgAction::Count);
        let fits =
            |value: &String| if number { value.parse::<u8>().is_ok() } else { value.parse::<bool>().is_ok() };
        let wanted = if number { "a small number" } else { "true or false" };
        return if values.len() == 1 && values.iter().all(fits) {
            Ok(())
        } else {
            Err(format!("expected {wanted}"))
        };
    }
    let plain = arg.clone().required(false).env(None::<&str>);
    let words = values.iter().map(|value| format!("--{name}={value}"));
    let parsed = Command::new("ocsf").no_binary_name(true).arg(plain).try_get_matches_from(words);
    match parsed {
        Ok(_) => Ok(()),
        Err(error) => {
            let text = error.to_string();
            let lines = text.lines().map(str::trim).take_while(|line| !line.is_empty());
            let text: Vec<&str> = lines.collect();
            Err(text.join(" ").trim_start_matches("error: ").to_owned())
        }
    }
}
