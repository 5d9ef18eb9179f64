//! Which files are looked into.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::error::CliError;
use crate::input::{Input, Origin};
use crate::term::{Talk, quote};

/// Endings of files with events, before `.gz` or `.zst`.
const ENDINGS: [&str; 4] = ["parquet", "json", "jsonl", "ndjson"];

/// The files that `paths` name, in order, those of a directory by name; and whether some could not be looked at.
///
/// # Errors
/// A path does not exist.
pub(super) fn list(paths: &[PathBuf], talk: Talk) -> Result<(Vec<Input>, bool), CliError> {
    let (mut files, mut failed) = (Vec::new(), false);
    for path in paths {
        if path == Path::new("-") {
            files.push(Input { key: "-".to_owned(), origin: Origin::Stdin, size: None });
            continue;
        }
        let found = path
            .metadata()
            .map_err(|error| CliError::usage(format!("cannot read {}", quote(path))).because(error))?;
        if !found.is_dir() {
            files.push(input(path.clone(), found.is_file().then_some(found.len())));
            continue;
        }
        let before = files.len();
        let walk = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
            match entry.and_then(|entry| entry.metadata().map(|found| (entry, found))) {
                Ok((entry, found)) if found.is_file() && has_events(entry.path()) => {
                    files.push(input(entry.into_path(), Some(found.len())));
                }
                Ok(_) => {}
                Err(error) => {
                    failed = true;
                    talk.warn(error);
                }
            }
        }
        if files.len() == before && !failed {
            talk.warn(format_args!("there are no files with events below {}", quote(path)));
        }
    }
    Ok((files, failed))
}

fn input(path: PathBuf, size: Option<u64>) -> Input {
    Input { key: path.to_string_lossy().into_owned(), origin: Origin::Path(path), size }
}

/// Engines keep what is not data in such files and folders, and so does this program.
fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b"_")
        || entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn has_events(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}
