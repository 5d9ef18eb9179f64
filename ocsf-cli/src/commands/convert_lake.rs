//! The lake that `ocsf convert` writes to.

use std::fs;
use std::path::{Path, PathBuf};

use ocsf_core::MapperOptions;
use ocsf_core::time::format_rfc3339;
use ocsf_lake::{FileOptions, Lake, LakeError, LakeOptions, LakeSettings, Location, Stores};
use ocsf_mappers::Registry;
use tempfile::TempDir;

use crate::args::{ConvertArgs, source_options};
use crate::error::{CliError, ExitStatus, way_out};
use crate::suggest::nearest;
use crate::term::quote_text;

/// An open lake.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) lake: Lake,
    /// The output as the user named it.
    pub(crate) name: String,
    /// The only table that the output is for, when it is the location of one custom source.
    pub(crate) table: Option<String>,
    /// Where a dry run works when there is no lake yet.
    _scratch: Option<TempDir>,
}

/// Opens the lake that the arguments describe.
pub(crate) fn open_lake(
    args: &ConvertArgs,
    registry: &Registry,
    stores: &Stores,
) -> Result<Output, CliError> {
    let out = &args.output.out;
    let location = Location::parse(Path::new(out))?;
    let tables = tables(registry, &args.mapping.options())?;
    let mut files = FileOptions::default();
    files.zstd_level = args.output.compression.0;
    files.trace = args.output.trace;
    files.dedup = args.output.dedup;
    files.row_group_bytes = args.output.row_group_bytes.0.max(1);
    files.file_bytes = args.output.file_bytes.0.max(1);
    files.lake_region = args.output.lake_region.as_deref().or_else(|| region_of_bucket(out)).map(Into::into);
    for rename in &args.output.source_name {
        if !tables.contains(&rename.table) {
            return Err(unknown_table(&rename.table, &tables));
        }
        files.source_names.insert(rename.table.clone(), rename.name.clone());
    }
    one_name_each(&tables, &files)?;
    let table = match provider_source(out) {
        None => None,
        Some(name) => {
            let found = tables.iter().find(|table| files.source_name(table) == name);
            let table = found.ok_or_else(|| {
                CliError::usage(format!("`{}` is the location of a custom source", quote_text(out)))
                    .because(format!("no table is written under the name `{}`", quote_text(name)))
                    .hint(format!("say which one it is: `--source-name TABLE={name}`"))
            })?;
            if args.output.state.is_none() {
                return Err(CliError::usage(format!(
                    "`{}` is the location of a custom source",
                    quote_text(out)
                ))
                .because("what was converted cannot be kept there, only events")
                .hint("say where with `--state DIR`"));
            }
            files.provider_location = true;
            Some(table.clone())
        }
    };
    let scratch = (args.output.dry_run && matches!(&location, Location::Local(out) if is_new(out)))
        .then(TempDir::new)
        .transpose()
        .map_err(|error| CliError::unpublished("cannot make a temporary folder").because(error))?;
    let mut settings = match &scratch {
        None => LakeSettings::new(location),
        Some(scratch) => {
            let mut settings = LakeSettings::new(scratch.path());
            settings.stands_for = Some(whole_path(Path::new(out)).map_or(location, Location::from));
            settings
        }
    };
    settings.state = state(args)?;
    settings.stores = stores.clone();
    settings.temp_dir = args.run.resources.temp_dir();
    settings.options = lake_options(args, &files, table.as_deref(), registry);
    settings.group_options = group_options(args, registry);
    settings.files = files;
    Ok(Output { lake: Lake::open(settings)?, name: out.clone(), table, _scratch: scratch })
}

/// Where the record of what was converted is, when not in the lake.
pub(crate) fn state(args: &ConvertArgs) -> Result<Option<Location>, CliError> {
    let state = args.output.state.as_ref().map(|state| Location::parse(Path::new(state)));
    Ok(state.transpose()?)
}

/// Options that all runs on a lake share: they decide which events there are and what they look like.
fn lake_options(
    args: &ConvertArgs,
    files: &FileOptions,
    table: Option<&str>,
    registry: &Registry,
) -> LakeOptions {
    let mut options = LakeOptions::new();
    let mut set = |name: &str, value: String| options.insert(name.to_owned(), value);
    let mapping = &args.mapping;
    set("ocsf", mapping.ocsf.clone());
    set("unmapped", mapping.unmapped.to_string());
    set("observables", mapping.observables.to_string());
    set("raw", if mapping.options().raw_data { "all" } else { "none" }.to_owned());
    set("keep-secrets", mapping.keep_secrets.to_string());
    for (name, value) in
        mapping.source_options.iter().filter(|(name, _)| source_options::is_flag(name, registry))
    {
        set(name, value.clone());
    }
    if !mapping.class.is_empty() {
        set("class", mapping.class.join(","));
    }
    if let Some(since) = args.since {
        set("since", format_rfc3339(since.0));
    }
    if let Some(until) = args.until {
        set("until", format_rfc3339(until.0));
    }
    if let Some(region) = &files.lake_region {
        set("lake-region", region.to_string());
    }
    if let Some(table) = table {
        // A state that is kept elsewhere must not pass for that of another table.
        set("table", table.to_owned());
    }
    for (table, name) in &files.source_names {
        set(&format!("source-name {table}"), name.clone());
    }
    options
}

