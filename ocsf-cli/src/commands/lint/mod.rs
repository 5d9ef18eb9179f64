//! `ocsf lint`: whether a directory of Parquet files is what Security Lake and its readers take, whoever wrote it.

mod columns;
mod layout;
mod rows;
mod rules;
mod source;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use ocsf_core::Version;
use parquet::basic::Compression;

use self::layout::Place;
pub use self::rules::LINT_RULES;
use self::rules::{
    COMPRESSION, EMPTY_FILE, NOT_PARQUET, NOT_READABLE, PAGE_TOO_LARGE, ROW_GROUP_TOO_LARGE, Ruled,
    SEVERAL_CLASSES, VERSION_TOO_NEW,
};
use self::source::Source;
use crate::args::LintArgs;
use crate::error::{CliError, ExitStatus};
use crate::findings::{At, Finding, Place as Where, Report};
use crate::input::{ParquetRows, data_files};
use crate::output::print;
use crate::term::{Talk, quote};
use crate::units::human_count;

/// Most bytes of a page without compression.
const MAX_PAGE_BYTES: u64 = 1_000_000;

/// Most bytes of a row group, compressed.
const MAX_ROW_GROUP_BYTES: u64 = 256_000_000;

/// Prints what was found. Findings that `--fail-on` names make for [`ExitStatus::Partial`].
///
/// # Errors
/// The directory does not exist, or standard output cannot be written.
pub(crate) fn run(args: &LintArgs, talk: Talk) -> Result<ExitStatus, CliError> {
    let mut report = Report::new("lint");
    let mut failed = false;
    for root in &args.paths {
        let found = root
            .metadata()
            .map_err(|error| CliError::usage(format!("cannot read {}", quote(root))).because(error))?;
        let files =
            if found.is_dir() { data_files(root, |_| true, talk, &mut failed) } else { vec![root.clone()] };
        if files.is_empty() && !failed {
            talk.warn(format_args!("there are no files below {}", quote(root)));
        }
        let mut sources: BTreeMap<String, Source> = BTreeMap::new();
        for path in &files {
            check(root, path, &mut sources, &mut report);
        }
        for (name, source) in &sources {
            source.tell(name, &mut |rule, subject, message, file| {
                tell(&mut report, rule, subject, message, file, At::File {});
            });
        }
    }
    print(&report.render(args.findings.format, args.findings.fail_on))?;
    failed |= report.fails(args.findings.fail_on);
    Ok(if failed { ExitStatus::Partial } else { ExitStatus::Success })
}

fn check(root: &Path, path: &Path, sources: &mut BTreeMap<String, Source>, report: &mut Report) {
    let name = path.to_string_lossy().into_owned();
    report.files += 1;
    if path.extension().is_none_or(|end| end != "parquet") {
        return tell(
            report,
            NOT_PARQUET,
            "",
            "its name does not end with .parquet".to_owned(),
            &name,
            At::File {},
        );
    }
    let place = layout::look(root, path, &mut |rule, subject, message| {
        tell(report, rule, subject, message, &name, At::File {});
    });
    let opened = File::open(path).map_err(|error| error.to_string()).and_then(ParquetRows::open);
    let file = match opened {
        Ok(file) => file,
        Err(why) => return tell(report, NOT_READABLE, "", format!("it {why}"), &name, At::File {}),
    };
    report.bytes += file.stored_bytes();
    let checked = contents(&file, &place, &name, sources, report);
    if let Err(why) = checked {
        tell(report, NOT_READABLE, "", why, &name, At::File {});
    }
}

/// Looks into a file: its columns, row groups, pages and rows.
fn contents(
    file: &ParquetRows,
    place: &Place,
    name: &str,
    sources: &mut BTreeMap<String, Source>,
    report: &mut Report,
) -> Result<(), String> {
    let metadata = file.metadata().file_metadata();
    if metadata.num_rows() == 0 {
        tell(report, EMPTY_FILE, "", "it has no rows".to_owned(), name, At::File {});
    }
    let root = metadata.schema_descr().root_schema();
    columns::look(root, &mut |rule, subject, message| {
        tell(report, rule, subject, message, name, At::File {});
    });
    groups(file, name, report)?;
    let values = rows::look(file, place, &mut |rule, subject, message, row| {
        tell(report, rule, subject, message, name, At::Row(row));
    })?;
    if values.classes.len() > 1 {
        let classes: Vec<String> = values.classes.iter().map(ToString::to_string).collect();
        tell(
            report,
            SEVERAL_CLASSES,
            "class_uid",
            format!("classes {}", classes.join(", ")),
            name,
            At::File {},
        );
    }
    for version in
        values.versions.iter().filter(|version| Version::parse(version) > Some(Version::new(1, 3, u16::MAX)))
    {
        tell(report, VERSION_TOO_NEW, "metadata.version", format!("it is {version}"), name, At::File {});
    }
    let source = sources.entry(place.source.clone()).or_default();
    source.add(name, &place.partition, file.stored_bytes(), root, &values);
    Ok(())
}

/// Row groups and pages by their sizes, and how they are compressed.
fn groups(file: &ParquetRows, name: &str, report: &mut Report) -> Result<(), String> {
    for (number, group) in file.metadata().row_groups().iter().enumerate() {
        let bytes = u64::try_from(group.compressed_size()).unwrap_or_default();
        if bytes > MAX_ROW_GROUP_BYTES {
            let message = format!("row group {number} has {} bytes", human_count(bytes));
            tell(report, ROW_GROUP_TOO_LARGE, "", message, name, At::File {});
        }
        for (at, column) in group.columns().iter().enumerate() {
            let path = column.column_path().string();
            if !matches!(column.compression(), Compression::ZSTD(_)) {
                let codec = column.compression().to_string();
                tell(report, COMPRESSION, "", format!("{path} is {codec}"), name, At::File {});
            }
            for page in file.page_sizes(number, at) {
                let page = page.map_err(|why| format!("row group {number}, column {path}: {why}"))?;
                // One value may be larger than a page may be.
                if page.bytes > MAX_PAGE_BYTES && page.values > 1 {
                    let message = format!("{} bytes in row group {number}", human_count(page.bytes));
                    tell(report, PAGE_TOO_LARGE, &path, message, name, At::File {});
                }
            }
        }
    }
    Ok(())
}

fn tell(report: &mut Report, (rule, level): Ruled, subject: &str, message: String, file: &str, at: At) {
    let place = Where { file: file.to_owned(), at };
    report.add(Finding { rule, level, subject: subject.to_owned(), message, place });
}
