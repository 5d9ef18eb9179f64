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
mod error;
pub mod input;
mod pipeline;
mod progress;
mod rejects;
mod report;
mod signals;
mod suggest;
mod term;
mod units;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use ocsf_mappers::Registry;

use args::{Cli, Command};

pub use error::{CliError, ExitStatus};
pub use term::{ColorChoice, Talk, Verbosity, quote, quote_text};
pub use units::{ByteSize, RejectLimit, RejectsTo, Time, ZstdLevel, human_count, human_size};

/// Runs the command that `args` ask for, program name first, with the sources of `registry`.
pub fn run(registry: Registry, args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    match &cli.command {
        Command::Convert(args) => match commands::convert::run(args, &cli.global, &registry) {
            Ok(status) => ExitCode::from(status.code()),
            Err(error) => {
                cli.global.talk().error(&error);
                ExitCode::from(error.status().code())
            }
        },
        _ => ExitCode::SUCCESS,
    }
}
