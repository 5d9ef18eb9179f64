//! What commands that write to a lake have in common.

use std::env;
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use serde::Serialize;

use crate::error::CliError;
use crate::output::print_json;
use crate::term::{Talk, Verbosity};
use crate::units::ByteSize;

/// What a run may take, and how it is reported.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Resources")]
pub struct ResourceArgs {
    /// Memory for all threads together
    #[arg(long, value_name = "SIZE", default_value = "512MiB", env = "OCSF_MEMORY")]
    pub memory: ByteSize,
    /// Where to put what does not fit into memory, and copies of files of a bucket while they are read
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, env = "OCSF_TEMP_DIR")]
    pub temp_dir: Option<PathBuf>,
    /// How to report: a table on standard error, or a JSON object on standard output
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        default_value = "table",
        env = "OCSF_REPORT",
        help_heading = "Report"
    )]
    pub report: ReportFormat,
}

impl ResourceArgs {
    /// The folder for temporary files.
    pub(crate) fn temp_dir(&self) -> PathBuf {
        self.temp_dir.clone().unwrap_or_else(env::temp_dir)
    }
}

/// How a run is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// A table on standard error
    Table,
    /// One JSON object on standard output
    Json,
    /// Not at all
    None,
}

impl ReportFormat {
    /// Tells a report, of which `summary` is the table.
    pub(crate) fn tell(
        self,
        talk: Talk,
        report: &impl Serialize,
        summary: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        match self {
            Self::Json => print_json(report)?,
            Self::Table => talk.say(Verbosity::Normal, summary()),
            Self::None => {}
        }
        Ok(())
    }
}
