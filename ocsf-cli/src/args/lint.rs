//! `ocsf lint`

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::findings::{FailOn, FindingsFormat};

/// `ocsf lint`
#[derive(Debug, Clone, Args)]
pub struct LintArgs {
    /// Lakes, parts of lakes, or other directories of Parquet files
    ///
    /// Folders that begin with _ or a dot are left out.
    #[arg(value_name = "LAKE", value_hint = ValueHint::AnyPath, required = true)]
    pub paths: Vec<PathBuf>,
    /// Fail when something of this level was found, or of a worse one
    #[arg(
        long,
        value_enum,
        value_name = "LEVEL",
        default_value = "error",
        env = "OCSF_FAIL_ON",
        help_heading = "Output"
    )]
    pub fail_on: FailOn,
    /// Form of the output
    #[arg(long, value_enum, default_value = "text", env = "OCSF_FORMAT", help_heading = "Output")]
    pub format: FindingsFormat,
}
