//! Ctrl-C and termination: the first asks the run to stop, the second ends the process at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::ExitStatus;

/// Listens for signals; the number of the one that came is set.
pub(crate) fn listen() -> Arc<AtomicUsize> {
    let came = Arc::new(AtomicUsize::new(0));
    let again = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        let status = i32::from(exit_status(usize::try_from(signal).ok()).code());
        // Looked at before it is set, so that it acts from the second signal on. Without handlers the process ends at
        // the first signal, and the next run removes what it left.
        let _ = flag::register_conditional_shutdown(signal, status, Arc::clone(&again));
        let _ = flag::register(signal, Arc::clone(&again));
        let _ = flag::register_usize(signal, Arc::clone(&came), signal.unsigned_abs() as usize);
    }
    came
}

/// The exit status of a run that a signal ended.
pub(crate) fn exit_status(signal: Option<usize>) -> ExitStatus {
    if signal == usize::try_from(SIGTERM).ok() { ExitStatus::Terminated } else { ExitStatus::Interrupted }
}
