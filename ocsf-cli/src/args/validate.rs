//! `ocsf validate`

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueHint};

use super::FindingsArgs;
use super::mapping::versions;

/// `ocsf validate`
#[derive(Debug, Clone, Args)]
pub struct ValidateArgs {
    /// Parquet files, JSON or NDJSON, directories with such files, or - for standard input
    ///
    /// Gzip and Zstandard are recognised by content. In a directory everything below it is read whose name ends with
    /// .parquet, .json, .jsonl or .ndjson, also before .gz or .zst, but for folders that begin with _ or a dot.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, required = true)]
    pub paths: Vec<PathBuf>,
    /// Check by this OCSF version instead of by the one that each event states
    #[arg(long, value_name = "VERSION", value_parser = versions(), env = "OCSF_OCSF", help_heading = "Rules")]
    pub ocsf: Option<String>,
    /// Wrong captions, names and forms of text are errors, not warnings
    #[arg(long, env = "OCSF_STRICT", help_heading = "Rules")]
    pub strict: bool,
    /// Look for missing recommended attributes too
    #[arg(long, env = "OCSF_RECOMMENDED", help_heading = "Rules")]
    pub recommended: bool,
    /// Leave this rule out: its code; may be repeated
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = codes(), hide_possible_values = true, env = "OCSF_ALLOW", help_heading = "Rules")]
    pub allow: Vec<String>,
    /// What is told, and what fails.
    #[command(flatten)]
    pub findings: FindingsArgs,
    /// Write every single finding to this file, one JSON object a line; - for standard output in place of the report
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "OCSF_EACH", help_heading = "Output")]
    pub each: Option<PathBuf>,
}

fn codes() -> PossibleValuesParser {
    PossibleValuesParser::new(ocsf_validate::Code::ALL.iter().map(|code| code.as_str()))
}
