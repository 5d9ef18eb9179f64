//! `ocsf convert`

use ocsf_mappers::Registry;

use crate::args::{ConvertArgs, Global};
use crate::error::{CliError, ExitStatus};

/// Converts the inputs.
///
/// # Errors
/// Nothing was published.
pub(crate) fn run(
    args: &ConvertArgs,
    _global: &Global,
    _registry: &Registry,
) -> Result<ExitStatus, CliError> {
    Err(CliError::unpublished(format!("cannot write to `{}`", args.output.out)))
}
