//! Flags of single sources: the registry names them, so they are added to the command line at run time.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction, ArgMatches, Command};
use ocsf_core::{OptionKind, SourceOption};
use ocsf_mappers::{Entry, Registry};

/// The commands that map.
const COMMANDS: [&str; 2] = ["convert", "preview"];

/// Adds the flags of all sources to the commands that map.
pub(crate) fn add(command: Command, registry: &Registry) -> Command {
    COMMANDS.iter().fold(command, |command, name| {
        command.mut_subcommand(name, |sub| {
            sub.args(options(registry).map(|(entry, option)| flag(entry, option)))
        })
    })
}

/// What the user chose among them: by name, `true` for a flag that is on. `matches` are those of the command.
pub(crate) fn read(matches: &ArgMatches, registry: &Registry) -> BTreeMap<String, String> {
    let value = |option: &SourceOption| match option.kind {
        OptionKind::Flag => matches.get_flag(option.name).then(|| "true".to_owned()),
        _ => matches.get_one::<String>(option.name).cloned(),
    };
    options(registry).filter_map(|(_, option)| Some((option.name.to_owned(), value(option)?))).collect()
}

/// True for an option that is on or off: it decides which events there are, for all runs on a lake.
pub(crate) fn is_flag(name: &str, registry: &Registry) -> bool {
    options(registry).any(|(_, option)| option.name == name && option.kind == OptionKind::Flag)
}

/// True when `matches` are of a command that has these flags.
pub(crate) fn has(command: &str) -> bool {
    COMMANDS.contains(&command)
}

fn options(registry: &Registry) -> impl Iterator<Item = (&dyn Entry, &'static SourceOption)> {
    registry.entries().flat_map(|entry| entry.options().iter().map(move |option| (entry, option)))
}

fn flag(entry: &dyn Entry, option: &'static SourceOption) -> Arg {
    let env = format!("OCSF_{}", option.name.to_uppercase().replace('-', "_"));
    let arg = Arg::new(option.name)
        .long(option.name)
        .help(format!("{}: {}", entry.title(), option.help))
        .env(env)
        .help_heading("Single sources");
    match option.kind {
        OptionKind::Flag => arg.action(ArgAction::SetTrue),
        _ => arg.action(ArgAction::Set).value_name("COLUMNS"),
    }
}
