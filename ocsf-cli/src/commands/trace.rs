//! `ocsf trace`: from an event back to the record that it was made of.

mod source;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use ocsf_lake::{Compaction, FileRecord, InputRecord, Manifest, TracedRow, trace_row};
use serde_json::json;

use crate::args::{TextOrJson, TraceArgs};
use crate::error::{CliError, ExitStatus};
use crate::input::{ParquetRows, Piece, guard};
use crate::output::print;
use crate::term::{Talk, quote, quote_text};
use source::{Raw, find};

/// Prints where an event comes from, and the record itself when its object is at hand.
///
/// # Errors
/// The file is of no lake, the lake was not written with `--trace`, there is no such event, or standard output cannot be
/// written.
pub(crate) fn run(args: &TraceArgs, talk: Talk) -> Result<ExitStatus, CliError> {
    let file = &args.file;
    let wanted = match (args.row, &args.uid) {
        (Some(row), _) => row,
        (None, uid) => row_of(file, uid.as_deref().unwrap_or_default())?,
    };
    let Place { state, manifest, number, row } = Place::of(file, wanted, args.state.as_deref())?;
    let Some(trace) = &manifest.trace else {
        return Err(CliError::usage(format!("nothing tells where the events of {} come from", quote(file)))
            .because("they were converted without `--trace`")
            .hint("convert again, with `--trace --overwrite`"));
    };
    let at = traced(&state.join(trace), file, row, &manifest.files, number)?;
    let raw = find(args, &state, &at);
    if let Ok(raw) = &raw
        && !raw.is_what_was_converted(&manifest)
    {
        talk.warn(format_args!("`{}` is not what was converted: it has other bytes", quote_text(&at.object)));
    }
    print(&match args.format {
        TextOrJson::Text => text(&at, raw.as_ref().ok()),
        TextOrJson::Json => json(file, wanted, &at, raw.as_ref().ok()),
    })?;
    if let Err(why) = raw {
        talk.warn(format_args!("the record is not shown: {why}"));
        talk.hint("say where the logs are with `--input`, as for `convert`");
    }
    Ok(ExitStatus::Success)
}

fn text(at: &TracedRow, raw: Option<&Raw>) -> String {
    let TracedRow { object, record, byte, .. } = at;
    let place = if raw.is_some_and(|raw| raw.is_row) {
        format!("{} row {record}\n", quote_text(object))
    } else {
        format!("{} record {record}, byte {byte}\n", quote_text(object))
    };
    match raw {
        Some(raw) => format!("{place}\n{}\n", raw.text()),
        None => place,
    }
}

fn json(file: &Path, row: u64, at: &TracedRow, raw: Option<&Raw>) -> String {
    let value = json!({
        "file": file.to_string_lossy(), "row": row, "object": at.object, "record": at.record, "byte": at.byte,
        "raw": raw.map(Raw::text),
    });
    format!("{value}\n")
}

/// What a trace says of a row of `file`.
fn traced(
    trace: &Path,
    file: &Path,
    row: u64,
    files: &[FileRecord],
    number: usize,
) -> Result<TracedRow, CliError> {
    let found = guard(|| trace_row(trace, number, row).map_err(|error| error.to_string()))
        .and_then(|found| found)
        .map_err(|error| CliError::usage(format!("cannot read {}", quote(trace))).because(error))?;
    found.ok_or_else(|| {
        CliError::usage(format!("{} has no row {row}", quote(file)))
            .because(format!("its {} rows are counted from 0", files.get(number).map_or(0, |file| file.rows)))
    })
}

/// A row within its lake, as it was converted.
struct Place {
    /// The folder that holds `_ocsf`.
    state: PathBuf,
    manifest: Manifest,
    /// Number of the file in the manifest.
    number: usize,
    row: u64,
}

