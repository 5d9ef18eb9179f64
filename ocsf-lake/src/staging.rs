//! Folders where files are written before they are published.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::LakeError;

/// Name of the file in a run's folder that the run holds locked while it lives.
const LOCK: &str = "lock";

/// The staging folder of a run. It and all below goes when it is dropped; what a killed run left goes with the next run.
#[derive(Debug)]
pub(crate) struct RunStaging {
    dir: TempDir,
    _lock: File,
}

/// The staging folder of a group. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Staging {
    dir: TempDir,
}

impl RunStaging {
    /// Makes a folder for this run in `parent`, and removes those of runs that are dead.
    pub(crate) fn create(parent: &Path) -> Result<Self, LakeError> {
        fs::create_dir_all(parent).map_err(LakeError::io("create", parent))?;
        remove_dead(parent)?;
        let dir = tempfile::Builder::new().prefix("run-").tempdir_in(parent);
        let dir = dir.map_err(LakeError::io("create a folder in", parent))?;
        let path = dir.path().join(LOCK);
        let lock = File::create(&path).map_err(LakeError::io("create", &path))?;
        lock.lock().map_err(LakeError::io("lock", &path))?;
        Ok(Self { dir, _lock: lock })
    }

    pub(crate) fn group(&self) -> Result<Staging, LakeError> {
        let dir = tempfile::Builder::new().prefix("group-").tempdir_in(self.dir.path());
        Ok(Staging { dir: dir.map_err(LakeError::io("create a folder in", self.dir.path()))? })
    }
}

impl Staging {
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// A folder is dead when its lock can be had, or when it never came to have one and is not being made just now.
fn remove_dead(parent: &Path) -> Result<(), LakeError> {
    let entries = fs::read_dir(parent).map_err(LakeError::io("read", parent))?;
    for entry in entries.flatten() {
        let path: PathBuf = entry.path();
        let dead = match File::open(path.join(LOCK)) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(_) => is_old(&path),
        };
        if dead {
            fs::remove_dir_all(&path).map_err(LakeError::io("remove", &path))?;
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
        let (run, group) = (live.dir.path().to_owned(), group);
        drop(group);
        drop(live);
        assert!(!run.exists());
    }
}
