//! `ocsf inspect`: what Parquet files hold, and whether they lie where their path says.

mod facts;
mod partition;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use ocsf_core::time::format_rfc3339;

use self::facts::Facts;
use self::partition::Partition;
use crate::args::{InspectArgs, TextOrJson};
use crate::error::{CliError, ExitStatus};
use crate::input::data_files;
use crate::output::{print, print_lines};
use crate::table::Table;
use crate::term::{Talk, quote, quote_text};
use crate::units::{human_count, human_size, human_things};

/// Prints what the files hold. Unreadable files and rows outside their partition make for [`ExitStatus::Partial`].
///
/// # Errors
/// A path does not exist, or standard output cannot be written.
pub(crate) fn run(args: &InspectArgs, talk: Talk) -> Result<ExitStatus, CliError> {
    let mut failed = false;
    for path in &args.paths {
        let found = path
            .metadata()
            .map_err(|error| CliError::usage(format!("cannot read {}", quote(path))).because(error))?;
        let is_parquet = |path: &Path| path.extension().is_some_and(|end| end == "parquet");
        let files =
            if found.is_dir() { data_files(path, is_parquet, talk, &mut failed) } else { vec![path.clone()] };
        let mut all = Vec::new();
        for file in files {
            match Facts::read(&file) {
                Ok(facts) => all.push(facts),
                Err(error) => {
                    failed = true;
                    talk.warn(format_args!("cannot read {}: {error}", quote(&file)));
                }
            }
        }
        let misplaced: Vec<String> = all.iter().flat_map(misplaced).collect();
        match (args.format, all.as_slice()) {
            (TextOrJson::Json, _) => {
                print_lines(all.iter().map(Facts::to_json))?;
            }
            (TextOrJson::Text, [one]) if !found.is_dir() => print(&file_text(one))?,
            (TextOrJson::Text, []) if found.is_dir() && !failed => {
                talk.warn(format_args!("there are no Parquet files below {}", quote(path)));
            }
            (TextOrJson::Text, _) => print(&directory_text(path, &all, misplaced.is_empty()))?,
        }
        failed |= !misplaced.is_empty();
        for fault in misplaced {
            talk.warn(fault);
        }
    }
    Ok(if failed { ExitStatus::Partial } else { ExitStatus::Success })
}

/// What contradicts the partition that the path of a file names.
fn misplaced(facts: &Facts) -> Vec<String> {
    let Some(partition) = Partition::of(&facts.path) else { return Vec::new() };
    let name = quote(&facts.path);
    partition.contradictions(facts).into_iter().map(|fault| format!("{name}: {fault}")).collect()
}

fn file_text(facts: &Facts) -> String {
    let unknown = || "unknown".to_owned();
    let mut lines = vec![
        ("class", class(facts)),
        ("ocsf", facts.version.clone().unwrap_or_else(unknown)),
        ("rows", human_count(facts.rows)),
        (
            "time",
            facts
                .time
                .as_ref()
                .map_or_else(unknown, |time| format!("{} to {}", instant(time.min), instant(time.max))),
        ),
        ("row groups", format!("{}, the largest {}", facts.row_groups, human_size(facts.largest_row_group))),
        ("columns", facts.columns.to_string()),
        (
            "size",
            format!("{}, {} before compression", human_size(facts.file_bytes), human_size(facts.plain_bytes)),
        ),
        ("compression", facts.compression.join(", ")),
        (
            "sorted by",
            if facts.sorted_by.is_empty() { "not declared".to_owned() } else { facts.sorted_by.join(", ") },
        ),
        ("written by", facts.created_by.clone().unwrap_or_else(unknown)),
    ];
    if let Some(partition) = Partition::of(&facts.path) {
        let right = if partition.contradictions(facts).is_empty() {
            "as its rows say"
        } else {
            "not as its rows say"
        };
        lines.push(("partition", format!("{partition}, {right}")));
    }
    let mut text = format!("{}\n", quote_text(&facts.path.to_string_lossy()));
    for (name, value) in lines {
        let _ = writeln!(text, "  {name:<12} {}", quote_text(&value));
    }
    for (key, value) in &facts.metadata {
        let shown = match value.char_indices().nth(MAX_METADATA) {
            Some((end, _)) => format!("{}... ({} bytes)", value.get(..end).unwrap_or_default(), value.len()),
            None => value.clone(),
        };
        let _ = writeln!(text, "  {:<12} {} = {}", "metadata", quote_text(key), quote_text(&shown));
    }
    text
}

/// So many characters of a metadata value are shown in a table; JSON has all.
const MAX_METADATA: usize = 80;

/// A row for each table, which is what lies above the partitions.
fn directory_text(directory: &Path, all: &[Facts], right: bool) -> String {
    let mut tables: BTreeMap<(String, String, String), Vec<&Facts>> = BTreeMap::new();
    for facts in all {
        let home = Partition::home(&facts.path);
        let home = home.strip_prefix(directory).unwrap_or(home);
        let home =
            if home.as_os_str().is_empty() { ".".to_owned() } else { home.to_string_lossy().into_owned() };
        let version = facts.version.clone().unwrap_or_default();
        tables.entry((home, class(facts), version)).or_default().push(facts);
    }
    let mut text =
        Table::new(&["table", "class", "ocsf", "files", "rows", "size", "from", "to"]).right(&[3, 4, 5]);
    for ((home, class, version), files) in &tables {
        let sum = |of: fn(&Facts) -> u64| files.iter().map(|facts| of(facts)).sum::<u64>();
        let times = || files.iter().filter_map(|facts| facts.time.as_ref());
        text.row([
            quote_text(home).into_owned(),
            class.clone(),
            version.clone(),
            human_count(files.len() as u64),
            human_count(sum(|facts| facts.rows)),
            human_size(sum(|facts| facts.file_bytes)),
            times().map(|time| time.min).min().map(instant).unwrap_or_default(),
            times().map(|time| time.max).max().map(instant).unwrap_or_default(),
        ]);
    }
    let outside = all.iter().filter(|facts| Partition::of(&facts.path).is_none()).count();
    let inside = all.len() - outside;
    let mut text = text.render(0);
    if inside > 0 && right {
        let inside = human_things(inside as u64, "file");
        let _ = writeln!(text, "\n{inside} in partitions, all rows where they belong");
    }
    if outside > 0 {
        let _ = writeln!(text, "\n{} outside of any partition", human_things(outside as u64, "file"));
    }
    text
}

fn class(facts: &Facts) -> String {
    match (&facts.class_name, facts.class_uid) {
        (Some(name), Some(uid)) => format!("{name} ({uid})"),
        (None, Some(uid)) => uid.to_string(),
        _ => "several or none".to_owned(),
    }
}

fn instant(ms: i64) -> String {
    format_rfc3339(ms)
}