impl Place {
    fn of(file: &Path, row: u64, state: Option<&Path>) -> Result<Self, CliError> {
        let whole = file.canonicalize();
        let whole =
            whole.map_err(|error| CliError::usage(format!("cannot open {}", quote(file))).because(error))?;
        let of_no_lake =
            || CliError::usage(format!("{} is of no lake that `ocsf convert` wrote", quote(file)));
        let group =
            whole.file_stem().and_then(|stem| stem.to_str()?.rsplit_once('-')).map(|(group, _)| group);
        let group = group.ok_or_else(of_no_lake)?;
        let places = state.into_iter().chain(whole.ancestors());
        let candidates = places.flat_map(|state| [(state, MANIFESTS), (state, COMPACTIONS)]);
        let mut found = candidates.filter(|(state, kind)| record_path(state, kind, group).is_file());
        let (state, kind) = found
            .next()
            .ok_or_else(|| of_no_lake().hint("when `_ocsf` is elsewhere, say where with `--state DIR`"))?;
        if kind == MANIFESTS {
            let manifest = read_record(state, MANIFESTS, group, Manifest::from_json)?;
            let number = manifest.files.iter().position(|known| whole.ends_with(&known.path));
            return Ok(Self {
                number: number.ok_or_else(of_no_lake)?,
                state: state.to_owned(),
                manifest,
                row,
            });
        }
        // The file was merged of others: first back to the row of that one, which the group's own manifest still lists.
        let compaction = read_record(state, COMPACTIONS, group, Compaction::from_json)?;
        let TracedRow { object, record, .. } =
            traced(&state.join(&compaction.trace), file, row, &compaction.files, 0)?;
        let has = |files: &[FileRecord]| files.iter().any(|file| file.path == object);
        let group = compaction.replaces.iter().find(|(_, files)| has(files)).map(|(group, _)| group);
        let manifest = read_record(state, MANIFESTS, group.ok_or_else(of_no_lake)?, Manifest::from_json)?;
        let number = manifest.files.iter().position(|known| known.path == object);
        Ok(Self { number: number.ok_or_else(of_no_lake)?, state: state.to_owned(), manifest, row: record })
    }
}

/// Folders of what a lake keeps of groups and of compactions.
const MANIFESTS: &str = "manifest";
const COMPACTIONS: &str = "compaction";

fn record_path(state: &Path, kind: &str, name: &str) -> PathBuf {
    state.join("_ocsf").join(kind).join(format!("{name}.json"))
}

fn read_record<T>(
    state: &Path,
    kind: &str,
    name: &str,
    parse: impl Fn(&[u8]) -> Result<T, String>,
) -> Result<T, CliError> {
    let path = record_path(state, kind, name);
    let read = fs::read(&path).map_err(|error| error.to_string()).and_then(|bytes| parse(&bytes));
    read.map_err(|error| CliError::usage(format!("cannot read {}", quote(&path))).because(error))
}

/// The first row of a file with that `metadata.uid`.
fn row_of(file: &Path, uid: &str) -> Result<u64, CliError> {
    let found = guard(|| find_uid(file, uid)).and_then(|found| found);
    let found =
        found.map_err(|error| CliError::usage(format!("cannot read {}", quote(file))).because(error))?;
    found.ok_or_else(|| {
        CliError::usage(format!("{} has no event with the `metadata.uid` `{}`", quote(file), quote_text(uid)))
    })
}

fn find_uid(file: &Path, uid: &str) -> Result<Option<u64>, String> {
    let rows = File::open(file).map_err(|error| error.to_string()).and_then(ParquetRows::open)?;
    for piece in rows.read_columns(&["metadata.uid"]) {
        let Piece { first_row, rows } = piece.map_err(|fault| fault.to_string())?;
        let metadata = rows.column_by_name("metadata").and_then(|column| column.as_struct_opt());
        if let Some(uids) = metadata.and_then(|metadata| metadata.column_by_name("uid")) {
            let uids = cast(uids, &DataType::Utf8).map_err(|error| error.to_string())?;
            if let Some(at) = uids.as_string::<i32>().iter().position(|found| found == Some(uid)) {
                return Ok(Some(first_row + at as u64));
            }
        }
    }
    Ok(None)
}

/// The input that a manifest has under a key.
fn input<'m>(manifest: &'m Manifest, key: &str) -> Option<&'m InputRecord> {
    manifest.inputs.iter().find(|input| input.key == key)
}
