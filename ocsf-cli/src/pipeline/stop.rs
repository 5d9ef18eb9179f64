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
    /// A signal lets work that was begun come to its end.
    patient: bool,
}

/// The run is over; what is half done is dropped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interrupted;

impl Stop {
    /// `signal` is set when one comes. More than `max_rejects` rejected records stop the run.
    pub(crate) fn new(signal: Arc<AtomicUsize>, max_rejects: Option<u64>) -> Self {
        Self {
            signal,
            failed: AtomicBool::new(false),
            rejects: AtomicU64::new(0),
            max_rejects,
            patient: false,
        }
    }

    /// With it, a signal lets groups that were begun come to their end: they are published.
    pub(crate) fn patient(self) -> Self {
        Self { patient: true, ..self }
    }

    /// Whether to go on with what was begun.
    pub(crate) fn check(&self) -> Result<(), Interrupted> {
        let over = self.too_many_rejects() || self.interrupts() || self.failed.load(Ordering::Relaxed);
        if over { Err(Interrupted) } else { Ok(()) }
    }

    /// Whether to begin something more.
    pub(crate) fn allows_more(&self) -> bool {
        self.check().is_ok() && self.signal().is_none()
    }

    /// A signal came, and what is not published is dropped.
    pub(crate) fn interrupts(&self) -> bool {
        !self.patient && self.signal().is_some()
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
