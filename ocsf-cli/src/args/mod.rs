//! The command line as types. What a value means is documented on its field: the text is the help text.

mod buckets;
mod compact;
mod convert;
mod generate;
mod lint;
mod mapping;
mod resources;
pub(crate) mod source_options;
mod validate;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use ocsf_mappers::{Entry, Registry};

use crate::error::CliError;
use crate::findings::{FailOn, FindingsFormat};
use crate::suggest::nearest;
use crate::term::{ColorChoice, Talk, Verbosity, quote_text};

pub use buckets::BucketArgs;
pub use compact::CompactArgs;
pub use convert::{ConvertArgs, ProgressChoice, TableName};
pub use generate::{FlowFormName, GenerateArgs, LogName, Share};
pub use lint::LintArgs;
pub(crate) use mapping::class_uid;
pub use mapping::{MappingArgs, RawData};
pub use resources::{ReportFormat, ResourceArgs};
pub use validate::ValidateArgs;

const EXIT_CODES: &str = "\
Exit codes:
    0  done
    1  finished, but some inputs failed or were not recognised
    2  the command line, the configuration or a named input is at fault
    3  nothing was published
  101  a bug
  130  interrupted by Ctrl-C
  143  terminated

Every flag can be set by the environment variable OCSF_<FLAG>, such as OCSF_MEMORY=2GiB, and in `ocsf.toml` in the working directory, one table a command. A flag beats the environment, which beats the file.";

/// Turns AWS logs into OCSF Parquet for Amazon Security Lake
#[derive(Debug, Parser)]
#[command(
    name = "ocsf",
    version,
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true,
    args_override_self = true,
    after_long_help = EXIT_CODES,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version, hide_short_help = true, help_heading = "General")]
    version: Option<bool>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Convert logs to OCSF Parquet in the layout of Security Lake
    Convert(Box<ConvertArgs>),
    /// Merge small files of a lake into large ones
    Compact(Box<CompactArgs>),
    /// Tell what inputs are, why, and how sure that is
    Detect(DetectArgs),
    /// Show the first events of inputs as OCSF JSON
    Preview(PreviewArgs),
    /// Show what Parquet files hold, and check the partitions of a lake
    Inspect(InspectArgs),
    /// Check events of any producer against the rules of OCSF
    Validate(ValidateArgs),
    /// Check the files of a lake against what Security Lake takes
    Lint(LintArgs),
    /// Show how the fields of a source become OCSF attributes
    Explain(ExplainArgs),
    /// Show the record that an event was made of, and where it is
    Trace(TraceArgs),
    /// Show OCSF classes, and the columns that a source fills
    Schema(SchemaArgs),
    /// Write invented logs, the same ones every time
    Generate(GenerateArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual as man pages
    Man(ManArgs),
}

impl Command {
    /// The choices about the mapping, of a command that maps.
    pub(crate) fn mapping(&mut self) -> Option<&mut MappingArgs> {
        match self {
            Self::Convert(args) => Some(&mut args.mapping),
            Self::Preview(args) => Some(&mut args.mapping),
            _ => None,
        }
    }
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "General")]
pub struct Global {
    /// Say less: -q warnings and errors, -qq errors
    #[arg(short, long, action = ArgAction::Count, global = true, env = "OCSF_QUIET")]
    pub quiet: u8,
    /// Say more: -v a line for each input, -vv all there is
    #[arg(short, long, action = ArgAction::Count, global = true, env = "OCSF_VERBOSE")]
    pub verbose: u8,
    /// Use colour
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        global = true,
        hide_short_help = true,
        env = "OCSF_COLOR"
    )]
    pub color: ColorChoice,
    /// Read settings from this file instead of `ocsf.toml`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, global = true, hide_short_help = true, env = "OCSF_CONFIG")]
    pub config: Option<PathBuf>,
    /// Read no settings file
    #[arg(long, global = true, hide_short_help = true, env = "OCSF_NO_CONFIG")]
    pub no_config: bool,
    /// Print help; --help prints more of it
    #[arg(short, long, action = ArgAction::Help, global = true)]
    help: Option<bool>,
}

