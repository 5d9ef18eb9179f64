//! The `ocsf` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ocsf_cli::run(ocsf_mappers::registry(), std::env::args_os())
}
