//! Data files below a directory.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::term::Talk;

/// The files below `root` that are wanted, by name, but for folders and files that begin with `_` or a dot: engines keep there
/// what is not data, and so does this program. What cannot be looked at is warned about, and sets `failed`.
pub(crate) fn data_files(
    root: &Path,
    wanted: impl Fn(&Path) -> bool,
    talk: Talk,
    failed: &mut bool,
) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let walk = WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && wanted(entry.path()) => files.push(entry.into_path()),
            Ok(_) => {}
            Err(error) => {
                *failed = true;
                talk.warn(error);
            }
        }
    }
    files
}

fn is_hidden(entry: &DirEntry) -> bool {
    matches!(entry.file_name().as_encoded_bytes().first(), Some(b'_' | b'.'))
}