impl Global {
    /// The voice that the flags ask for.
    pub fn talk(&self) -> Talk {
        let verbosity = match i16::from(self.verbose) - i16::from(self.quiet) {
            ..=-2 => Verbosity::Silent,
            -1 => Verbosity::Quiet,
            0 => Verbosity::Normal,
            1 => Verbosity::Verbose,
            2.. => Verbosity::Debug,
        };
        Talk::new(verbosity, self.color)
    }
}

/// Inputs, for every command that reads logs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// Files, directories, patterns, s3://BUCKET/PATH, or - for standard input
    ///
    /// A directory is read with all that is below it, except for what this program wrote; so is a path in a bucket. Gzip and
    /// Zstandard are recognised by content. A file of rejected records is read as the records in it.
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, help_heading = None::<&'static str>)]
    pub inputs: Vec<PathBuf>,
    /// Read the files that a list names, one a line; - for standard input
    #[arg(long, value_name = "LIST", value_hint = ValueHint::FilePath, env = "OCSF_FILES_FROM")]
    pub files_from: Option<PathBuf>,
    /// What the inputs are, instead of telling by content
    #[arg(short, long, value_name = "auto|NAME", default_value = "auto", env = "OCSF_SOURCE")]
    pub source: String,
    /// How buckets are reached.
    #[command(flatten)]
    pub buckets: BucketArgs,
}

impl InputArgs {
    /// The source that was named; `None` for `auto`.
    ///
    /// # Errors
    /// There is no such source.
    pub fn wanted<'r>(&self, registry: &'r Registry) -> Result<Option<&'r dyn Entry>, CliError> {
        if self.source == "auto" {
            return Ok(None);
        }
        source_named(&self.source, registry).map(Some)
    }
}

/// The source of that name.
///
/// # Errors
/// There is none; the error names those that there are.
pub fn source_named<'r>(name: &str, registry: &'r Registry) -> Result<&'r dyn Entry, CliError> {
    registry.get(name).ok_or_else(|| {
        let names: Vec<&str> = registry.entries().map(Entry::name).collect();
        let error = CliError::usage(format!("no source is called `{}`", quote_text(name)));
        match nearest(name, names.iter().copied()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("there are {}", names.join(", "))),
        }
    })
}

/// How findings are told, for every command that checks.
#[derive(Debug, Clone, Args)]
pub struct FindingsArgs {
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

/// `ocsf detect`
#[derive(Debug, Clone, Args)]
pub struct DetectArgs {
    /// What to look at.
    #[command(flatten)]
    pub input: InputArgs,
    /// Form of the output
    #[arg(long, value_enum, default_value = "text", env = "OCSF_FORMAT", help_heading = "Output")]
    pub format: TextOrJson,
}

/// `ocsf preview`
#[derive(Debug, Clone, Args)]
pub struct PreviewArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// How to map it.
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// Show so many events
    #[arg(
        short = 'n',
        long,
        value_name = "N",
        default_value_t = 5,
        env = "OCSF_EVENTS",
        help_heading = "Output"
    )]
    pub events: usize,
    /// Show each event on many lines
    #[arg(long, env = "OCSF_PRETTY", help_heading = "Output")]
    pub pretty: bool,
}

/// `ocsf inspect`
#[derive(Debug, Clone, Args)]
pub struct InspectArgs {
    /// Parquet files, or directories with such files
    #[arg(value_name = "PARQUET|DIR", value_hint = ValueHint::AnyPath, required = true)]
    pub paths: Vec<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value = "text", env = "OCSF_FORMAT")]
    pub format: TextOrJson,
}

