//! `ocsf lint`

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::FindingsArgs;

/// `ocsf lint`
#[derive(Debug, Clone, Args)]
pub struct LintArgs {
    /// Lakes, parts of lakes, or other directories of Parquet files
    ///
    /// Folders that begin with _ or a dot are left out.
    #[arg(value_name = "LAKE", value_hint = ValueHint::AnyPath, required = true)]
    pub paths: Vec<PathBuf>,
    /// What is told, and what fails.
    #[command(flatten)]
    pub findings: FindingsArgs,
}
