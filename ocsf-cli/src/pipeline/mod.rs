//! From planned groups to published ones: workers that share nothing but the queue, and one publisher.

mod filter;
mod outcome;
mod plan;
mod publish;
mod stop;
mod worker;

use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

pub(crate) use filter::Filter;
pub(crate) use outcome::{Fate, InputOutcome, Outcome};
pub(crate) use plan::{Found, Group, Plan, replaced, streams};
pub(crate) use publish::{Published, Publisher, Verdict};
pub(crate) use stop::Stop;
pub(crate) use worker::{Job, Progress, REJECTS};

use crate::error::CliError;

/// How often `tick` is called while groups are converted.
const TICK: Duration = Duration::from_millis(100);

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
    mut tick: impl FnMut(),
) -> Result<(), CliError> {
    let workers = groups.size_hint().1.map_or(threads, |groups| threads.min(groups)).max(1);
    let queue = Mutex::new(groups.enumerate().fuse());
    let (sender, finished) = mpsc::sync_channel(workers);
    thread::scope(|scope| {
        for _ in 0..workers {
            let (queue, sender) = (&queue, sender.clone());
            scope.spawn(move || {
                let _over = FailOnPanic(job.stop);
                let mut worker = worker::Worker::new(job);
                while job.stop.allows_more() {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((number, group)) = next else { break };
                    let done = group.and_then(|group| worker.convert(group)).transpose();
                    let Some(done) = done else { break };
                    if sender.send((number, done)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut result = Ok(());
        let mut early = BTreeMap::new();
        let mut next = 0;
        loop {
            tick();
            match finished.recv_timeout(TICK) {
                Ok((number, done)) if result.is_ok() => {
                    early.insert(number, done);
                    while let Some(done) = early.remove(&next) {
                        next += 1;
                        result = result.and_then(|()| publisher.add(done?));
                    }
                    if result.is_err() {
                        job.stop.fail();
                    }
                }
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return result,
            }
        }
    })
}

/// Stops the other workers when one panics.
struct FailOnPanic<'a>(&'a Stop);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail();
        }
    }
}
