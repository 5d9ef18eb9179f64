//! Folders where files are written before they are published.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::LakeError;

/// Name of the file in a run's folder that the run holds locked while it lives.
const LOCK: &str = "lock";

/// Name of that file before it is locked: nobody may find it unlocked.
const NEW_LOCK: &str = "lock.new";

/// The staging folder of a run. It and all below goes when it is dropped, and so do the folders above it that are the
/// lake's and empty then; what a killed run left goes with the next run.
#[derive(Debug)]
pub(crate) struct RunStaging {
    /// None once it is gone.
    dir: Option<TempDir>,
    parent: PathBuf,
    /// How many folders above it are the lake's.
    own_parents: usize,
    _lock: File,
}

/// What the names of runs' folders begin with: in a lake, and among the temporary folders of others.
const RUN: &str = "run-";
const TEMPORARY_RUN: &str = "ocsf-run-";

/// The staging folder of a group. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Staging {
    dir: TempDir,
}

impl RunStaging {
    /// Makes a folder for this run in `parent`, a folder named `staging` in the state of a lake, and removes those of runs
    /// that are dead.
    pub(crate) fn create(parent: &Path) -> Result<Self, LakeError> {
        Self::with_prefix(parent, RUN, 2)
    }

    /// As [`create`](Self::create), in a folder for temporary data that is not the lake's alone.
    pub(crate) fn create_temporary(temp_dir: &Path) -> Result<Self, LakeError> {
        Self::with_prefix(temp_dir, TEMPORARY_RUN, 0)
    }

    fn with_prefix(parent: &Path, prefix: &str, own_parents: usize) -> Result<Self, LakeError> {
        let mut tries = 0;
        let dir = loop {
            tries += 1;
            match run_folder(parent, prefix) {
                // Another run has just ended, and took the empty folders along.
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < MAX_TRIES => {}
                made => break made.map_err(LakeError::io("make a folder in", parent))?,
            }
        };
        let path = dir.path().join(NEW_LOCK);
        let lock = File::create(&path).map_err(LakeError::io("create", &path))?;
        lock.lock().map_err(LakeError::io("lock", &path))?;
        fs::rename(&path, dir.path().join(LOCK)).map_err(LakeError::io("rename", &path))?;
        Ok(Self { dir: Some(dir), parent: parent.to_owned(), own_parents, _lock: lock })
    }

    pub(crate) fn group(&self) -> Result<Staging, LakeError> {
        let run = self.dir.as_ref().map_or(self.parent.as_path(), TempDir::path);
        let dir = tempfile::Builder::new().prefix("group-").tempdir_in(run);
        Ok(Staging { dir: dir.map_err(LakeError::io("create a folder in", run))? })
    }
}

impl Drop for RunStaging {
    fn drop(&mut self) {
        drop(self.dir.take());
        // Folders that hold something stay: their removal fails.
        for folder in self.parent.ancestors().take(self.own_parents) {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

impl Staging {
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// How often a folder is made that other runs remove at the same time.
const MAX_TRIES: usize = 1_000;

fn run_folder(parent: &Path, prefix: &str) -> io::Result<TempDir> {
    fs::create_dir_all(parent)?;
    remove_dead(parent, prefix)?;
    tempfile::Builder::new().prefix(prefix).tempdir_in(parent)
}

/// A folder is dead when its lock can be had, or when it never came to have one and is not being made just now.
fn remove_dead(parent: &Path, prefix: &str) -> io::Result<()> {
    for entry in fs::read_dir(parent)?.flatten() {
        if !entry.file_name().as_encoded_bytes().starts_with(prefix.as_bytes()) {
            continue;
        }
        let path: PathBuf = entry.path();
        let dead = match File::open(path.join(LOCK)) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(_) => is_old(&path),
        };
        match dead.then(|| fs::remove_dir_all(&path)) {
            // Of another user, in a folder that all share: not ours to remove.
            Some(Err(error)) if error.kind() != io::ErrorKind::PermissionDenied => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn is_old(path: &Path) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age.as_secs() > 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dead_runs_left_goes_and_live_runs_stay() {
        let parent = tempfile::tempdir().unwrap();
        let live = RunStaging::create(parent.path()).unwrap();
        let group = live.group().unwrap();
        let dead = parent.path().join("run-dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        let _second = RunStaging::create(parent.path()).unwrap();
        assert!(!dead.exists());
        assert!(group.path().exists());
        let (run, group) = (live.dir.as_ref().unwrap().path().to_owned(), group);
        drop(group);
        drop(live);
        assert!(!run.exists());
    }

    #[test]
    fn what_is_empty_goes_with_the_last_run() {
        let lake = tempfile::tempdir().unwrap();
        let staging = lake.path().join("_ocsf/staging");
        let (one, two) = (RunStaging::create(&staging).unwrap(), RunStaging::create(&staging).unwrap());
        drop(one);
        assert!(staging.exists());
        drop(two);
        assert!(!lake.path().join("_ocsf").exists());
        fs::create_dir_all(lake.path().join("_ocsf/manifest")).unwrap();
        drop(RunStaging::create(&staging).unwrap());
        assert!(lake.path().join("_ocsf/manifest").exists() && !staging.exists());
    }

    #[test]
    fn runs_may_begin_and_end_at_any_time() {
        let lake = tempfile::tempdir().unwrap();
        let staging = lake.path().join("_ocsf/staging");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let run = RunStaging::create(&staging).unwrap();
                        assert!(run.group().unwrap().path().exists());
                    }
                });
            }
        });
    }
}
