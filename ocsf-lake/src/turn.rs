//! Who may exchange or remove files of a lake in a bucket, where nothing can be locked.
//!
//! There is a mark, `_ocsf/turn`, and it is the turn of whoever wrote it last. Anybody may write it at any time, as a killed
//! run takes nothing back: so it keeps nobody out. It tells those who were overtaken, for they look at it before each step that
//! cannot be undone, and whoever overtakes them first puts in order what they had begun.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use object_store::PutMode;
use object_store::path::Path as StorePath;

use crate::error::LakeError;
use crate::lake::{Lake, STATE};

/// How often a run that is overtaken comes back before it gives up.
const MAX_TURNS: u32 = 40;

/// What a run knows of turns.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// The threads of a run do not overtake each other.
    one: Mutex<()>,
    took_over: AtomicBool,
    /// Compactions that were done when the run asked what the lake holds, and its own since.
    known: Mutex<BTreeSet<String>>,
}

impl Turns {
    /// Other compactions than these are those of other runs.
    pub(crate) fn set_known(&self, compactions: impl IntoIterator<Item = String>) {
        *self.known() = compactions.into_iter().collect();
    }

    pub(crate) fn add_known(&self, compaction: String) {
        self.known().insert(compaction);
    }

    pub(crate) fn knows(&self, compaction: &str) -> bool {
        self.known().contains(compaction)
    }

    fn known(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to exchange and remove files, until another run takes it.
#[derive(Debug)]
pub(crate) struct Turn<'l> {
    lake: &'l Lake,
    mark: Bytes,
    _one: MutexGuard<'l, ()>,
}

impl Lake {
    /// Does `work` in a turn of its own, and again when another run has taken it: then `work` gives `None`.
    pub(crate) fn in_turn<T>(
        &self,
        mut work: impl FnMut(&Turn<'_>) -> Result<Option<T>, LakeError>,
    ) -> Result<T, LakeError> {
        for tries in 0..MAX_TURNS {
            let turn = self.take_turn()?;
            match work(&turn) {
                Ok(Some(done)) => return turn.end().map(|()| done),
                Ok(None) => drop(turn),
                Err(error) => {
                    // What it failed for may keep it from saying so: then the next run takes the turn.
                    let _ = turn.end();
                    return Err(error);
                }
            }
            // Two that overtake each other must not keep step.
            let wait = RandomState::new().hash_one(tries) % (50 << tries.min(5));
            thread::sleep(Duration::from_millis(wait));
        }
        Err(self.other_compaction())
    }

    fn take_turn(&self) -> Result<Turn<'_>, LakeError> {
        let one = self.turns.one.lock().unwrap_or_else(PoisonError::into_inner);
        if self.home().read(&path())?.is_some() {
            self.turns.took_over.store(true, Ordering::Relaxed);
        }
        let [a, b] = [0, 1].map(|half| RandomState::new().hash_one(half));
        let mark = Bytes::from(format!("{a:016x}{b:016x}\n"));
        self.home().put(&path(), mark.clone(), PutMode::Overwrite)?;
        Ok(Turn { lake: self, mark, _one: one })
    }

    /// Removes the mark of a run that was killed. One that goes on takes the turn again.
    pub(crate) fn clear_turn(&self) -> Result<(), LakeError> {
        if self.is_ours_alone() || self.home().size(&path())?.is_none() {
            return Ok(());
        }
        self.in_turn(|_| Ok(Some(())))
    }

    /// Whether this run came upon the mark of another one, which goes on or was killed.
    pub(crate) fn took_over(&self) -> bool {
        self.turns.took_over.load(Ordering::Relaxed)
    }

    pub(crate) fn other_compaction(&self) -> LakeError {
        LakeError::OtherCompaction { lake: self.home().name().to_owned() }
    }
}

impl Turn<'_> {
    /// False when another run has taken the turn.
    pub(crate) fn is_ours(&self) -> Result<bool, LakeError> {
        Ok(self.lake.home().read(&path())?.is_some_and(|mark| mark == self.mark))
    }

    fn end(self) -> Result<(), LakeError> {
        if self.is_ours()? { self.lake.home().delete(&path()) } else { Ok(()) }
    }
}

fn path() -> StorePath {
    StorePath::from(STATE).join("turn")
}
