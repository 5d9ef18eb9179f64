//! Reasons to stop before the end: a signal, too many rejects, a worker that failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Shared by all workers, which look at it often.
#[derive(Debug)]
pub(crate) struct Stop {
    /// Number of the signal that came; 0 for none.
    signal: Arc<AtomicUsize>,
    failed: AtomicBool,
    rejects: AtomicU64,
    max_rejects: Option<u64>,
}

/// The run is over; what is half done is dropped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interrupted;

impl Stop {
    /// `signal` is set when one comes. More than `max_rejects` rejected records stop the run.
    pub(crate) fn new(signal: Arc<AtomicUsize>, max_rejects: Option<u64>) -> Self {
        Self { signal, failed: AtomicBool::new(false), rejects: AtomicU64::new(0), max_rejects }
    }

    pub(crate) fn check(&self) -> Result<(), Interrupted> {
        let over = self.too_many_rejects() || self.signal().is_some() || self.failed.load(Ordering::Relaxed);
        if over { Err(Interrupted) } else { Ok(()) }
    }

    /// The signal that came.
    pub(crate) fn signal(&self) -> Option<usize> {
        Some(self.signal.load(Ordering::Relaxed)).filter(|signal| *signal != 0)
    }

    pub(crate) fn fail(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    pub(crate) fn add_rejects(&self, rejects: u64) {
        self.rejects.fetch_add(rejects, Ordering::Relaxed);
    }

    /// Takes back what was added for records that are read again.
    pub(crate) fn take_back_rejects(&self, rejects: u64) {
        self.rejects.fetch_sub(rejects, Ordering::Relaxed);
    }

    pub(crate) fn too_many_rejects(&self) -> bool {
        self.max_rejects.is_some_and(|max| self.rejects.load(Ordering::Relaxed) > max)
    }
}
