//! Where paths lead, so that no file is read twice.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Resolves paths; those of one folder together, since that costs a system call for each part of each path.
#[derive(Debug, Default)]
pub(super) struct RealPaths {
    folders: HashMap<PathBuf, PathBuf>,
}

impl RealPaths {
    /// The path without links; the path itself where it leads nowhere.
    pub(super) fn of(&mut self, path: &Path) -> PathBuf {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let is_link = path.symlink_metadata().map_or(true, |found| found.is_symlink());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let (Some(folder), Some(name), false) = (folder, path.file_name(), is_link) else {
            return real(path);
        };
        if !self.folders.contains_key(folder) {
            self.folders.insert(folder.to_owned(), real(folder));
        }
        self.folders.get(folder).map_or_else(|| real(path), |folder| folder.join(name))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn all_ways_to_a_file_are_one_path() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("folder");
        fs::create_dir(&folder).unwrap();
        let file = folder.join("a");
        fs::write(&file, "").unwrap();
        let mut paths = RealPaths::default();
        let real = file.canonicalize().unwrap();
        assert_eq!(paths.of(&file), real);
        assert_eq!(paths.of(&folder.join("../folder/a")), real);
        assert_eq!(paths.of(&dir.path().join("nothing")), dir.path().canonicalize().unwrap().join("nothing"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&folder, dir.path().join("link")).unwrap();
            std::os::unix::fs::symlink(&file, dir.path().join("b")).unwrap();
            assert_eq!(paths.of(&dir.path().join("link/a")), real);
            assert_eq!(paths.of(&dir.path().join("b")), real);
        }
    }
}
