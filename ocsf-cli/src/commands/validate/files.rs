//! Which files are looked into.

use std::path::{Path, PathBuf};

use crate::error::CliError;
use crate::input::{Input, Origin, data_files};
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
        let found = data_files(path, has_events, talk, &mut failed);
        if found.is_empty() && !failed {
            talk.warn(format_args!("there are no files with events below {}", quote(path)));
        }
        files.extend(found.into_iter().map(|path| {
            let size = path.metadata().ok().map(|found| found.len());
            input(path, size)
        }));
    }
    Ok((files, failed))
}

fn input(path: PathBuf, size: Option<u64>) -> Input {
    Input { key: path.to_string_lossy().into_owned(), origin: Origin::Path(path), size }
}

fn has_events(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}
