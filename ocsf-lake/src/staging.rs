//! Folders where files are written before they are published.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::error::LakeError;
use crate::torn::is_older;

/// Name of the file that a run holds locked: in a lake beside the folders of runs, for the right to write; elsewhere in the
/// run's own folder, to say that it lives.
const LOCK: &str = "lock";

/// Name of that file before it is locked: nobody may find it unlocked.
const NEW_LOCK: &str = "lock.new";

/// The staging folder of a run. In a lake it comes with the right to write there, which one run has at a time. The folder and
/// all below goes when it is dropped, and so do the folders above it that are the lake's and empty then; what a killed run left
/// goes with the next run.
#[derive(Debug)]
pub(crate) struct RunStaging {
    /// None once it is gone.
    dir: Option<TempDir>,
    parent: PathBuf,
    is_of_lake: bool,
    /// The system gives it back when the process ends, however it ends.
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
    /// Makes a folder for this run in `parent`, a folder named `staging` in the state of a lake, and removes what runs before
    /// left there.
    ///
    /// # Errors
    /// Another run is writing to the lake, or the folder cannot be written.
    pub(crate) fn create(parent: &Path) -> Result<Self, LakeError> {
        let lock = lock(parent)?;
        let dir =
            remove_others(parent).and_then(|()| tempfile::Builder::new().prefix(RUN).tempdir_in(parent));
        let dir = dir.map_err(LakeError::io("make a folder in", parent))?;
        Ok(Self { dir: Some(dir), parent: parent.to_owned(), is_of_lake: true, _lock: lock })
    }

    /// Makes a folder for this run among temporary data of others, and removes those of runs that are dead.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn create_temporary(temp_dir: &Path) -> Result<Self, LakeError> {
        let make = || {
            fs::create_dir_all(temp_dir)?;
            remove_dead(temp_dir)?;
            tempfile::Builder::new().prefix(TEMPORARY_RUN).tempdir_in(temp_dir)
        };
        let dir = make().map_err(LakeError::io("make a folder in", temp_dir))?;
        let path = dir.path().join(NEW_LOCK);
        let lock = File::create(&path).map_err(LakeError::io("create", &path))?;
        lock.lock().map_err(LakeError::io("lock", &path))?;
        fs::rename(&path, dir.path().join(LOCK)).map_err(LakeError::io("rename", &path))?;
        Ok(Self { dir: Some(dir), parent: temp_dir.to_owned(), is_of_lake: false, _lock: lock })
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
        if !self.is_of_lake {
            return;
        }
        // Still locked: whoever waits for this file finds that it has no name any more.
        let _ = fs::remove_file(self.parent.join(LOCK));
        // Folders that hold something stay: their removal fails.
        for folder in self.parent.ancestors().take(2) {
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

/// How long a run may take between making its folder and locking it.
const TO_LOCK: Duration = Duration::from_secs(60);

/// How often a file is made that other runs remove at the same time.
const MAX_TRIES: usize = 1_000;

/// Locks the file in `parent` that one run at a time may hold.
fn lock(parent: &Path) -> Result<File, LakeError> {
    let path = parent.join(LOCK);
    let mut tries = 0;
    loop {
        tries += 1;
        let open = || {
            fs::create_dir_all(parent)?;
            File::options().create(true).truncate(false).write(true).open(&path)
        };
        let file = match open() {
            // Another run has just ended, and took the empty folders along: before one was looked into, or between the attempt
            // to make it, as it was there, and a look at what is there.
            Err(error)
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists)
                    && tries < MAX_TRIES =>
            {
                continue;
            }
            opened => opened.map_err(LakeError::io("create", &path))?,
        };
        match file.try_lock() {
            Ok(()) if is_at(&file, &path) => return Ok(file),
            // The run that held it has removed it.
            Ok(()) if tries < MAX_TRIES => {}
            Ok(()) | Err(TryLockError::WouldBlock) => {
                let lake = parent.ancestors().nth(2).unwrap_or(parent);
                return Err(LakeError::Busy { lake: lake.display().to_string() });
            }
            Err(TryLockError::Error(error)) => return Err(LakeError::io("lock", &path)(error)),
        }
    }
}

/// Whether `path` is still the name of that file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let there = fs::metadata(path).map(|there| (there.dev(), there.ino()));
    file.metadata().is_ok_and(|here| there.is_ok_and(|there| there == (here.dev(), here.ino())))
}

/// A file that is open cannot lose its name.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// Removes what is left of runs that have ended: there is none but this one.
fn remove_others(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)?.flatten().filter(|entry| entry.file_name() != LOCK) {
        let path = entry.path();
        if entry.file_type()?.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
    }
    Ok(())
}

/// Removes the folders of dead runs. A folder is dead when its lock can be had, or when it never came to have one and is not being made just now.
fn remove_dead(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)?.flatten() {
        if !entry.file_name().as_encoded_bytes().starts_with(TEMPORARY_RUN.as_bytes()) {
            continue;
        }
        let path: PathBuf = entry.path();
        let dead = match File::open(path.join(LOCK)) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(_) => is_older(&path, TO_LOCK),
        };
        match dead.then(|| fs::remove_dir_all(&path)) {
            // Of another user, in a folder that all share: not ours to remove.
            Some(Err(error)) if error.kind() != io::ErrorKind::PermissionDenied => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn what_dead_runs_left_goes() {
        let parent = tempfile::tempdir().unwrap();
        fs::create_dir_all(parent.path().join("run-dead/group-dead")).unwrap();
        fs::write(parent.path().join(LOCK), "").unwrap();
        let live = RunStaging::create(parent.path()).unwrap();
        assert!(!parent.path().join("run-dead").exists());
        let (run, group) = (live.dir.as_ref().unwrap().path().to_owned(), live.group().unwrap());
        assert!(group.path().starts_with(&run));
        drop(group);
        drop(live);
        assert!(!run.exists());
    }

    #[test]
    fn of_temporary_folders_those_of_dead_runs_go() {
        let parent = tempfile::tempdir().unwrap();
        let live = RunStaging::create_temporary(parent.path()).unwrap();
        let group = live.group().unwrap();
        let dead = parent.path().join("ocsf-run-dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        let _second = RunStaging::create_temporary(parent.path()).unwrap();
        assert!(!dead.exists());
        assert!(group.path().exists());
        let (run, group) = (live.dir.as_ref().unwrap().path().to_owned(), group);
        drop(group);
        drop(live);
        assert!(!run.exists());
    }

    #[test]
    fn what_is_empty_goes_with_the_run() {
        let lake = tempfile::tempdir().unwrap();
        let staging = lake.path().join("_ocsf/staging");
        drop(RunStaging::create(&staging).unwrap());
        assert!(!lake.path().join("_ocsf").exists());
        fs::create_dir_all(lake.path().join("_ocsf/manifest")).unwrap();
        drop(RunStaging::create(&staging).unwrap());
        assert!(lake.path().join("_ocsf/manifest").exists() && !staging.exists());
    }

    #[test]
    fn one_run_at_a_time() {
        let lake = tempfile::tempdir().unwrap();
        let staging = lake.path().join("_ocsf/staging");
        let writers = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        match RunStaging::create(&staging) {
                            Ok(run) => {
                                assert_eq!(writers.fetch_add(1, Ordering::SeqCst), 0);
                                assert!(run.group().unwrap().path().exists());
                                writers.fetch_sub(1, Ordering::SeqCst);
                            }
                            Err(error) => assert!(matches!(error, LakeError::Busy { .. }), "{error}"),
                        }
                    }
                });
            }
        });
        assert!(RunStaging::create(&staging).is_ok());
    }
}