/// Options that change events and may differ from run to run.
fn group_options(args: &ConvertArgs, registry: &Registry) -> LakeOptions {
    let mut options = LakeOptions::new();
    let mut set = |name: &str, value: &str| options.insert(name.to_owned(), value.to_owned());
    set("max-record-bytes", &args.mapping.max_record_bytes.0.to_string());
    if args.output.dedup {
        set("dedup", "true");
    }
    if let Some(size) = args.bad.max_object_bytes {
        set("max-object-bytes", &size.0.to_string());
    }
    let columns = |name: &&String| !source_options::is_flag(name, registry);
    for name in args.mapping.source_options.keys().filter(columns) {
        set(name, &args.mapping.source_options[name]);
    }
    if let Some(account) = &args.mapping.account {
        set("account", account);
    }
    if let Some(region) = &args.mapping.region {
        set("region", region);
    }
    options
}

/// Default names of all tables of all sources. What does not fit these options is told before anything is made.
fn tables(registry: &Registry, options: &MapperOptions) -> Result<Vec<String>, CliError> {
    let mut names = Vec::new();
    for entry in registry.entries() {
        let mapper = entry.build(options).map_err(CliError::usage)?;
        names.extend(mapper.tables().iter().map(|table| table.name.to_owned()));
    }
    Ok(names)
}

/// Tables of one name would lie in one folder, where their files have the same names.
fn one_name_each(tables: &[String], files: &FileOptions) -> Result<(), CliError> {
    for (number, table) in tables.iter().enumerate() {
        let name = files.source_name(table);
        let mut before = tables.iter().take(number);
        if let Some(other) = before.find(|other| files.source_name(other).eq_ignore_ascii_case(name)) {
            return Err(CliError::usage(format!(
                "`{other}` and `{table}` cannot both be written as `{name}`"
            ))
            .because("a custom source holds one class"));
        }
    }
    Ok(())
}

fn unknown_table(name: &str, tables: &[String]) -> CliError {
    let error = CliError::usage(format!("there is no table `{}`", quote_text(name)));
    match nearest(name, tables.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("there are {}", tables.join(", "))),
    }
}

/// The name of the custom source that a location ends in: `.../ext/<name>/` or `.../ext/<name>/<version>/`.
fn provider_source(out: &str) -> Option<&str> {
    let parts: Vec<&str> = out.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [.., "ext", name] | [.., "ext", name, _] => Some(name),
        _ => None,
    }
}

/// The Region in the name of a Security Lake bucket: `aws-security-data-lake-<region>-<id>`.
fn region_of_bucket(out: &str) -> Option<&str> {
    let bucket = out.split('/').find_map(|part| part.strip_prefix("aws-security-data-lake-"))?;
    let region = bucket.rsplit_once('-').map(|(region, _)| region)?;
    ocsf_core::is_region_name(region).then_some(region)
}

/// A path from the root on, of something that may not be there yet.
pub(super) fn whole_path(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let there = path.ancestors().find_map(|above| above.canonicalize().ok().map(|whole| (above, whole)));
    there.and_then(|(above, whole)| path.strip_prefix(above).ok().map(|rest| whole.join(rest)))
}

fn is_new(out: &Path) -> bool {
    fs::read_dir(out).map_or(true, |mut entries| entries.next().is_none())
}

impl From<LakeError> for CliError {
    fn from(error: LakeError) -> Self {
        let status = match &error {
            LakeError::Location { .. } => ExitStatus::Usage,
            _ => ExitStatus::NothingPublished,
        };
        let mut told = Self::new(status, error.to_string());
        if matches!(
            error,
            LakeError::Busy { .. } | LakeError::OtherRun { .. } | LakeError::OtherCompaction { .. }
        ) {
            told = told.passing();
        }
        for cause in std::iter::successors(std::error::Error::source(&error), |cause| cause.source()) {
            let cause = cause.to_string();
            // Some errors repeat what they are caused by.
            if told.causes().last().is_none_or(|last| !last.ends_with(&cause)) {
                told = told.because(cause);
            }
        }
        match way_out(&error) {
            Some(hint) => told.hint(hint),
            None => told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_of_custom_sources_are_told_apart() {
        assert_eq!(provider_source("lake"), None);
        assert_eq!(provider_source("b/ext/my-trail/"), Some("my-trail"));
        assert_eq!(provider_source("b/ext/my-trail/2.0"), Some("my-trail"));
        assert_eq!(provider_source("ext"), None);
    }

    #[test]
    fn the_bucket_names_the_region() {
        assert_eq!(region_of_bucket("mnt/aws-security-data-lake-eu-west-1-abc123/x"), Some("eu-west-1"));
        assert_eq!(region_of_bucket("lake"), None);
    }
}
