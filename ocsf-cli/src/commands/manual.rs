//! `ocsf completions` and `ocsf man`: both are made from the flags themselves.

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::error::{CliError, ExitStatus};
use crate::output::print;
use crate::term::quote;

/// Prints completions for a shell.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<ExitStatus, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ocsf", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Success)
}

/// Writes a page for each command into the directory, or prints that of the program.
///
/// # Errors
/// The directory or standard output cannot be written.
pub(crate) fn man(args: &ManArgs) -> Result<ExitStatus, CliError> {
    let command = Cli::command().mut_args(|arg| arg.hide_env_values(true));
    let command = command.mut_subcommands(|sub| sub.mut_args(|arg| arg.hide_env_values(true)));
    let failed = |error: std::io::Error| CliError::unpublished("cannot write the manual").because(error);
    if let Some(out) = &args.out {
        let written = std::fs::create_dir_all(out).and_then(|()| clap_mangen::generate_to(command, out));
        written.map_err(|error| failed(error).hint(format!("check {}", quote(out))))?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(failed)?;
        print(&String::from_utf8_lossy(&page))?;
    }
    Ok(ExitStatus::Success)
}
