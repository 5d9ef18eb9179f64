//! Work that is done by several threads in any order, and handed over in the order in which it was begun.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::stop::Stop;
use crate::error::CliError;

/// How often `tick` is called while work goes on, and how soon a thread that waits sees that the run is over.
const TICK: Duration = Duration::from_millis(100);

/// Settings of such work.
pub(super) struct Ordered<'a> {
    pub(super) workers: usize,
    /// While more bytes than this are finished and wait for something that was begun before them, nothing is begun.
    pub(super) max_waiting_bytes: u64,
    pub(super) stop: &'a Stop,
}

/// Something that is finished, and the bytes that it takes until it is handed over.
pub(super) struct Done<D> {
    pub(super) what: D,
    pub(super) bytes: u64,
}

impl Ordered<'_> {
    /// Does the work on all `items`. Each thread has a worker of its own, which yields `None` when the run is over; what it
    /// finishes goes to `deliver` when all before it went there.
    ///
    /// # Errors
    /// The first of an item, of its work, or of `deliver`. Nothing is delivered after it.
    ///
    /// # Panics
    /// A worker panicked.
    pub(super) fn run<T, D: Send, W>(
        &self,
        items: impl Iterator<Item = Result<T, CliError>> + Send,
        worker: impl Fn() -> W + Sync,
        mut deliver: impl FnMut(D) -> Result<(), CliError>,
        mut tick: impl FnMut(),
    ) -> Result<(), CliError>
    where
        W: FnMut(T) -> Result<Option<Done<D>>, CliError>,
    {
        let queue = Mutex::new(items.enumerate().fuse());
        let backlog = Backlog::new(self.max_waiting_bytes);
        let (sender, finished) = mpsc::sync_channel(self.workers);
        thread::scope(|scope| {
            for _ in 0..self.workers {
                let (queue, backlog, worker, sender) = (&queue, &backlog, &worker, sender.clone());
                scope.spawn(move || {
                    let _over = FailOnPanic(self.stop);
                    let mut work = worker();
                    while backlog.has_room(|| self.stop.allows_more()) {
                        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some((number, item)) = next else { break };
                        let Some(done) = item.and_then(&mut work).transpose() else { break };
                        backlog.add(done.as_ref().map_or(0, |done| done.bytes));
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
                        while result.is_ok()
                            && let Some(done) = early.remove(&next)
                        {
                            next += 1;
                            result = done.and_then(|Done { what, bytes }| {
                                deliver(what)?;
                                backlog.remove(bytes);
                                Ok(())
                            });
                        }
                        if result.is_err() {
                            self.stop.fail();
                        }
                    }
                    Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return result,
                }
            }
        })
    }
}

/// Bytes that are finished and were not handed over. What they wait for is always under way, since work is begun in order.
struct Backlog {
    max_bytes: u64,
    bytes: Mutex<u64>,
    less: Condvar,
}

impl Backlog {
    fn new(max_bytes: u64) -> Self {
        Self { max_bytes, bytes: Mutex::new(0), less: Condvar::new() }
    }

    /// Waits until something more may be begun. False when the run is over.
    fn has_room(&self, goes_on: impl Fn() -> bool) -> bool {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        while goes_on() {
            if *bytes <= self.max_bytes {
                return true;
            }
            bytes = self.less.wait_timeout(bytes, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    fn add(&self, more: u64) {
        *self.bytes.lock().unwrap_or_else(PoisonError::into_inner) += more;
    }

    fn remove(&self, bytes: u64) {
        *self.bytes.lock().unwrap_or_else(PoisonError::into_inner) -= bytes;
        self.less.notify_all();
    }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    fn stop() -> Stop {
        Stop::new(Arc::new(AtomicUsize::new(0)), None)
    }

    /// Works on 0 to 99, of a byte each, and returns what was delivered.
    fn deliver(
        ordered: &Ordered<'_>,
        work: impl Fn(u32) -> Result<(), CliError> + Sync,
    ) -> (Vec<u32>, Result<(), CliError>) {
        let mut delivered = Vec::new();
        let worker = || |item| work(item).map(|()| Some(Done { what: item, bytes: 1 }));
        let add = |item| {
            delivered.push(item);
            Ok(())
        };
        let result = ordered.run((0..100).map(Ok), worker, add, || {});
        (delivered, result)
    }

    #[test]
    fn all_is_delivered_in_order() {
        for (workers, max_waiting_bytes) in [(1, 0), (4, 0), (4, 3), (4, u64::MAX)] {
            let (delivered, result) =
                deliver(&Ordered { workers, max_waiting_bytes, stop: &stop() }, |_| Ok(()));
            assert!(result.is_ok());
            assert!(delivered.into_iter().eq(0..100));
        }
    }

    #[test]
    fn behind_a_slow_one_only_so_much_is_begun() {
        let (begun, looks, at_the_end_of_first) =
            (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let ordered = Ordered { workers: 3, max_waiting_bytes: 5, stop: &stop() };
        let worker = || {
            |item: u32| {
                begun.fetch_add(1, SeqCst);
                // The first is under way until nothing more was begun between many looks.
                while item == 0 && (begun.load(SeqCst) < 7 || looks.load(SeqCst) < 5) {
                    thread::yield_now();
                }
                if item == 0 {
                    at_the_end_of_first.store(begun.load(SeqCst), SeqCst);
                }
                Ok(Some(Done { what: item, bytes: 1 }))
            }
        };
        let mut last = 0;
        let tick = || {
            let now = begun.load(SeqCst);
            let seen = if now == last { looks.load(SeqCst) + 1 } else { 0 };
            looks.store(seen, SeqCst);
            last = now;
        };
        ordered.run((0..100).map(Ok), worker, |_| Ok(()), tick).unwrap();
        let begun = at_the_end_of_first.load(SeqCst);
        // Six that wait are too many; two workers may have begun one each before that was so.
        assert!((7..=9).contains(&begun), "{begun}");
    }

    #[test]
    fn a_failure_ends_it_and_those_that_wait() {
        let (delivered, result) =
            deliver(&Ordered { workers: 4, max_waiting_bytes: 2, stop: &stop() }, |item| match item {
                7 => Err(CliError::usage("seven")),
                _ => Ok(()),
            });
        assert_eq!(result.unwrap_err().message(), "seven");
        assert!(delivered.into_iter().eq(0..7));
    }
}
