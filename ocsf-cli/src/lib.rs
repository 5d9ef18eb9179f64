//! The `ocsf` command as a library: a program with sources of its own calls [`run`] with them.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     ocsf_cli::run(ocsf_mappers::registry(), std::env::args_os())
//! }
//! ```

pub mod args;
mod commands;
mod config;
mod error;
mod events;
mod findings;
pub mod input;
mod output;
mod pipeline;
mod progress;
mod rejects;
mod report;
mod signals;
mod suggest;
mod table;
mod term;
mod units;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, ColorChoice as ClapColor, CommandFactory, FromArgMatches};
use ocsf_mappers::Registry;

use args::{Cli, Command, source_options};
use config::Settings;

pub use commands::lint::LINT_RULES;
pub use error::{CliError, ExitStatus};
pub use findings::{FailOn, FindingsFormat};
pub use term::{ColorChoice, Talk, Verbosity, quote, quote_text};
pub use units::{ByteSize, Interval, RejectLimit, RejectsTo, Time, ZstdLevel, human_count, human_size};

/// Runs the command that `args` ask for, program name first, with the sources of `registry`. Returns what the process
/// should exit with.
#[expect(clippy::needless_pass_by_value, reason = "a program has one registry, made for this call")]
pub fn run(registry: Registry, args: impl IntoIterator<Item = OsString>) -> ExitCode {
    std::panic::set_hook(Box::new(report_bug));
    let args: Vec<OsString> = args.into_iter().collect();
    let (cli, talk) = match parse(&args, &registry) {
        Ok(cli) => {
            let talk = cli.global.talk();
            (cli, talk)
        }
        Err(Stop::Clap(error)) => {
            // Help for a reader that went away is no failure.
            let _ = error.print();
            return ExitCode::from(
                u8::try_from(error.exit_code()).unwrap_or_else(|_| ExitStatus::Usage.code()),
            );
        }
        Err(Stop::Settings(error, color)) => {
            Talk::new(Verbosity::Normal, color).error(&error);
            return ExitCode::from(error.status().code());
        }
    };
    let status = dispatch(&cli, &registry).unwrap_or_else(|error| {
        talk.error(&error);
        error.status()
    });
    ExitCode::from(status.code())
}

/// What keeps a command from being run.
enum Stop {
    Clap(clap::Error),
    Settings(CliError, ColorChoice),
}

/// Flags, then the environment, then the settings file, then defaults.
fn parse(args: &[OsString], registry: &Registry) -> Result<Cli, Stop> {
    let command = source_options::add(Cli::command(), registry).mut_subcommands(hide_environment);
    let command = hide_environment(command);
    // The first look only finds the command, the settings file and the colour; mistakes are told by the second.
    let early = command.clone().ignore_errors(true).try_get_matches_from(args).map_err(Stop::Clap)?;
    let color = early.get_one("color").copied().unwrap_or_default();
    let command = command.color(match color {
        ColorChoice::Auto => ClapColor::Auto,
        ColorChoice::Always => ClapColor::Always,
        ColorChoice::Never => ClapColor::Never,
    });
    let settings = match early.subcommand_name() {
        Some(_) => Settings::load(&command, &early).map_err(|error| Stop::Settings(error, color))?,
        None => Settings::default(),
    };
    let command = settings.apply(command, early.subcommand_name().unwrap_or_default());
    let matches = command.clone().try_get_matches_from(args).map_err(Stop::Clap)?;
    let mut cli =
        Cli::from_arg_matches(&matches).map_err(|error| Stop::Clap(error.format(&mut command.clone())))?;
    if let Some((_, matches)) = matches.subcommand().filter(|(name, _)| source_options::has(name))
        && let Some(mapping) = cli.command.mapping()
    {
        mapping.source_options = source_options::read(matches, registry);
    }
    tell_settings(&cli, &matches, &command, &settings);
    Ok(cli)
}

/// Every flag has its variable; the manual says so once.
fn hide_environment(command: clap::Command) -> clap::Command {
    command.mut_args(|arg| arg.hide_env(true))
}

/// Says which settings did not come from the command line, and where they came from.
fn tell_settings(cli: &Cli, matches: &ArgMatches, command: &clap::Command, settings: &Settings) {
    let talk = cli.global.talk();
    let Some((name, matches)) = matches.subcommand() else { return };
    let (from_file, file) = settings.flags();
    let sub = command.find_subcommand(name).into_iter();
    for arg in sub.flat_map(clap::Command::get_arguments).chain(command.get_arguments()) {
        let id = arg.get_id().as_str();
        let Some(flag) = arg.get_long().filter(|_| matches.try_contains_id(id).is_ok()) else { continue };
        let from = match matches.value_source(id) {
            Some(ValueSource::EnvVariable) => {
                arg.get_env().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            }
            Some(ValueSource::DefaultValue) if from_file.contains(&flag) => file.display().to_string(),
            _ => continue,
        };
        talk.say(Verbosity::Verbose, format_args!("`--{flag}` comes from {}", quote_text(&from)));
    }
}

fn dispatch(cli: &Cli, registry: &Registry) -> Result<ExitStatus, CliError> {
    let talk = cli.global.talk();
    match &cli.command {
        Command::Convert(args) => commands::convert::run(args, &cli.global, registry),
        Command::Compact(args) => commands::compact::run(args, &cli.global),
        Command::Detect(args) => commands::detect::run(args, talk, registry),
        Command::Preview(args) => commands::preview::run(args, talk, registry),
        Command::Inspect(args) => commands::inspect::run(args, talk),
        Command::Validate(args) => commands::validate::run(args, talk),
        Command::Lint(args) => commands::lint::run(args, talk),
        Command::Explain(args) => commands::explain::run(args, talk, registry),
        Command::Trace(args) => commands::trace::run(args, talk),
        Command::Schema(args) => commands::schema::run(args, registry),
        Command::Generate(args) => commands::generate::run(args, talk),
        Command::Completions(args) => commands::manual::completions(args),
        Command::Man(args) => commands::manual::man(args),
    }
}

/// A panic is a mistake of this program, whatever the input; but for those of a library that are caught.
fn report_bug(info: &std::panic::PanicHookInfo<'_>) {
    if input::is_guarded() {
        return;
    }
    let error = CliError::usage(format!("this is a bug of ocsf: {info}"))
        .hint("please report it with the command line and, where possible, the input");
    Talk::new(Verbosity::Normal, ColorChoice::Auto).error(&error);
}
