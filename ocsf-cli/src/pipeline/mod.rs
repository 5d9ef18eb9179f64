//! From planned groups to published ones: workers that share nothing but the queue, and one publisher.

mod filter;
mod ordered;
mod outcome;
mod plan;
mod publish;
mod stop;
mod worker;

pub(crate) use filter::Filter;
pub(crate) use outcome::{Fate, InputOutcome, Outcome};
pub(crate) use plan::{Found, Group, Plan, replaced, streams};
pub(crate) use publish::{Published, Publisher, Verdict};
pub(crate) use stop::Stop;
pub(crate) use worker::{Job, Progress, REJECTS};

use crate::error::CliError;
use ordered::{Done, Ordered};

/// Finished groups that wait for a slow one before them, so many bytes of them, are enough.
const MAX_WAITING_BYTES: u64 = 1 << 30;

/// Converts `groups` with so many workers, and hands each to `publisher` when it and all before it are finished: what is
/// published when a run is killed is the beginning of its groups, so that the next run cuts the same ones from what is left.
/// A group is asked for when a worker is free.
///
/// # Errors
/// A file could not be written or published, or there is no next group where one should be. Groups that were published
/// before stay.
///
/// # Panics
/// A worker panicked.
pub(crate) fn run(
    job: &Job<'_>,
    groups: impl Iterator<Item = Result<Group, CliError>> + Send,
    threads: usize,
    publisher: &mut Publisher<'_>,
    tick: impl FnMut(),
) -> Result<(), CliError> {
    let workers = groups.size_hint().1.map_or(threads, |groups| threads.min(groups)).max(1);
    let ordered = Ordered { workers, max_waiting_bytes: MAX_WAITING_BYTES, stop: job.stop };
    let worker = || {
        let mut worker = worker::Worker::new(job);
        move |group| {
            let finished = worker.convert(group)?;
            Ok(finished.map(|finished| Done { bytes: finished.staged.staged_bytes(), what: finished }))
        }
    };
    ordered.run(groups, worker, |finished| publisher.add(finished), tick)
}
