//! How records become events, for every command that maps.

use std::collections::BTreeMap;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use ocsf_core::schema::Schema;
use ocsf_core::{MapperOptions, Observables, Unmapped, is_account_id, is_region_name};

use crate::error::CliError;
use crate::suggest::nearest;
use crate::term::quote_text;
use crate::units::ByteSize;

/// How records become events.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Mapping")]
pub struct MappingArgs {
    /// OCSF version of the events
    #[arg(long, value_name = "VERSION", default_value = "1.1.0", value_parser = versions(), env = "OCSF_OCSF")]
    pub ocsf: String,
    /// Keep events of this class only: its name or class_uid; may be repeated
    #[arg(long, value_name = "CLASS", value_delimiter = ',', env = "OCSF_CLASS")]
    pub class: Vec<String>,
    /// Where values without an attribute go: a map of dotted names, JSON text, or nowhere
    #[arg(long, value_name = "FORM", default_value = "map", value_parser = unmapped(), env = "OCSF_UNMAPPED")]
    pub unmapped: Unmapped,
    /// Whose own text is kept in raw_data
    #[arg(long, value_enum, value_name = "WHOSE", default_value = "none", env = "OCSF_RAW")]
    pub raw: RawData,
    /// Which observables are listed: those that AWS lists, all that OCSF names, or none
    #[arg(long, value_name = "WHICH", default_value = "aws", value_parser = observables(), env = "OCSF_OBSERVABLES")]
    pub observables: Observables,
    /// Write session tokens and the like as they came, instead of REDACTED
    #[arg(long, env = "OCSF_KEEP_SECRETS")]
    pub keep_secrets: bool,
    /// Account of records where neither the record nor its object's key tells
    #[arg(long, value_name = "ID", value_parser = account, env = "OCSF_ACCOUNT")]
    pub account: Option<String>,
    /// Region of records where neither the record nor its object's key tells
    #[arg(long, value_name = "REGION", value_parser = region, env = "OCSF_REGION")]
    pub region: Option<String>,
    /// Reject records that are larger
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "16MiB",
        env = "OCSF_MAX_RECORD_BYTES",
        help_heading = "Bad records"
    )]
    pub max_record_bytes: ByteSize,
    /// Options of single sources, by name.
    #[arg(skip)]
    pub source_options: BTreeMap<String, String>,
}

impl MappingArgs {
    /// The options of a mapper.
    pub fn options(&self) -> MapperOptions {
        let mut options = MapperOptions::default();
        options.version.clone_from(&self.ocsf);
        options.unmapped = self.unmapped;
        options.raw_data = self.raw == RawData::All;
        options.observables = self.observables;
        options.keep_secrets = self.keep_secrets;
        options.max_record_bytes = self.max_record_bytes.as_usize();
        options.source_options.clone_from(&self.source_options);
        options
    }

    /// The `class_uid` of the classes to keep; empty keeps all.
    ///
    /// # Errors
    /// The OCSF version has no such class.
    pub fn classes(&self) -> Result<Vec<i32>, CliError> {
        self.class.iter().map(|name| class_uid(name, &self.ocsf)).collect()
    }
}

/// The `class_uid` of a class that is named by it, by its name (`api_activity`) or by its caption (`API Activity`).
///
/// # Errors
/// The OCSF version has no such class.
pub(crate) fn class_uid(name: &str, version: &str) -> Result<i32, CliError> {
    let schema = Schema::get(version).map_err(CliError::usage)?;
    let wanted = name.to_lowercase().replace([' ', '-'], "_");
    let uid = wanted.parse::<i32>().ok();
    let mut classes = schema.classes();
    let found = classes.find(|(name, class)| uid == Some(class.uid) || uid.is_none() && *name == wanted);
    found.map(|(_, class)| class.uid).ok_or_else(|| {
        let error = CliError::usage(format!("OCSF {version} has no class `{}`", quote_text(name)));
        match nearest(&wanted, schema.classes().map(|(name, _)| name)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("`ocsf schema` lists the classes"),
        }
    })
}

/// Whose text is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RawData {
    /// No record's
    None,
    /// Every record's
    All,
}

pub(super) fn versions() -> PossibleValuesParser {
    PossibleValuesParser::new(ocsf_schemas::VERSIONS)
}

fn unmapped() -> impl TypedValueParser<Value = Unmapped> {
    PossibleValuesParser::new(["map", "json", "none"]).try_map(|text| text.parse::<Unmapped>())
}

fn observables() -> impl TypedValueParser<Value = Observables> {
    PossibleValuesParser::new(["aws", "all", "none"]).try_map(|text| text.parse::<Observables>())
}

pub(super) fn account(text: &str) -> Result<String, String> {
    is_account_id(text).then(|| text.to_owned()).ok_or_else(|| "expected twelve digits".to_owned())
}

pub(super) fn region(text: &str) -> Result<String, String> {
    is_region_name(text)
        .then(|| text.to_owned())
        .ok_or_else(|| "expected a Region such as us-east-1".to_owned())
}