/// `ocsf explain`
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// A source, such as cloudtrail
    pub source: String,
    /// Show this class only: its name or class_uid
    #[arg(long, value_name = "CLASS", env = "OCSF_CLASS")]
    pub class: Option<String>,
    /// OCSF version
    #[arg(long, value_name = "VERSION", default_value = "1.1.0", value_parser = mapping::versions(), env = "OCSF_OCSF")]
    pub ocsf: String,
    /// Explain what becomes of a record: the first one of a file, or of standard input with -
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "class", env = "OCSF_RECORD")]
    pub record: Option<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value = "text", env = "OCSF_FORMAT")]
    pub format: ExplainFormat,
}

/// `ocsf trace`
#[derive(Debug, Clone, Args)]
pub struct TraceArgs {
    /// A Parquet file of a lake that was written with `convert --trace`
    #[arg(value_name = "PARQUET", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The event in this row of the file, from 0
    #[arg(long, value_name = "N", required_unless_present = "uid", conflicts_with = "uid", env = "OCSF_ROW")]
    pub row: Option<u64>,
    /// The first event of the file with this metadata.uid
    #[arg(long, value_name = "VALUE", env = "OCSF_UID")]
    pub uid: Option<String>,
    /// Where the logs are, named as for `convert`; may be repeated
    ///
    /// Without it, the key of the object is looked for below the working directory and beside the lake.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath, env = "OCSF_INPUT")]
    pub input: Vec<PathBuf>,
    /// The directory that holds _ocsf, when it is not above the file
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, env = "OCSF_STATE")]
    pub state: Option<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value = "text", env = "OCSF_FORMAT")]
    pub format: TextOrJson,
}

/// `ocsf schema`
#[derive(Debug, Clone, Args)]
pub struct SchemaArgs {
    /// A source or one of its tables, or an OCSF class by name or class_uid; none lists the classes
    #[arg(value_name = "SOURCE|TABLE|CLASS")]
    pub subject: Option<String>,
    /// OCSF version
    #[arg(long, value_name = "VERSION", default_value = "1.1.0", value_parser = mapping::versions(), env = "OCSF_OCSF")]
    pub ocsf: String,
    /// Form of the output
    #[arg(long, value_enum, default_value = "tree", env = "OCSF_FORMAT")]
    pub format: SchemaFormat,
    /// Where the lake is, for statements: a directory or s3://bucket/prefix
    #[arg(long, value_name = "LAKE", env = "OCSF_LOCATION", help_heading = "Statements")]
    pub location: Option<String>,
    /// A Region that the lake has, for partition projection; may be repeated
    ///
    /// Without any, each query in Athena must say which Region it is about, and the same goes for accounts.
    #[arg(long, value_name = "REGION", value_delimiter = ',', value_parser = mapping::region, env = "OCSF_REGION", help_heading = "Statements")]
    pub region: Vec<String>,
    /// An account that the lake has; may be repeated
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = mapping::account, env = "OCSF_ACCOUNT", help_heading = "Statements")]
    pub account: Vec<String>,
}

/// `ocsf completions`
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `ocsf man`
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// Write a page for each command into this directory
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath, env = "OCSF_OUT")]
    pub out: Option<PathBuf>,
}

/// For people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    /// A table
    Text,
    /// One JSON object a line
    Json,
}

/// Forms of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// Tables for a terminal
    Text,
    /// Tables for Markdown
    Md,
    /// One JSON object a line
    Json,
}

/// Forms of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaFormat {
    /// Indented names with types
    Tree,
    /// A JSON object
    Json,
    /// The Arrow schema of the columns that a source fills
    Arrow,
    /// The Parquet schema of its files, as a message type
    Parquet,
    /// CREATE EXTERNAL TABLE for Amazon Athena, with partition projection
    AthenaDdl,
    /// TableInput for AWS Glue
    GlueJson,
    /// Schema of an Apache Iceberg table
    Iceberg,
    /// StructType of Apache Spark, as JSON
    Spark,
    /// CREATE VIEW for DuckDB
    Duckdb,
    /// CREATE VIEW for ClickHouse
    Clickhouse,
    /// A sink of Vector that writes such files
    Vector,
}
