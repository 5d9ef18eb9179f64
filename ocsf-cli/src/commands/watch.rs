//! `ocsf convert --watch`: rounds of conversion until a signal comes.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::convert::Done;
use crate::args::ConvertArgs;
use crate::error::{CliError, ExitStatus};
use crate::input::{Input, Listing, Origin};
use crate::term::{Talk, Verbosity};

/// So many looks are taken in each interval.
const LOOKS: u32 = 10;

/// How soon a signal is heeded while nothing is done.
const NAP: Duration = Duration::from_millis(50);

/// Size of a file or an object, and what tells that it changed: a time of a file, the etag of an object.
type Seen = (u64, Option<SystemTime>, Option<String>);

/// Looks at what `list` finds again and again, and gives `convert` the files that are new or changed and not being written, and
/// the objects that are new or changed: at each interval, or when there is enough for a group.
///
/// # Errors
/// The arguments are at fault, or a round failed. That another run is writing to the lake is no failure: the next look comes.
pub(super) fn run(
    args: &ConvertArgs,
    talk: Talk,
    signal: &AtomicUsize,
    list: &dyn Fn() -> Result<Listing, CliError>,
    convert: &mut dyn FnMut(Listing) -> Result<Done, CliError>,
) -> Result<ExitStatus, CliError> {
    let (interval, least) = (args.watch.interval, args.watch.least_interval);
    if interval < least {
        return Err(CliError::usage(format!("the interval {interval} is too short")).because(format!(
            "files are published every {least} at most, or they would be too many and too small"
        )));
    }
    let mut watch = Watch { before: HashMap::new(), done: HashMap::new() };
    // What is there at the beginning need not wait.
    let mut due = Instant::now();
    let mut listing = list()?;
    if listing.inputs.iter().any(Input::is_stream) {
        return Err(CliError::usage("a stream cannot be watched").hint("name files and directories"));
    }
    while signal.load(Ordering::Relaxed) == 0 {
        let problems = std::mem::take(&mut listing.problems);
        let all = listing.into_inputs().collect::<Result<Vec<Input>, _>>();
        let ready = watch.look(all.unwrap_or_else(|error| {
            talk.warn(error.message());
            Vec::new()
        }));
        let bytes: u64 = ready.iter().filter_map(|(input, _)| input.size).sum();
        if !ready.is_empty() && (Instant::now() >= due || bytes >= args.output.group_bytes.0) {
            let inputs = ready.iter().map(|(input, _)| input.clone()).collect();
            match convert(Listing { inputs, more: None, problems }) {
                Ok(done) => {
                    watch.done_with(ready, &done.failed);
                    due = Instant::now() + interval.0;
                }
                Err(error) if error.is_passing() => talk.say(Verbosity::Verbose, error.message()),
                Err(error) => return Err(error),
            }
        }
        pause(interval.0 / LOOKS, signal);
        listing = list().unwrap_or_else(|error| {
            talk.warn(error.message());
            Listing::default()
        });
    }
    Ok(ExitStatus::Success)
}

/// What is known of the files.
struct Watch {
    /// As they were at the last look, those that are not done.
    before: HashMap<PathBuf, Seen>,
    /// As they were when they were converted.
    done: HashMap<PathBuf, Seen>,
}

impl Watch {
    /// Inputs that are to be converted. A file must have been the same at the last look; an object is there when it is whole.
    fn look(&mut self, inputs: Vec<Input>) -> Vec<(Input, Seen)> {
        let mut now = HashMap::new();
        let mut ready = Vec::new();
        for input in inputs {
            let size = input.size.unwrap_or_default();
            let seen = match &input.origin {
                Origin::Path(path) => (size, path.metadata().and_then(|found| found.modified()).ok(), None),
                Origin::Object(..) => (size, None, input.etag().map(str::to_owned)),
                Origin::Stdin => continue,
            };
            let place = place(&input);
            if self.done.get(&place) == Some(&seen) {
                continue;
            }
            let is_whole = matches!(input.origin, Origin::Object(..));
            if is_whole || self.before.get(&place) == Some(&seen) {
                ready.push((input.clone(), seen.clone()));
            }
            now.insert(place, seen);
        }
        self.before = now;
        ready
    }

    /// Remembers what was converted. What could not be read is tried again.
    fn done_with(&mut self, inputs: Vec<(Input, Seen)>, failed: &[String]) {
        for (input, seen) in inputs {
            if !failed.contains(&input.name()) {
                self.before.remove(&place(&input));
                self.done.insert(place(&input), seen);
            }
        }
    }
}

/// Where an input is: a path, or the name of an object.
fn place(input: &Input) -> PathBuf {
    match &input.origin {
        Origin::Path(path) => path.clone(),
        _ => PathBuf::from(input.name()),
    }
}

/// Waits, unless a signal comes.
fn pause(time: Duration, signal: &AtomicUsize) {
    let end = Instant::now() + time;
    while Instant::now() < end && signal.load(Ordering::Relaxed) == 0 {
        thread::sleep(NAP.min(time));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn input(path: &std::path::Path) -> Input {
        let size = path.metadata().ok().map(|found| found.len());
        Input { key: path.display().to_string(), origin: Origin::Path(path.to_owned()), size }
    }

    #[test]
    fn a_file_is_ready_when_it_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let mut watch = Watch { before: HashMap::new(), done: HashMap::new() };
        let look = |watch: &mut Watch| watch.look(vec![input(&path)]);
        fs::write(&path, "1").unwrap();
        assert!(look(&mut watch).is_empty());
        fs::write(&path, "12").unwrap();
        assert!(look(&mut watch).is_empty());
        let ready = look(&mut watch);
        assert_eq!(ready.len(), 1);
        // One that failed is tried again, one that was converted is not, until it changes.
        watch.done_with(ready.clone(), &[path.display().to_string()]);
        assert_eq!(look(&mut watch).len(), 1);
        watch.done_with(ready, &[]);
        assert!(look(&mut watch).is_empty());
        fs::write(&path, "123").unwrap();
        assert!(look(&mut watch).is_empty());
        assert_eq!(look(&mut watch).len(), 1);
    }
}
